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
import { writeCard } from "./card.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { collectGarbage } from "./collect.ts";
import { requireRunSpace } from "./disk-plan.ts";
import { beginningsOf, DivergedError, LossWatch } from "./diverged.ts";
import { Evaluation } from "./evaluation.ts";
import type { ReferenceEvent, StepEvent, TrainEvent } from "./events.ts";
import { MetricsLog } from "./metrics.ts";

/** Runs a recipe in this process; see `train`. */
export async function* runRecipe(
  recipe: Recipe,
  signal: AbortSignal,
  isCheck = false,
): AsyncGenerator<TrainEvent> {
  await mkdir(recipe.output, { recursive: true });
  const job = await prepare(recipe);
  const findings = preflight(recipe, job);
  const folder = join(recipe.output, "checkpoint");
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
  const metrics = await MetricsLog.open(recipe.output, resumedAt);
  const { time, batch, accumulate } = recipe.batch;
  const { every = Number.POSITIVE_INFINITY, patience = Number.POSITIVE_INFINITY } = recipe.evaluation ?? {};
  const evaluation =
    job.heldOut === undefined
      ? undefined
      : new Evaluation(
          folder,
          job,
          job.heldOut,
          recipe.evaluation?.samples ?? 0,
          checkpoint?.progress ?? { sinceBest: 0 },
          preference,
        );
  const watch = new LossWatch(job.config.vocabularySize);
  const isSpent = (): boolean => (evaluation?.progress.sinceBest ?? 0) >= patience;
  const started = performance.now();
  let saved = resumedAt;
  let done = resumedAt;
  while (done < recipe.steps && !isSpent()) {
    const before = performance.now();
    const rows = job.batches.at(done);
    const result = await (preference === undefined
      ? trainer.step(rows, done, recipe.steps)
      : preference.step(trainer, rows, done, recipe.steps));
    const now = performance.now();
    const isSound = Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm);
    if (!isSound || watch.explodes(result.loss)) {
      const loss = isSound ? result.loss : Number.NaN;
      throw new DivergedError({
        step: done + 1,
        loss,
        rows: beginningsOf(rows, job.tokenizer),
        checkpoint: saved,
      });
    }
    done++;
    const event: StepEvent = {
      event: "step",
      step: done,
      steps: recipe.steps,
      ...result,
      tokensPerSecond: (time * batch * accumulate * 1000) / (now - before),
      secondsLeft: ((now - started) / 1000 / (done - resumedAt)) * (recipe.steps - done),
      seconds: (now - before) / 1000,
      time: Date.now(),
    };
    await metrics.add(event);
    yield event;
    const stopped = signal.aborted;
    const isLast = done === recipe.steps;
    if (evaluation !== undefined && (done % every === 0 || isLast)) {
      const measured = await evaluation.at(done, trainer);
      await metrics.add(measured);
      yield measured;
    }
    if (stopped || done % recipe.checkpointEvery === 0 || isLast || isSpent()) {
      const progress = evaluation?.progress ?? { sinceBest: 0 };
      await saveCheckpoint(
        folder,
        job.fingerprint,
        { step: done, state: trainer.state(), progress },
        recipe.keep,
      );
      saved = done;
      yield { event: "checkpoint", step: done };
    }
    if (stopped) return;
  }

  const best = await evaluation?.best();
  const from = best?.step ?? done;
  const files = await job.results.write(recipe.output, readerOf(best?.weights ?? trainer.weights()));
  const card = await writeCard(recipe, job, from);
  const reason = done < recipe.steps ? "patience" : "steps";
  const { peak: peakBytes } = processMemory();
  yield { event: "done", step: done, from, reason, files, card, peakBytes };
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
