import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise, jsonLines } from "./program.ts";

const folder = temporaryFolder();
const texts = {
  animals: ["the cat sleeps", "a dog runs", "the bird sings"],
  weather: ["it rains", "the sun is warm", "snow falls"],
};
const lines = Object.entries(texts).flatMap(([label, some]) =>
  some.flatMap((text) =>
    ["", "look, ", "today "].map((before) => JSON.stringify({ text: before + text, label })),
  ),
);
writeFileSync(join(folder, "kinds.jsonl"), lines.join("\n"));
const recipe = join(folder, "kinds.yaml");
writeFileSync(
  recipe,
  "kind: classify\nname: kinds\nfrom: mini-base\ndata: [kinds.jsonl]\nevaluation: { share: 0.3 }\noutput: head\n",
);

test("a head is trained by train, told in figures, and used by classify", { timeout: 120_000 }, async () => {
  const trained = await basewise(["train", recipe]);
  expect(trained.code).toBe(0);
  expect(trained.stderr).toMatch(/^13 rows to learn from, 5 to measure; 0 left out/m);
  expect(trained.stderr).toMatch(/^of 5 rows: accuracy \d+ %, macro F1 \d\.\d{3}, .*calibration error/m);
  expect(
    trained.stdout
      .split("\n")
      .slice(0, 3)
      .map((line) => line.replace(/.*head./, "")),
  ).toEqual(["safetensors", "json", "report.json"]);
  const head = join(folder, "head");
  const said = await basewise(["classify", head, "--text", "look, the cat sleeps", "today it rains"]);
  expect(said.stdout).toMatch(
    /^animals {2}\d+(\.\d)? % {2}look, the cat sleeps\nweather {2}.*today it rains\n$/,
  );
  const piped = await basewise(["classify", head, "--json"], { input: "snow falls\n" });
  expect(jsonLines(piped)).toEqual([
    expect.objectContaining({ text: "snow falls", kind: "classify", probability: expect.any(Number) }),
  ]);
});

test("with an adapter, what the head alone came to is told, then each step; runs lists it", {
  timeout: 120_000,
}, async () => {
  const tuned = join(folder, "tuned.yaml");
  const more = [
    "adapter: { rank: 4, alpha: 8 }",
    "steps: 4",
    "batch: { time: 32, batch: 2 }",
    "optimizer: { learningRate: 0.002, warmupSteps: 1 }",
    "checkpointEvery: 2",
  ];
  const alone = readFileSync(recipe, "utf8").replace("output: head", "output: tuned");
  writeFileSync(tuned, `${alone}${more.join("\n")}\n`);
  const trained = await basewise(["train", tuned]);
  expect(trained.code).toBe(0);
  const told = [
    /^the head alone, on vectors as they are:\nof 5 rows: accuracy/m,
    /^now the adapter with it: 0\.\d M numbers, 4 steps, about \d\.\d GiB of memory$/m,
    /^held out after step 0: loss \d\.\d{3} \(best so far\)$/m,
    /^step 4\/4 {2}loss \d\.\d{3} /m,
    /^the adapter and head of step \d, measured as they will be used:\nof 5 rows: accuracy/m,
  ];
  for (const line of told) expect(trained.stderr).toMatch(line);
  expect(trained.stdout).toMatch(/adapter\.gguf\n.*adapter\.safetensors\n$/);
  const head = join(folder, "tuned");
  const said = await basewise(["classify", head, "--text", "look, the cat sleeps"]);
  expect(said.stdout).toMatch(/^animals {2}/);
  const listed = await basewise(["runs", head]);
  expect(listed.stdout).toMatch(/classify {2}finished +4\/4/);
  const merged = await basewise([
    "merge",
    join(head, "adapter.safetensors"),
    "--output",
    join(folder, "m.gguf"),
  ]);
  expect(merged.code).toBe(0);
});

test("says what is missing, in both languages", async () => {
  const none = await basewise(["classify", join(folder, "nothing"), "--text", "a"]);
  expect(none).toMatchObject({ code: 4, stdout: "" });
  writeFileSync(join(folder, "bad.yaml"), "kind: classify\nname: x\n");
  const bad = await basewise(["train", join(folder, "bad.yaml"), "--lang", "zh"]);
  expect(bad).toMatchObject({ code: 2, stdout: "" });
  expect(bad.stderr).toMatch(/^✗ 配方 .* 需要修改：from: .*data: .*output: /);
});
