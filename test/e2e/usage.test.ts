import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { basewise, jsonLines } from "./program.ts";

const COMMANDS = [
  "demo",
  "inspect",
  "doctor",
  "recommend",
  "list",
  "pull",
  "rm",
  "complete",
  "next",
  "score",
  "chat",
  "conversations",
  "memory",
  "embed",
  "rerank",
  "classify",
  "convert",
  "quantize",
  "train",
  "runs",
  "merge",
  "export",
];
const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe("help", () => {
  test("lists the commands and exits 0, without colours in a pipe", async () => {
    const { code, stdout, stderr } = await basewise(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(stderr).toBe("");
    expect(stdout).not.toContain("\x1b");
  });

  test.each(["--lang=zh", "zh_CN.UTF-8"])("speaks Chinese by option or locale (%s)", async (way) => {
    const { stdout } = await (way.startsWith("--")
      ? basewise([way, "--help"])
      : basewise(["--help"], { env: { LANG: way } }));
    expect(stdout).toMatch(/用法：.+选项：.+命令：/s);
    expect(stdout).not.toMatch(/Usage|Options:|Commands/);
  });

  test("the option wins over the locale", async () => {
    const { stdout } = await basewise(["--help", "--lang", "en"], { env: { LC_ALL: "zh_CN.UTF-8" } });
    expect(stdout).toContain("Usage:");
  });

  test("docs/cli.md is the help of every command", { timeout: 120_000 }, async () => {
    const helps = [];
    for (const args of [[], ...COMMANDS.map((command) => [command])]) {
      const { stdout } = await basewise([...args, "--help"]);
      helps.push(`## \`${["basewise", ...args].join(" ")}\`\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
    }
    const head = readFileSync(root("test/e2e/cli-head.md"), "utf8");
    await expect(`${head}\n${helps.join("\n")}`).toMatchFileSnapshot(root("docs/cli.md"));
  });

  test("--version is the package's version", async () => {
    const { code, stdout } = await basewise(["--version"]);
    const manifest: unknown = JSON.parse(readFileSync(root("package.json"), "utf8"));
    expect(code).toBe(0);
    expect(manifest).toMatchObject({ version: stdout.trim() });
  });
});

describe("wrong usage exits 2 with one sentence", () => {
  test.each([
    [
      ["inspec", "x"],
      "There is no command inspec; did you mean inspect?",
      "没有命令 inspec；是否想用 inspect？",
    ],
    [
      ["inspect", "x", "--prob"],
      "There is no option --prob; did you mean --probe?",
      "没有选项 --prob；是否想用 --probe？",
    ],
    [["--zzz"], "There is no option --zzz; see basewise --help.", "没有选项 --zzz；请看 basewise --help。"],
    [
      ["inspect"],
      "The <reference> is missing; see basewise help.",
      "缺少参数 <reference>；请看 basewise help。",
    ],
    [
      ["next", "x", "y", "--top", "0"],
      "--top <n> cannot be 0. Give a whole number from 1.",
      "--top <n> 不能是 0。请给出不小于 1 的整数。",
    ],
    [["next", "x", "y", "--top"], "--top <n> needs its value.", "--top <n> 缺少取值。"],
    [
      ["complete", "x", "y", "--temperature", "-1"],
      "--temperature <t> cannot be -1. Give a number from 0.",
      "--temperature <t> 不能是 -1。请给出不小于 0 的数。",
    ],
    [
      ["recommend", "--memory", "8"],
      "--memory <size> cannot be 8. Give a size with its unit, such as 8GiB.",
      "--memory <size> 不能是 8。请给出带单位的大小，如 8GiB。",
    ],
    [
      ["recommend", "--language", "chinese"],
      "--language <code> cannot be chinese. Give a code of two letters, such as zh.",
      "--language <code> 不能是 chinese。请给出两个字母的代码，如 zh。",
    ],
    [
      ["next", "a", "b", "c"],
      "next takes at most 2 arguments but was given 3; put a text with spaces in quotes.",
      "next 最多接受 2 个参数，却给了 3 个；含空格的文本请加引号。",
    ],
  ])("%j", async (args, en, zh) => {
    expect(await basewise(args)).toEqual({ code: 2, stdout: "", stderr: `✗ ${en}\n` });
    expect(await basewise([...args.slice(0, 1), "--lang", "zh", ...args.slice(1)])).toEqual({
      code: 2,
      stdout: "",
      stderr: `✗ ${zh}\n`,
    });
  });

  test("as JSON it is an error object on stdout", async () => {
    const outcome = await basewise(["--json", "inspec"]);
    expect(outcome.code).toBe(2);
    expect(jsonLines(outcome)).toEqual([
      {
        error: {
          name: "UsageError",
          message: "There is no command inspec; did you mean inspect?",
          exitCode: 2,
        },
      },
    ]);
  });

  test("an unknown language is refused", async () => {
    const { code, stderr } = await basewise(["--lang", "fr", "--help"]);
    expect(code).toBe(2);
    expect(stderr).toBe("✗ --lang <language> cannot be fr. Allowed choices are en, zh.\n");
  });
});

test("a reader that closes the pipe is no error", async () => {
  const child = spawn(process.execPath, [
    root("dist/cli/main.js"),
    "inspect",
    ...Array(400).fill("missing.gguf"),
    "--json",
  ]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
