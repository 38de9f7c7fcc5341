import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AdapterKind } from "../../src/train/adapter/adapter.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";

/** An adapter learned beside a tiny model in a moment, in a folder for its data and its run. */
export function tinyAdaptation(folder: string, from: string, kind: AdapterKind, output: string): Recipe {
  const data = join(folder, "texts.jsonl");
  const text = "One owl sees another owl, and no owl is alone. ".repeat(8);
  writeFileSync(data, [1, 2, 3, 4].map(() => JSON.stringify({ text })).join("\n"));
  return checkRecipe(
    {
      kind: "adapt",
      name: `tiny ${kind}`,
      license: "Apache-2.0",
      seed: 3,
      threads: 1,
      precision: "f32",
      steps: 8,
      batch: { time: 32, batch: 2 },
      optimizer: { learningRate: 0.02, warmupSteps: 1, weightDecay: 0 },
      data: [data],
      from,
      adapter: { kind, rank: 4, alpha: 8 },
      output: join(folder, output),
    },
    "test",
  );
}
