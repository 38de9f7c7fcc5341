import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { learnedSpecs } from "../adapter/adapter.ts";
import type { Row } from "../batch.ts";
import { type Job, prepare } from "../job.ts";
import { Preference } from "../preference/preference.ts";
import { checkMemory, foreseenBytes, processMemory } from "../preflight/memory.ts";
import { preflight, requireNoStops } from "../preflight/preflight.ts";
import { readerOf } from "../reading.ts";
import type { Recipe } from "../recipe.ts";
import { Trainer } from "../trainer.ts";
import { BestWeights } from "./best.ts";
import { writeCard } from "./card.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import { collectGarbage } from "./collect.ts";
import { requireRunSpace } from "./disk-plan.ts";
import { beginningsOf } from "./diverged.ts";
import { Evaluation } from "./evaluation.ts";
import type { ReferenceEvent, TrainEvent } from "./events.ts";
import { type Lesson, learn } from "./learn.ts";

/** Runs a recipe in this process; see `train`. */
export async function* runRecipe(
  recipe: Recipe,
  signal: AbortSignal,
  isCheck = false,
): AsyncGenerator<TrainEvent> {
  await mkdir(recipe.output, { recursive: true });
  const job = await prepare(recipe);
  const findings = await preflight(recipe, job);
  const folder = checkpointsIn(recipe);
  const { checkpoint, unusable } = await loadCheckpoint(folder, job.fingerprint);
  const parameters = countOf(learnedSpecs(job.config, job.frozen?.adapter));
  await requireRunSpace(recipe.output, parameters, recipe.keep, job.results.fileBytes);
  await mkdir(folder, { recursive: true });
  let memoryBytes = 0;
  using trainer = newTrainer(recipe, job, (native) => {
    const before = processMemory();
    memoryBytes = foreseenBytes(
      native,
      { learned: parameters, frozen: countOf(job.frozen?.weights.values() ?? []) },
      before,
    );
    requireNoStops(checkMemory(recipe, memoryBytes, before));
  });
  const resumedAt = checkpoint?.step ?? 0;
  const epochs = recipe.steps / job.batches.stepsPerEpoch;
  const { data } = job;
  yield {
    event: "start",
    parameters,
    steps: recipe.steps,
    resumedAt,
    data: { ...data, epochs },
    findings,
    memoryBytes,
    unusable,
  };

  if (isCheck) return;
  const preference = yield* begun(recipe, job, trainer, folder, signal);
  if (job.comparison !== undefined && preference === undefined) return;
  if (checkpoint !== undefined) trainer.restore(checkpoint.state);
  collectGarbage();
  const best = new BestWeights(folder, job.fingerprint, checkpoint?.progress ?? { sinceBest: 0 });
  const done = yield* learn(lessonOf(recipe, job, trainer, best, preference), trainer, resumedAt, signal);
  if (done === undefined) return;

  const kept = await best.read();
  const from = kept?.step ?? done;
  const files = await job.results.write(recipe.output, readerOf(kept?.weights ?? trainer.weights()));
  const card = await writeCard(recipe, job, from);
  const reason = done < recipe.steps ? "patience" : "steps";
  const { peak: peakBytes } = processMemory();
  yield { event: "done", step: done, from, reason, files, card, peakBytes };
}

/** What the run repeats. */
function lessonOf(
  recipe: Recipe,
  job: Job,
  trainer: Trainer,
  best: BestWeights,
  preference: Preference | undefined,
): Lesson {
  const { output, steps, checkpointEvery, keep } = recipe;
  const { time, batch, accumulate } = recipe.batch;
  const { every = Number.POSITIVE_INFINITY, patience = Number.POSITIVE_INFINITY } = recipe.evaluation ?? {};
  const folder = checkpointsIn(recipe);
  const evaluation =
    job.heldOut === undefined
      ? undefined
      : new Evaluation(folder, job, job.heldOut, recipe.evaluation?.samples ?? 0, best, preference);
  return {
    steps,
    batches: job.batches,
    places: time * batch * accumulate,
    step: (rows, step) =>
      preference === undefined
        ? trainer.step(rows, step, steps)
        : preference.step(trainer, rows, step, steps),
    beginnings: (rows) => beginningsOf(rows, job.tokenizer),
    ignorance: Math.log(job.config.vocabularySize),
    ...(evaluation === undefined
      ? {}
      : { evaluation: { every, patience, at: (step) => evaluation.at(step, trainer) } }),
    best,
    output,
    folder,
    fingerprint: job.fingerprint,
    checkpointEvery,
    keep,
  };
}

function checkpointsIn({ output }: Recipe): string {
  return join(output, "checkpoint");
}

/** How many numbers weights hold. */
function countOf(weights: Iterable<{ readonly sizes: readonly number[] }>): number {
  return [...weights].reduce((sum, { sizes }) => sum + sizes.reduce((product, size) => product * size, 1), 0);
}

/** A function of its own, so that the first weights are not kept beside those that learn. */
function newTrainer(recipe: Recipe, job: Job, fits: (native: number) => void): Trainer {
  const { accumulate, ...shape } = recipe.batch;
  return new Trainer({
    config: job.config,
    weights: job.weights(),
    ...(job.frozen === undefined ? {} : { frozen: job.frozen }),
    optimizer: recipe.optimizer,
    shape,
    accumulate,
    precision: recipe.precision,
    checkpointing: recipe.checkpointing,
    also: { measures: job.heldOut !== undefined, compares: job.comparison !== undefined },
    fits,
    threads: recipe.threads,
  });
}

/** What compares answers, where preferences are learned and nobody stops it, while the weights are as they were. */
async function* begun(
  { steps }: Recipe,
  { comparison, batches, heldOut, fingerprint }: Job,
  trainer: Trainer,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<ReferenceEvent, Preference | undefined> {
  if (comparison === undefined) return undefined;
  function* rows(): Generator<Row> {
    for (let step = 0; step < steps; step++) yield* batches.at(step);
    for (const { pairs = [] } of heldOut?.sources ?? []) yield* pairs;
  }
  const beginning = Preference.begin(trainer, folder, { comparison, fingerprint, rows });
  for (;;) {
    const { done, value } = await beginning.next();
    if (done) return value;
    yield { event: "reference", ...value };
    if (signal.aborted) return undefined;
  }
}
