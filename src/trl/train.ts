import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { forkBeside } from "../native/fork.ts";
import type { Recipe } from "../train/recipe.ts";
import type { StartEvent, TrainEvent } from "../train/run/events.ts";
import { Host, hostedRun } from "../train/run/hosted.ts";
import type { Machines } from "./machines.ts";
import { LAUNCH_FILES, PLAN_FOLDER, requireTrlRecipe } from "./plan.ts";
import type { TrlOrder } from "./run.ts";

/** How TRL trains. */
export interface TrlOptions {
  /** The Python that has TRL: a command or a path; `python3` unless stated. */
  readonly python?: string;
  /** Where it trains: on all GPUs of this machine, or its processor, unless stated. */
  readonly machines?: Partial<Machines>;
  /** Ends the run after its step, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/**
 * Runs an `adapt` or `sft` recipe with TRL and accelerate in the user's Python: the same tokens, masks, order, rates and
 * start as `train`, and the same files in the end. What a plan that was carried out elsewhere left in the run's `trl`
 * folder is taken as the result. Resumed, it goes on from TRL's last checkpoint. Throws PythonEnvironmentError, and what
 * `train` throws.
 */
export function trainWithTrl(recipe: Recipe, options: TrlOptions = {}): AsyncGenerator<TrainEvent> {
  const { python = "python3", machines = {}, signal } = options;
  const order: TrlOrder = { does: "train", recipe: requireTrlRecipe(recipe), python, machines };
  return hostedRun(recipe, () => startHost(order), signal);
}

/** A plan that TRL can be started from, on this machine or a cluster. */
export interface TrlPlan {
  /** Its folder, whole as it is to be taken there. */
  readonly folder: string;
  /** What a run of it begins with. */
  readonly start: StartEvent;
  /** The files that start it, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Writes all that TRL trains from into the run's `trl` folder, and starts nothing; one host with one GPU unless stated. */
export async function planForTrl(recipe: Recipe, machines: Partial<Machines> = {}): Promise<TrlPlan> {
  const host = startHost({ does: "plan", recipe: requireTrlRecipe(recipe), machines });
  try {
    const start = await host.next();
    if (start?.event !== "start") throw new Error("a plan begins with the start of a run");
    const folder = join(recipe.output, PLAN_FOLDER);
    const texts = await Promise.all(
      LAUNCH_FILES.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
    );
    return { folder, start, files: Object.fromEntries(texts) };
  } finally {
    await host.end();
  }
}

function startHost(order: TrlOrder): Host<TrlOrder, TrainEvent> {
  return new Host(forkBeside(import.meta.url, "host"), order);
}
