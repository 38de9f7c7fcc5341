import { forkBeside } from "../native/fork.ts";
import { GIVES_BACK } from "../train/run/collect.ts";
import { Host, hostedRun } from "../train/run/hosted.ts";
import type { HeadEvent } from "./events.ts";
import { type HeadRecipe, isTuned, type TunedHeadRecipe } from "./recipe.ts";
import { runHead } from "./run-head.ts";

/**
 * Trains a head on the vectors of a model: `head.safetensors`, `head.json` and `report.json` in the recipe's output folder.
 * Vectors are computed once and kept there. With an `adapter`, the model's vectors then learn too, in a process of its own:
 * from the last checkpoint on, and to the same losses, where that was stopped or died. Throws what is wrong with recipe and
 * data, what `open` throws, and the signal's reason; with an adapter also what `train` throws.
 */
export function trainHead(
  recipe: HeadRecipe,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<HeadEvent> {
  if (!isTuned(recipe)) return runHead(recipe, signal);
  const start = (): Host<TunedHeadRecipe, HeadEvent> =>
    new Host(forkBeside(import.meta.url, "host", GIVES_BACK), recipe);
  return hostedRun(recipe, start, signal);
}
