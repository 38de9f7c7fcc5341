import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { quantize } from "../../src/convert/quantize.ts";
import { open } from "../../src/model/open.ts";
import { readTrainedAdapter, TRAINED_ADAPTER } from "../../src/train/adapter/trained.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { withTokens } from "../../src/train/extend.ts";
import { openModelFile, readModelFile } from "../../src/train/model-file.ts";
import { openParent } from "../../src/train/parent.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import { train } from "../../src/train/run/train.ts";
import { folderOfModel } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { eventsOf, lossesOf } from "../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const NEW = ["<|turn|>", "<|over|>"];
const TEMPLATE_TOKENS = ["<|im_start|>", "<|im_end|>"];
const talk = join(folder, "talk.jsonl");
writeFileSync(
  talk,
  Array.from({ length: 12 }, (_, i) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `And ${i}?` },
        { role: "assistant", content: "yes yes" },
      ],
    }),
  ).join("\n"),
);

let runs = 0;
function recipe(from: string, more: object = {}): Recipe {
  return checkRecipe(
    {
      kind: "sft",
      name: "extended",
      license: "Apache-2.0",
      seed: 3,
      threads: 1,
      precision: "f32",
      steps: 8,
      batch: { time: 96, batch: 2 },
      optimizer: { learningRate: 0.01, warmupSteps: 1, weightDecay: 0 },
      data: [talk],
      from,
      newTokens: TEMPLATE_TOKENS,
      output: join(folder, `run-${runs++}`),
      ...more,
    },
    "test",
  );
}

describe.each(["tiny-qwen2-base", "tiny-llama3", "tiny-llama2"] as const)("%s", (name) => {
  const parent = join(folder, `${name}.gguf`);
  beforeAll(async () => {
    await convert(folderOfModel(name), { output: parent, type: "f32" });
  });

  test("with further tokens says of all others what it said, and knows the new ones as control tokens", async () => {
    const output = join(folder, `${name}-extended`);
    const before = await openParent(parent, output);
    const extended = await withTokens(before, NEW, join(folder));
    const [old, now] = [await readModelFile(parent), await readModelFile(extended.path)];
    const { vocabularySize } = old.config;
    expect(now.config).toEqual({ ...old.config, vocabularySize: now.config.vocabularySize });
    expect(now.config.vocabularySize % 64).toBe(0);
    expect(now.vocabulary.tokens).toHaveLength(now.config.vocabularySize);
    expect(NEW.map((token) => extended.tokenizer.controlId(token))).toEqual([
      vocabularySize,
      vocabularySize + 1,
    ]);
    expect(extended.tokenizer.encode("the cat <|turn|>")).toEqual(
      before.tokenizer.encode("the cat <|turn|>"),
    );
    const ids = Array.from({ length: 20 }, (_, i) => (i * 37) % vocabularySize);
    const logits = async ({ config, weights }: typeof old) => measureLogits(config, weights, ids, 1);
    const [first, second] = [await logits(old), await logits(now)];
    const [width, wider] = [vocabularySize, now.config.vocabularySize];
    let farthest = 0;
    for (let at = 0; at < ids.length; at++) {
      for (let i = 0; i < width; i++) {
        farthest = Math.max(
          farthest,
          Math.abs((first[at * width + i] ?? 0) - (second[at * wider + i] ?? Number.NaN)),
        );
      }
    }
    expect(farthest).toBeLessThan(1e-4);
    // the same again is not written again, and what is known already needs nothing
    const written = statSync(extended.path).mtimeMs;
    expect((await withTokens(before, NEW, folder)).path).toBe(extended.path);
    expect(statSync(extended.path).mtimeMs).toBe(written);
    expect(await withTokens(extended, NEW, folder)).toBe(extended);
  });

  test("learns conversations with them, whole and by an adapter beside quantised weights", {
    timeout: 60_000,
  }, async () => {
    const whole = recipe(parent);
    const losses = [...lossesOf(await eventsOf(train(whole))).values()];
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8);
    const { header, vocabulary } = await openModelFile(join(whole.output, "model-f32.gguf"));
    const end = header.metadata.number("tokenizer.ggml.eos_token_id") ?? -1;
    expect(vocabulary.controlTokens.find(({ id }) => id === end)).toBeDefined();

    const small = join(folder, `${name}-q8_0.gguf`);
    await quantize(parent, { type: "Q8_0", output: small, force: true, threads: 1 });
    const beside = recipe(small, { adapter: { rank: 4, alpha: 8 } });
    const others = [...lossesOf(await eventsOf(train(beside))).values()];
    expect(others.at(-1)).toBeLessThan((others[0] ?? 0) * 0.9);
    const { adapter } = await readTrainedAdapter(join(beside.output, TRAINED_ADAPTER));
    expect(adapter.rows).toHaveLength(TEMPLATE_TOKENS.length);
    expect(existsSync(join(beside.output, "model-q8_0.gguf"))).toBe(true);
    await using model = await open(join(beside.output, "model-q8_0.gguf"), { for: "chat" });
    expect(model.stage).toBe("instruct");
    const reply = await model.chat([{ role: "user", content: "And 3?" }], { maxTokens: 12 }).result;
    expect(reply.usage.completionTokens).toBeGreaterThan(0);
  });
});

test("tokens are bounded", () => {
  expect(() => recipe("mini-base", { newTokens: ["x".repeat(101)] })).toThrow(/newTokens\.0/);
  expect(() => recipe("mini-base", { newTokens: [] })).toThrow(/newTokens/);
});
