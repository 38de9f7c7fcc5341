import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise, jsonLines } from "./program.ts";

const words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "小猫", "喜欢", "苹果"];
let folder: string;
let env: Record<string, string>;

function recipe(name: string, more: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `kind: pretrain
name: model of ${name}
license: Apache-2.0
seed: 5
threads: 1
steps: 20
data: [stories.jsonl]
output: ${name}
tokenizer: { vocabularySize: 270 }
model: { hiddenSize: 32, layers: 1, heads: 2, kvHeads: 1, headSize: 32, feedForwardSize: 64, context: 64 }
batch: { time: 32, batch: 2 }
${more}
`,
  );
  return path;
}

beforeAll(async () => {
  const story = (start: number): string =>
    Array.from({ length: 80 }, (_, i) => words[(i * i + 3 * i + start) % words.length]).join(" ");
  const lines = Array.from({ length: 10 }, (_, i) => JSON.stringify({ text: story(i) })).join("\n");
  folder = temporaryFolder({ "stories.jsonl": lines });
  env = { BASEWISE_HOME: join(folder, "home") };
  const calm =
    "optimizer: { learningRate: 0.005, warmupSteps: 2 }\nevaluation: { share: 0.2, every: 10, samples: 2 }";
  const wild = "optimizer: { learningRate: 1.0e+30, warmupSteps: 0, clipNorm: 1.0e+30 }";
  const first = await basewise(["train", recipe("calm", calm)], { env });
  expect(first.stderr).toMatch(
    /^held out after step 10: loss \d.*\d bits per byte, \d of 2 samples end by themselves/m,
  );
  const second = await basewise(["train", recipe("wild", wild)], { env });
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(
    /^✗ The loss is not a number at step \d+, whose rows begin ".+"; there is no checkpoint yet\./m,
  );
}, 60_000);

test("lists what ran on this machine, how it ended and its losses", async () => {
  const { code, stdout } = await basewise(["runs"], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^calm {2}.*calm\n {2}pretrain {2}finished {5}20\/20 +\d\.\d{3} +\d\.\d{3} .*[▁-█]+$/m,
  );
  expect(stdout).toMatch(/^wild .*\n {2}pretrain {2}failed/m);
  const listed = jsonLines(await basewise(["runs", "--json"], { env }))[0];
  expect(listed).toMatchObject({
    runs: [
      { name: "wild", state: "failed" },
      { name: "calm", state: "finished", steps: 20 },
    ],
  });
  const scanned = await basewise(["runs", "list", folder], {
    env: { BASEWISE_HOME: join(folder, "nobody") },
  });
  expect(scanned.stdout).toMatch(/^calm /m);
});

test("says so where nothing was trained, and where a name is unknown", async () => {
  const nobody = { BASEWISE_HOME: join(folder, "nobody") };
  const none = await basewise(["runs", "--lang", "zh"], { env: nobody });
  expect(none).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "尚无训练记录；可运行：basewise train RECIPE.yaml\n",
  });
  const unknown = await basewise(["runs", "show", "none"], { env });
  expect(unknown).toMatchObject({ code: 4, stdout: "" });
  expect(unknown.stderr).toMatch(/^✗ There is no run named none on this machine; list them/);
});

test("shows one run by name or folder, with why it failed and its curve", async () => {
  const { code, stdout } = await basewise(["runs", "show", "calm"], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^held out +\d\.\d{4}, .* bits per byte, after step \d+$/m);
  expect(stdout).toMatch(/[⠁-⣿]/);
  const failed = await basewise(["runs", "show", join(folder, "wild"), "--lang", "zh"], { env });
  expect(failed.stdout).toMatch(/^原因 +第 \d+ 步的损失不是有效数字/m);
});

test("plots several into one HTML file that needs nothing else, and never over another file", async () => {
  const file = join(folder, "curves.html");
  const { code, stdout } = await basewise(["runs", "plot", "calm", "wild", "--html", file], { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}\n` });
  const html = readFileSync(file, "utf8");
  expect(html).toContain("●</span> calm");
  expect(html.match(/<polyline/g)?.length).toBeGreaterThanOrEqual(4);
  expect(html).not.toMatch(/<script|https?:|NaN|Infinity|undefined/);
  const again = await basewise(["runs", "plot", "calm", "--html", file], { env });
  expect(again.code).toBe(2);
  expect(existsSync(file)).toBe(true);
  const drawn = await basewise(["runs", "plot", "calm"], { env });
  expect(drawn.stdout).toMatch(/^loss by step {2}● calm$/m);
});
