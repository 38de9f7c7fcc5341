import { forkBeside } from "../../native/fork.ts";
import type { Recipe } from "../recipe.ts";
import { GIVES_BACK } from "./collect.ts";
import type { StartEvent, TrainEvent } from "./events.ts";
import type { TrainOrder } from "./host.ts";
import { Host, hostedRun } from "./hosted.ts";

/**
 * Runs a recipe from its last checkpoint or from the start, in a process of its own, and writes `model-f32.gguf` and
 * `model-q8_0.gguf` into its output folder: the best weights by its evaluation, or the last. Aborting saves a
 * checkpoint; the same call then goes on to the same losses, bit by bit. It waits with the next step until the last
 * event was taken. Throws what is wrong with recipe, data, disk and checkpoints; DivergedError; TrainingCrashedError
 * where the process dies; RunBusyError where another process is at it.
 */
export function train(
  recipe: Recipe,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<TrainEvent> {
  return hostedRun(recipe, () => startHost({ recipe, isCheck: false }), signal);
}

/**
 * All that `train` does before its first step: reads and lays out the data, opens the model, takes the memory. Gives what
 * a run begins with, and throws what it would.
 */
export async function checkRun(recipe: Recipe): Promise<StartEvent> {
  const host = startHost({ recipe, isCheck: true });
  try {
    const event = await host.next();
    if (event?.event !== "start") throw new Error("a check begins with the start of a run");
    return event;
  } finally {
    await host.end();
  }
}

function startHost(order: TrainOrder): Host<TrainOrder, TrainEvent> {
  return new Host(forkBeside(import.meta.url, "host", GIVES_BACK), order);
}
