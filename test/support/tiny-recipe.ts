import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import type { TrainEvent } from "../../src/train/run/events.ts";

const words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "小猫", "喜欢", "苹果"];

/** A pretraining of a moment a step, with its data, in this folder. */
export function tinyRecipe(folder: string, output: string, more: object = {}): Recipe {
  const data = join(folder, "documents.jsonl");
  const text = (start: number): string =>
    Array.from({ length: 60 }, (_, i) => words[(i * i + 3 * i + start) % words.length]).join(" ");
  writeFileSync(
    data,
    Array.from({ length: 12 }, (_, i) => `${JSON.stringify({ text: text(i) })}\n`).join(""),
  );
  return checkRecipe(
    {
      kind: "pretrain",
      name: output,
      license: "Apache-2.0",
      seed: 5,
      threads: 1,
      steps: 12,
      checkpointEvery: 4,
      batch: { time: 32, batch: 2 },
      optimizer: { learningRate: 0.005, warmupSteps: 2 },
      data: [data],
      output: join(folder, output),
      tokenizer: { vocabularySize: 270 },
      model: {
        hiddenSize: 32,
        layers: 1,
        heads: 2,
        kvHeads: 1,
        headSize: 32,
        feedForwardSize: 64,
        context: 64,
      },
      ...more,
    },
    "test",
  );
}

export async function eventsOf(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Losses by step; a step that is done again counts once. */
export function lossesOf(events: readonly TrainEvent[]): Map<number, number> {
  return new Map(events.flatMap((event) => (event.event === "step" ? [[event.step, event.loss]] : [])));
}
