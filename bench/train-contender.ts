import type { Row } from "../src/train/batch.ts";
import type { OptimizerSettings } from "../src/train/optimizer.ts";
import { Random } from "../src/train/random.ts";
import { initialWeights, Trainer, type TrainerOptions } from "../src/train/trainer.ts";
import { StockTrainer } from "./stock-autograd.ts";
import {
  type ContenderName,
  contenderSchema,
  JOBS,
  type Job,
  orderSchema,
  type Report,
  sizeSchema,
} from "./train-job.ts";

/** One contender of `bench/train.ts`, in a process of its own so that its peak memory is its own. */

/** Constant rate, no decay, no clipping that bites: what both sides can do. */
const optimizer: OptimizerSettings = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1e9,
  warmupSteps: 0,
  finalShare: 1,
};
const STEPS_OF_SCHEDULE = 1_000_000;

interface Contender {
  readonly byteCount: number;
  step(rows: readonly Row[], step: number): Promise<number>;
}

function makeContender(name: ContenderName, options: Omit<TrainerOptions, "precision">): Contender {
  if (name === "stock") {
    const trainer = new StockTrainer(options);
    const step = (rows: readonly Row[], at: number) => trainer.step(rows, at, STEPS_OF_SCHEDULE);
    return { byteCount: trainer.byteCount, step };
  }
  const trainer = new Trainer({ ...options, precision: name });
  const step = async (rows: readonly Row[], at: number) =>
    (await trainer.step(rows, at, STEPS_OF_SCHEDULE)).loss;
  return { byteCount: trainer.byteCount, step };
}

/** Rows that can be learned: most tokens follow from the one before. The same for every contender. */
function batchOf({ config, shape }: Job, step: number): Row[] {
  const random = new Random(1000 + step);
  return Array.from({ length: shape.batch }, (): Row => {
    const ids = new Int32Array(shape.time + 1);
    for (let i = 1; i < ids.length; i++) {
      const before = ids[i - 1] ?? 0;
      ids[i] = random.chance(0.8) ? (before * 31 + 7) % 97 : random.below(config.vocabularySize);
    }
    return [{ ids }];
  });
}

const [name, size, threads] = process.argv.slice(2);
const job = JOBS[sizeSchema.parse(size)];
const contender = makeContender(contenderSchema.parse(name), {
  ...job,
  weights: initialWeights(job.config, new Random(7)),
  optimizer,
  threads: Number(threads),
});
let next = 0;
process.on("message", async (message) => {
  const { steps } = orderSchema.parse(message);
  const batches = Array.from({ length: steps }, (_, i) => batchOf(job, next + i));
  const losses: number[] = [];
  const start = performance.now();
  for (const rows of batches) losses.push(await contender.step(rows, next++));
  report(losses, (performance.now() - start) / 1000);
});
report([], 0);

function report(losses: number[], seconds: number): void {
  const message: Report = {
    losses,
    seconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    plannedBytes: contender.byteCount,
  };
  process.send?.(message);
}
