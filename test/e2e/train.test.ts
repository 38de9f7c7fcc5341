import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { jsonLines, type Outcome, basewise as program, type RunOptions } from "./program.ts";

const words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "小猫", "喜欢", "苹果"];
const story = Array.from({ length: 400 }, (_, i) => words[(i * i + 3 * i) % words.length]).join(" ");

let folder: string;
beforeAll(() => {
  folder = temporaryFolder({ "story.txt": story });
});

/** With a home of its own, where runs are noted. */
function basewise(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return program(args, { ...options, env: { BASEWISE_HOME: join(folder, "home") } });
}

/** A recipe whose run takes a moment for each hundred steps. */
function recipe(name: string, steps: number): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `kind: pretrain
name: ${name}
license: Apache-2.0
seed: 5
threads: 1
steps: ${steps}
checkpointEvery: 10
data: [story.txt]
output: ${name}
tokenizer: { vocabularySize: 270 }
model: { hiddenSize: 32, layers: 1, heads: 2, kvHeads: 1, headSize: 32, feedForwardSize: 64, context: 64 }
batch: { time: 32, batch: 2 }
optimizer: { learningRate: 0.005, warmupSteps: 2 }
`,
  );
  return path;
}
const madeFiles = (name: string): string[] =>
  readdirSync(join(folder, name), { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.(gguf|part)$|\.tmp/.test(file),
  );

test("a run logs plain lines and names its files on stdout", async () => {
  const { code, stdout, stderr } = await basewise(["train", recipe("plain", 20)]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\d+\.\d k parameters, \d+ tokens to learn in 1 items, 20 steps/);
  expect(stderr).toMatch(/^step 1\/20 {2}loss \d\.\d{3} {2}\d+ tokens\/s {2}.+ left$/m);
  expect(stderr).toMatch(/^after ten steps: about \d+ s left, until \d\d:\d\d\n/m);
  expect(stderr).toMatch(/^step 20\/20 /m);
  expect(stderr).not.toContain("\x1b");
  const files = stdout.trimEnd().split("\n");
  expect(files).toEqual(["f32", "q8_0"].map((type) => join(folder, "plain", `model-${type}.gguf`)));
  expect(files.every((file) => existsSync(file))).toBe(true);
  // What was trained is a model that the program knows.
  const inspected = await basewise(["inspect", String(files[1]), "--json"]);
  expect(jsonLines(inspected)).toEqual([expect.objectContaining({ stage: "base" })]);
});

test("--json gives one object an event, steps included", async () => {
  const outcome = await basewise(["train", recipe("json", 12), "--json"]);
  const events = jsonLines(outcome);
  const steps = events.filter((event) => (event as { event: string }).event === "step");
  expect(outcome).toMatchObject({ code: 0 });
  expect(steps).toHaveLength(12);
  expect(steps[0]).toMatchObject({
    step: 1,
    steps: 12,
    loss: expect.any(Number),
    secondsLeft: expect.any(Number),
  });
  expect(events.at(-1)).toMatchObject({ event: "done", step: 12 });
});

test.each([
  [
    "en",
    /^Stopped after step (\d+); its checkpoint is kept\. To go on: basewise train /m,
    /^Going on after step (\d+)\.$/m,
  ],
  ["zh", /^已在第 (\d+) 步后停止，检查点已保存。继续训练：basewise train /m, /^从第 (\d+) 步之后继续。$/m],
])("Ctrl-C saves a checkpoint, says how to go on and exits 130 (%s)", async (language, stopped, resumed) => {
  const path = recipe(`stopped-${language}`, 100_000);
  const first = await basewise(["train", path, "--lang", language], {
    interrupt: { signal: "SIGINT", when: (_, stderr) => stderr.includes("1/100000") },
  });
  expect(first.code).toBe(130);
  const step = stopped.exec(first.stderr)?.[1];
  expect(Number(step)).toBeGreaterThanOrEqual(1);
  expect(madeFiles(`stopped-${language}`)).toEqual([]);
  const second = await basewise(["train", path, "--lang", language], {
    interrupt: { signal: "SIGINT", when: (_, stderr) => resumed.test(stderr) },
  });
  expect(resumed.exec(second.stderr)?.[1]).toBe(step);
});

test("a kill leaves no half-written file, and the run goes on from its last checkpoint", async () => {
  const path = recipe("killed", 60);
  await basewise(["train", path, "--json"], {
    interrupt: { signal: "SIGKILL", when: (stdout) => stdout.includes('"step":31,') },
  });
  expect(madeFiles("killed").filter((file) => file.endsWith(".gguf"))).toEqual([]);
  const again = await basewise(["train", path, "--json"]);
  expect(again.code).toBe(0);
  expect(jsonLines(again)[0]).toMatchObject({ event: "start", resumedAt: expect.any(Number) });
  expect(jsonLines(again)[0]).not.toMatchObject({ resumedAt: 0 });
  expect(madeFiles("killed").sort()).toEqual(["model-f32.gguf", "model-q8_0.gguf"]);
});

test("a recipe that is missing or wrong is one sentence, exit 2", async () => {
  const missing = await basewise(["train", join(folder, "none.yaml")]);
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toMatch(/^✗ The recipe .*none\.yaml cannot be read; check the path\.\n$/);
  writeFileSync(join(folder, "wrong.yaml"), "kind: pretrain\nsteps: -3\n");
  const wrong = await basewise(["train", join(folder, "wrong.yaml")]);
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toMatch(/^✗ The recipe .*wrong\.yaml needs mending: .*steps: .*\n$/);
});

test("doctor examines a recipe as train --check does, and trains nothing", async () => {
  const path = recipe("examined", 3);
  const examined = await basewise(["doctor", path]);
  expect(examined).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing stands against it.") });
  expect(examined.stderr).toMatch(/^\d+\.\d k parameters, .* about \d+ MiB of memory$/m);
  expect(existsSync(join(folder, "examined", "run.json"))).toBe(false);
  const both = await basewise(["doctor", path, "--probe"]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("A recipe is examined by itself") });
});
