import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { ModelServer } from "../support/model-server.ts";

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL("../../", import.meta.url));
const examples = join(root, "examples");
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Runs an example as its README says, and gives its lines. */
async function run(name: string, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", tsx, join(examples, name), ...args], {
    cwd: root,
    env: { ...process.env, BASEWISE_OFFLINE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

const perplexityIn = (line: string | undefined): number =>
  Number(/perplexity ([\d.]+)$/.exec(line ?? "")?.[1]);

/** What each example must have said to have meant anything. */
const CHECKS: Readonly<Record<string, (lines: string[]) => void>> = {
  "know-the-stage.ts": (lines) => {
    const text = lines.join("\n");
    expect(text).toMatch(/^mini-base: base, verified, \d\d %$/m);
    expect(text).toMatch(/^mini-instruct: instruct, \w+, \d\d %$/m);
    expect(text).toMatch(/for chat: unsuited; to complete text: suits\n/);
    expect(text).toMatch(/for chat: suits/);
  },
  "probe-the-behaviour.ts": (lines) => {
    expect(lines).toContain("mini-base: base, verified");
    expect(lines).toContain("mini-instruct: instruct, verified");
    expect(lines.join("\n")).toMatch(/does not end its turn/);
  },
  "complete-with-a-base.ts": (lines) => {
    expect(lines.join("\n")).toMatch(
      /^.*\w+.*\n[\s\S]*(stop|length) after [1-3]?\d tokens, seed 7\nits speed is known$/,
    );
  },
  "call-a-tool.ts": (lines) => {
    expect(lines[0]).toMatch(/^The chat template of mini-instruct has no place for tools/);
  },
  "chat-with-an-instruct.ts": (lines) => {
    expect(lines.slice(0, 2)).toEqual(["> How many legs does a dog have?", "A dog has four legs.  [stop]"]);
    expect(lines.at(-1)).toMatch(/\[stop\]$/);
  },
  "catch-a-mismatch.ts": (lines) => {
    expect(lines).toEqual([
      "a base has chat: false",
      expect.stringMatching(/^base is not for chat: No defect, a mismatch/),
      "instead: basewise chat mini-instruct",
      expect.stringMatching(/^warning: mini-base is a base model put into a chat/),
    ]);
  },
  "stream-and-cancel.ts": (lines) => expect(lines.slice(-2)).toEqual(["aborted", "aborted"]),
  "next-token.ts": (lines) => {
    expect(lines[0]).toMatch(/^instruct {2}\d\d+\.\d % {2}<\|im_end\|> {2}\(ends the turn\)$/);
    expect(lines.filter((line) => line.startsWith("base"))).toHaveLength(3);
    expect(lines[3]).not.toMatch(/ends/);
  },
  "several-at-once.ts": (lines) => {
    expect(lines[0]).toBe("instruct: A dog has four legs.");
    expect(lines.slice(1)).toEqual(Array(3).fill(expect.stringMatching(/^base: ".+"$/)));
  },
  "score-a-text.ts": (lines) => {
    expect(lines).toHaveLength(2);
    expect(perplexityIn(lines[0])).toBeLessThan(perplexityIn(lines[1]));
  },
  "embed-texts.ts": (lines) => {
    expect(lines[0]).toBe("3 vectors of 256 dimensions");
    const [, like, unlike] = /like: (-?[\d.]+) {2}unlike: (-?[\d.]+)$/.exec(lines[1] ?? "") ?? [];
    expect(Number(like)).toBeGreaterThan(Number(unlike));
    expect(lines[2]).toMatch(/^warning: mini-base is a base model, not an embedding model/);
  },
  "doctor-on-a-transcript.ts": (lines) => expect(lines.join("\n")).toMatch(/^base-in-chat \(\w+\): .+/m),
  "recommend-a-model.ts": (lines) => {
    const [chat, finetune] = lines.join("\n").split("finetune: ");
    expect(chat).toMatch(/^chat: .+\n {2}\S+ \((instruct|thinking|hybrid)\), \d\.\d GiB: basewise /);
    expect(finetune).toMatch(/\n {2}\S+ \(base\), \d\.\d GiB: /);
  },
  "train-a-tiny-model.ts": (lines) => {
    const losses = lines.flatMap((line) => /loss ([\d.]+)$/.exec(line)?.[1] ?? []).map(Number);
    expect(losses).toHaveLength(4);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(lines).toContain("stage: base");
    expect(lines.at(-1)).toMatch(/^The red cat sleeps/);
  },
  "convert-and-quantise.ts": (lines) => {
    expect(lines).toEqual([
      expect.stringMatching(/^qwen2, \d+ tensors as f32$/),
      "Q8_0 is smaller: true",
      "the file says: base",
    ]);
  },
  "remote-server.ts": (lines) => {
    expect(lines).toEqual([
      expect.stringMatching(/^base, 12 tokens: ".+"$/),
      expect.stringMatching(/^most likely next: ".+"$/),
    ]);
  },
};

/** What an example is started with, where it is started with something. */
const ARGUMENTS: Readonly<Record<string, () => Promise<string>>> = {
  "remote-server.ts": async () => (await ModelServer.start("llama-server", "mini-base")).url,
};

const names = readdirSync(examples).filter((name) => name.endsWith(".ts"));

describe("each example runs offline and says what it is there for", () => {
  test.each(names)("%s", async (name) => {
    const argument = await ARGUMENTS[name]?.();
    const check = CHECKS[name];
    if (check === undefined) throw new Error(`${name} is checked by nothing`);
    check(await run(name, ...(argument === undefined ? [] : [argument])));
  });

  test("there are twelve at least, and both READMEs list each of them once", () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
    for (const readme of ["README.md", "README.zh-CN.md"]) {
      const listed = readFileSync(join(examples, readme), "utf8").matchAll(/\]\(([\w-]+\.ts)\)/g);
      expect([...listed].map(([, name]) => name).sort()).toEqual(names);
    }
  });
});

test("all of them compile against the package, and the mistake that one shows does not", () => {
  const folder = temporaryFolder({
    "package.json": '{"type":"module"}',
    "tsconfig.json": readFileSync(join(root, "tsconfig.json"), "utf8").replace(
      /"include": .*/,
      '"include": ["*.ts"]',
    ),
    ...Object.fromEntries(names.map((name) => [name, readFileSync(join(examples, name), "utf8")])),
  });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "basewise"), "junction");
  symlinkSync(join(root, "node_modules", "@types"), join(folder, "node_modules", "@types"), "junction");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});
