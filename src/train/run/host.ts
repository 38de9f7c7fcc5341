import { BasewiseError } from "../../errors.ts";
import type { Recipe } from "../recipe.ts";
import { type Failure, failureOf } from "./errors.ts";
import type { TrainEvent } from "./events.ts";
import { runRecipe } from "./loop.ts";

/*
 * The process that trains, so that what aborts in native code ends this process and not the user's program. It goes on
 * to the next event when it is asked for it.
 */

export type ToHost =
  | { readonly recipe: Recipe; readonly isCheck: boolean }
  | { readonly next: true }
  | { readonly stop: true };
export type FromHost =
  | { readonly event: TrainEvent }
  | { readonly end: true }
  | { readonly failure: Failure }
  /** An error that basewise did not foresee. */
  | { readonly defect: string };

const stopping = new AbortController();
let events: AsyncGenerator<TrainEvent> | undefined;

async function next(): Promise<FromHost> {
  try {
    const result = await events?.next();
    return result === undefined || result.done ? { end: true } : { event: result.value };
  } catch (error) {
    if (error instanceof BasewiseError) return { failure: failureOf(error) };
    return { defect: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on("message", async (message: ToHost) => {
  if ("recipe" in message) events = runRecipe(message.recipe, stopping.signal, message.isCheck);
  else if ("stop" in message) stopping.abort();
  else process.send?.(await next());
});
// What Ctrl-C means is for the program to decide; without the program there is nobody to train for.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
