import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise } from "./program.ts";

test("mini-base is adapted with an adapter, which is used, merged and exported", {
  timeout: 120_000,
}, async () => {
  const place = temporaryFolder();
  const inside = (name: string): string => join(place, name);
  writeFileSync(inside("texts.txt"), "The fox reads a green book by the river. ".repeat(120));
  writeFileSync(
    inside("recipe.yaml"),
    `kind: adapt
name: fox reader
license: Apache-2.0
seed: 1
threads: 1
steps: 12
batch: { time: 64, batch: 2 }
optimizer: { learningRate: 0.01, warmupSteps: 2, weightDecay: 0 }
from: mini-base
adapter: { rank: 8, alpha: 16 }
data: [texts.txt]
output: run
`,
  );
  const env = { BASEWISE_HOME: inside("home") };
  const trained = await basewise(["train", inside("recipe.yaml")], { env });
  expect(trained.code).toBe(0);
  expect(trained.stdout.trim().split("\n")).toEqual([
    inside("run/adapter.gguf"),
    inside("run/adapter.safetensors"),
  ]);
  expect(trained.stderr).toContain(`basewise merge ${inside("run")}`);

  const ask = ["complete", "mini-base", "The fox reads", "--temperature", "0", "--max-tokens", "8"];
  const before = await basewise(ask, { env });
  const beside = await basewise([...ask, "--adapter", inside("run/adapter.gguf")], { env });
  expect(before.stdout).not.toContain("green book by");
  expect(beside.stdout).toContain("green book by");

  const merged = await basewise(["merge", inside("run"), "--output", inside("fox.gguf")], { env });
  expect(merged).toMatchObject({ code: 0, stdout: expect.stringContaining("made of basewise mini base") });
  const whole = await basewise(["complete", inside("fox.gguf"), ...ask.slice(2)], { env });
  expect(whole.stdout).toContain("green book by");
  const inspected = JSON.parse((await basewise(["inspect", inside("fox.gguf"), "--json"], { env })).stdout);
  expect(inspected).toMatchObject({ stage: "base" });

  const args = ["export", inside("run"), "--to", "hf", "--output", inside("fox")];
  expect((await basewise(args, { env })).code).toBe(0);
  const config = JSON.parse(readFileSync(inside("fox/config.json"), "utf8"));
  expect(config).toMatchObject({ architectures: ["Qwen3ForCausalLM"], tie_word_embeddings: true });
  const again = await basewise([...args, "--lang", "zh"], { env });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("已存在") });

  const wrong = ["merge", inside("run"), "--parent", "mini-instruct", "--output", inside("wrong.gguf")];
  const refused = await basewise(wrong, { env });
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/mini-instruct\.gguf is not the model .* trained beside: .*--parent/),
  });
  expect(existsSync(inside("wrong.gguf"))).toBe(false);
});
