import { expect, test } from "vitest";
import { qwen3Config } from "../../src/train/arch/config.ts";
import { weightSpecs } from "../../src/train/arch/weights.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { PretrainRecipe } from "../../src/train/recipe.ts";

function dialled(size: string | number, more: object = {}): PretrainRecipe {
  const recipe = checkRecipe(
    {
      kind: "pretrain",
      name: "dialled",
      license: "Apache-2.0",
      seed: 1,
      tokenizer: { vocabularySize: 1000 },
      batch: { time: 256, batch: 8 },
      data: ["texts.jsonl"],
      output: "run",
      model: { size },
      ...more,
    },
    "test",
  );
  if (recipe.kind !== "pretrain") throw new TypeError("another kind");
  return recipe;
}

/** Weights of all blocks, by the trainer's own list. */
function blockWeights({ model }: PretrainRecipe): number {
  return weightSpecs(qwen3Config({ ...model, vocabularySize: 1000 }))
    .filter(({ name }) => name.startsWith("blk."))
    .reduce((sum, { sizes }) => sum + sizes.reduce((product, one) => product * one, 1), 0);
}

test.each(["300K", "1M", "4M", "10M", "25M", "100M", "350M", 1_000_000_000])(
  "a model of %s has about as many weights, and a shape that trains",
  (size) => {
    const recipe = dialled(size);
    const wanted =
      typeof size === "number" ? size : Number(size.slice(0, -1)) * (size.endsWith("K") ? 1e3 : 1e6);
    expect(blockWeights(recipe) / wanted).toBeGreaterThan(0.75);
    expect(blockWeights(recipe) / wanted).toBeLessThan(1.25);
    expect(recipe.steps).toBe(Math.ceil((20 * wanted) / 2048));
    expect(recipe.optimizer.learningRate).toBeCloseTo((0.003 * 256) / recipe.model.hiddenSize, 4);
  },
);

test("what the recipe says itself stays", () => {
  const recipe = dialled("4M", {
    model: { size: "4M", context: 128, layers: 2 },
    steps: 7,
    optimizer: { learningRate: 0.01 },
  });
  expect(recipe).toMatchObject({
    steps: 7,
    model: { hiddenSize: 256, layers: 2, heads: 4, kvHeads: 2, context: 128 },
    optimizer: { learningRate: 0.01, warmupSteps: 1 },
  });
});

test.each(["4 M", "huge", "10K", 5e9, -1])("a size of %s is refused, and what to give is said", (size) => {
  expect(() => dialled(size)).toThrow(/^model\.size cannot be /);
});
