import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { learnedSpecs } from "../train/adapter/adapter.ts";
import { trainedTokensOf } from "../train/batch.ts";
import { type Job, prepare } from "../train/job.ts";
import type { Parent } from "../train/parent.ts";
import { preflight } from "../train/preflight/preflight.ts";
import { writeCard } from "../train/run/card.ts";
import { requireRunSpace } from "../train/run/disk-plan.ts";
import { beginningsOf, DivergedError, LossWatch } from "../train/run/diverged.ts";
import { figuresOf } from "../train/run/evaluation.ts";
import type { EvaluationEvent, StepEvent, TrainEvent } from "../train/run/events.ts";
import { MetricsLog } from "../train/run/metrics.ts";
import { launched } from "./launch.ts";
import type { Machines } from "./machines.ts";
import { PLAN_FOLDER, type TrlRecipe, writePlan } from "./plan.ts";
import { kept, type ProgramEvent, ProgramEvents, readResult } from "./progress.ts";
import { checkPython } from "./python.ts";
import { learnedIn } from "./result.ts";

/** What is to be done with a recipe: planned only, or trained by this Python. */
export type TrlOrder = { readonly recipe: TrlRecipe; readonly machines: Partial<Machines> } & (
  | { readonly does: "plan" }
  | { readonly does: "train"; readonly python: string }
);

/** Carries an order out in this process; see `trainWithTrl` and `planForTrl`. */
export async function* runWithTrl(order: TrlOrder, signal: AbortSignal): AsyncGenerator<TrainEvent> {
  const { recipe } = order;
  await mkdir(recipe.output, { recursive: true });
  const job = await prepare(recipe);
  const { parent } = job;
  if (parent === undefined) throw new RangeError("such a recipe starts from a model");
  const findings = await preflight(recipe, job);
  const parameters = learnedSpecs(job.config, job.frozen?.adapter)
    .map(({ sizes }) => sizes.reduce((product, size) => product * size, 1))
    .reduce((sum, count) => sum + count, 0);
  await requireRunSpace(recipe.output, parameters, recipe.keep, job.results.fileBytes);
  const folder = join(recipe.output, PLAN_FOLDER);
  const start: TrainEvent = {
    event: "start",
    parameters,
    steps: recipe.steps,
    resumedAt: 0,
    data: { ...job.data, epochs: recipe.steps / job.batches.stepsPerEpoch },
    findings,
    unusable: [],
  };
  if (order.does === "plan") {
    await writePlan(folder, recipe, job, parent, machinesOf(order.machines, 1));
    yield start;
    return;
  }

  let result = await readResult(folder, job.fingerprint);
  if (result === undefined) {
    const { devices } = await checkPython(order.python);
    await writePlan(folder, recipe, job, parent, machinesOf(order.machines, devices.length));
    const resumedAt = await lastCheckpoint(folder);
    yield { ...start, resumedAt };
    yield* told(launched(folder, order.python, recipe.threads, resumedAt, signal), recipe, job, resumedAt);
    result = await readResult(folder, job.fingerprint);
    if (result === undefined) return; // stopped
  } else {
    // it was trained elsewhere, from a plan that was taken there
    yield start;
    const events = await ProgramEvents.open(folder, "first");
    yield* told(kept(await events.news()), recipe, job, 0);
  }
  yield await imported(folder, result, recipe, job, parent);
}

/** What is not said: this host alone, its GPUs, and a model that every process keeps a part of. */
function machinesOf({ hosts = 1, gpus, sharding }: Partial<Machines>, found: number): Machines {
  const each = gpus ?? found;
  return { hosts, gpus: each, sharding: sharding ?? (hosts * each > 1 ? "fsdp" : "none") };
}

/** The step of the newest checkpoint that was saved whole; 0 where there is none. */
async function lastCheckpoint(folder: string): Promise<number> {
  const checkpoints = join(folder, "checkpoints");
  let last = 0;
  for (const name of await readdir(checkpoints).catch(() => [])) {
    const step = Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? 0);
    const isWhole = await stat(join(checkpoints, name, "basewise.json")).catch(() => undefined);
    if (isWhole !== undefined) last = Math.max(last, step);
  }
  return last;
}

/** What the program tells, as a run tells it; also written into the run's metrics. Throws DivergedError. */
async function* told(
  events: AsyncIterable<ProgramEvent> | Iterable<ProgramEvent>,
  recipe: TrlRecipe,
  job: Job,
  resumedAt: number,
): AsyncGenerator<TrainEvent> {
  const metrics = await MetricsLog.open(recipe.output, resumedAt);
  const watch = new LossWatch(Math.log(job.config.vocabularySize));
  const { time, batch, accumulate } = recipe.batch;
  let [began, before] = [0, 0];
  let saved = resumedAt;
  for await (const event of events) {
    switch (event.event) {
      case "begin":
        began = before = event.time;
        break;
      case "step": {
        const rows = job.batches.at(event.step - 1);
        const loss = event.loss ?? Number.NaN;
        const isSound = event.loss !== null && event.gradientNorm !== null;
        if (!isSound || watch.explodes(loss)) {
          const beginnings = beginningsOf(rows, job.tokenizer);
          throw new DivergedError({ step: event.step, loss, rows: beginnings, checkpoint: saved });
        }
        const seconds = Math.max(1e-3, (event.time - before) / 1000);
        before = event.time;
        const step: StepEvent = {
          event: "step",
          step: event.step,
          steps: recipe.steps,
          loss,
          gradientNorm: event.gradientNorm ?? Number.NaN,
          learningRate: event.learningRate,
          trainedTokens: trainedTokensOf(rows),
          ...(event.preference === undefined ? {} : { preference: event.preference }),
          tokensPerSecond: (time * batch * accumulate) / seconds,
          secondsLeft: ((event.time - began) / 1000 / (event.step - resumedAt)) * (recipe.steps - event.step),
          seconds,
          time: event.time,
        };
        await metrics.add(step);
        yield step;
        break;
      }
      case "evaluation": {
        const measured = evaluationOf(event, job);
        await metrics.add(measured);
        yield measured;
        break;
      }
      case "checkpoint":
        saved = event.step;
        yield event;
    }
  }
}

function evaluationOf(event: Extract<ProgramEvent, { event: "evaluation" }>, job: Job): EvaluationEvent {
  const { step, nats, preference, isBest, time } = event;
  const measured = (job.heldOut?.sources ?? []).map(({ path, rows, bytes }, i) => ({
    path,
    bytes,
    nats: nats[i] ?? Number.NaN,
    tokens: trainedTokensOf(rows),
  }));
  return {
    event: "evaluation",
    step,
    ...figuresOf(measured),
    ...(preference === undefined ? {} : { preference, loss: preference.loss }),
    isBest,
    samples: [],
    time,
  };
}

/** Makes of the weights that the program saved the same files that the embedded trainer makes of its own. */
async function imported(
  folder: string,
  { step, from, reason, peakBytes }: NonNullable<Awaited<ReturnType<typeof readResult>>>,
  recipe: TrlRecipe,
  job: Job,
  parent: Parent,
): Promise<TrainEvent> {
  const learned = await learnedIn(join(folder, "result"), parent.config, job.frozen?.adapter);
  const files = await job.results.write(recipe.output, learned);
  const card = await writeCard(recipe, job, from, "TRL and accelerate");
  return { event: "done", step, from, reason, files, card, peakBytes };
}
