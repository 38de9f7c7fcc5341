import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { exportGguf } from "./export.ts";
import { type DataReport, prepare } from "./job.ts";
import type { Recipe } from "./recipe.ts";
import { Trainer } from "./trainer.ts";

/** What a run tells while it goes on. */
export type TrainEvent =
  | {
      readonly event: "start";
      readonly parameters: number;
      readonly steps: number;
      /** Steps that an earlier, interrupted start of this run had done. */
      readonly resumedAt: number;
      readonly data: DataReport;
      /** Bytes of native memory. */
      readonly memoryBytes: number;
    }
  | {
      readonly event: "step";
      /** Counts from 1. */
      readonly step: number;
      readonly steps: number;
      /** Mean loss over trained tokens, in nats. */
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRate: number;
      readonly trainedTokens: number;
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly event: "checkpoint"; readonly step: number }
  | { readonly event: "done"; readonly step: number; readonly files: readonly string[] };

/**
 * Runs a recipe from its last checkpoint or from the start, and writes `model-f32.gguf` and `model-q8_0.gguf` into its
 * output folder. Aborting saves a checkpoint; the same call then goes on to the same losses, bit by bit.
 */
export async function* train(
  recipe: Recipe,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<TrainEvent> {
  await mkdir(recipe.output, { recursive: true });
  const job = await prepare(recipe);
  const checkpoints = join(recipe.output, "checkpoint");
  const saved = await loadCheckpoint(checkpoints, job.fingerprint);
  using trainer = new Trainer({
    config: job.record.config,
    weights: job.weights,
    optimizer: recipe.optimizer,
    shape: recipe.batch,
    precision: recipe.precision,
    threads: recipe.threads,
  });
  if (saved !== undefined) trainer.restore(saved.state);
  const resumedAt = saved?.step ?? 0;
  const epochs = recipe.steps / job.batches.stepsPerEpoch;
  const parameters = [...job.weights.values()].reduce((sum, values) => sum + values.length, 0);
  const memoryBytes = trainer.byteCount;
  yield {
    event: "start",
    parameters,
    steps: recipe.steps,
    resumedAt,
    data: { ...job.data, epochs },
    memoryBytes,
  };

  const metrics = join(recipe.output, "metrics.jsonl");
  await keepLines(metrics, resumedAt);
  const started = performance.now();
  for (let step = resumedAt; step < recipe.steps; step++) {
    const before = performance.now();
    const result = await trainer.step(job.batches.at(step), step, recipe.steps);
    const now = performance.now();
    const event: TrainEvent = {
      event: "step",
      step: step + 1,
      steps: recipe.steps,
      ...result,
      tokensPerSecond: (recipe.batch.time * recipe.batch.batch * 1000) / (now - before),
      secondsLeft: ((now - started) / 1000 / (step + 1 - resumedAt)) * (recipe.steps - step - 1),
    };
    await appendFile(metrics, `${JSON.stringify(event)}\n`);
    yield event;
    const stopped = signal?.aborted ?? false;
    if (stopped || (step + 1) % recipe.checkpointEvery === 0 || step + 1 === recipe.steps) {
      await saveCheckpoint(checkpoints, job.fingerprint, step + 1, trainer.state());
      yield { event: "checkpoint", step: step + 1 };
    }
    if (stopped) return;
  }

  const files = [];
  for (const type of ["f32", "q8_0"] as const) {
    const path = join(recipe.output, `model-${type}.gguf`);
    await exportGguf(path, job.record, trainer.weights(), type);
    files.push(path);
  }
  yield { event: "done", step: recipe.steps, files };
}

/** Drops the lines of steps that come after the checkpoint: they are done again. */
async function keepLines(path: string, count: number): Promise<void> {
  const text = count === 0 ? "" : await readFile(path, "utf8");
  const kept = text.split("\n").slice(0, count);
  await writeFile(path, kept.map((line) => `${line}\n`).join(""));
}
