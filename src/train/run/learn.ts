import type { Row } from "../batch.ts";
import type { Batches } from "../documents.ts";
import type { StepResult, Trainer } from "../trainer.ts";
import type { BestWeights } from "./best.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import { DivergedError, LossWatch } from "./diverged.ts";
import type { CheckpointEvent, EvaluationEvent, StepEvent } from "./events.ts";
import { MetricsLog } from "./metrics.ts";

/** What a run repeats until it is done. */
export interface Lesson {
  readonly steps: number;
  readonly batches: Batches;
  /** Places of all rows of a step. */
  readonly places: number;
  /** Learns from the rows of one step, counted from 0. */
  readonly step: (rows: readonly Row[], step: number) => Promise<StepResult>;
  /** How rows begin, to find them in the data. */
  readonly beginnings: (rows: readonly Row[]) => string[];
  /** The loss of knowing nothing. */
  readonly ignorance: number;
  /** What is measured on held-out data, every so many steps, and how often in vain before the run ends. */
  readonly evaluation?: {
    readonly every: number;
    readonly patience: number;
    readonly at: (step: number) => Promise<EvaluationEvent>;
  };
  readonly best: BestWeights;
  /** Folder of the run, and that of its checkpoints. */
  readonly output: string;
  readonly folder: string;
  readonly fingerprint: string;
  readonly checkpointEvery: number;
  /** How many checkpoints are kept. */
  readonly keep: number;
}

/**
 * Learns step by step, and tells each; aborting ends it with a checkpoint. Gives the steps that are done, or nothing
 * where it was stopped. Throws DivergedError, and BadFileError where the disk takes no more.
 */
export async function* learn(
  lesson: Lesson,
  trainer: Trainer,
  resumedAt: number,
  signal: AbortSignal,
): AsyncGenerator<StepEvent | EvaluationEvent | CheckpointEvent, number | undefined> {
  const { steps, batches, places, evaluation, best, output, folder, fingerprint } = lesson;
  const { every = Number.POSITIVE_INFINITY, patience = Number.POSITIVE_INFINITY } = evaluation ?? {};
  const metrics = await MetricsLog.open(output, resumedAt);
  const watch = new LossWatch(lesson.ignorance);
  const isSpent = (): boolean => best.progress.sinceBest >= patience;
  const started = performance.now();
  let saved = resumedAt;
  let done = resumedAt;
  while (done < steps && !isSpent()) {
    const before = performance.now();
    const rows = batches.at(done);
    const result = await lesson.step(rows, done);
    const now = performance.now();
    const isSound = Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm);
    if (!isSound || watch.explodes(result.loss)) {
      const loss = isSound ? result.loss : Number.NaN;
      throw new DivergedError({ step: done + 1, loss, rows: lesson.beginnings(rows), checkpoint: saved });
    }
    done++;
    const event: StepEvent = {
      event: "step",
      step: done,
      steps,
      ...result,
      tokensPerSecond: (places * 1000) / (now - before),
      secondsLeft: ((now - started) / 1000 / (done - resumedAt)) * (steps - done),
      seconds: (now - before) / 1000,
      time: Date.now(),
    };
    await metrics.add(event);
    yield event;
    const stopped = signal.aborted;
    const isLast = done === steps;
    if (evaluation !== undefined && (done % every === 0 || isLast)) {
      const measured = await evaluation.at(done);
      await metrics.add(measured);
      yield measured;
    }
    if (stopped || done % lesson.checkpointEvery === 0 || isLast || isSpent()) {
      const checkpoint = { step: done, state: trainer.state(), progress: best.progress };
      await saveCheckpoint(folder, fingerprint, checkpoint, lesson.keep);
      saved = done;
      yield { event: "checkpoint", step: done };
    }
    if (stopped) return undefined;
  }
  return done;
}
