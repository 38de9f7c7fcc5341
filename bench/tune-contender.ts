import { ggml } from "../src/native/ggml/bindings.ts";
import { TENSOR_TYPES } from "../src/native/ggml/tensor.ts";
import { initialAdapter } from "../src/train/adapter/adapter.ts";
import { type ModelConfig, PROJECTIONS } from "../src/train/arch/config.ts";
import { weightSpecs } from "../src/train/arch/weights.ts";
import type { Row } from "../src/train/batch.ts";
import { Random } from "../src/train/random.ts";
import { collectGarbage } from "../src/train/run/collect.ts";
import type { StoredWeight } from "../src/train/stored-weights.ts";
import { initialWeights, Trainer } from "../src/train/trainer.ts";
import { peakOf } from "./peers/peers.ts";
import { type TuneJob, type TuneReport, tuneJobSchema } from "./tune-job.ts";

/** Our side of `bench/tune.ts`. */

const job = tuneJobSchema.parse(JSON.parse(process.argv[2] ?? ""));
const config: ModelConfig = {
  ...job.model,
  architecture: "qwen2",
  headSize: job.model.hiddenSize / job.model.heads,
  epsilon: 1e-6,
  ropeScaling: { kind: "none" },
  ropeFactors: false,
  tied: true,
  biases: ["attn_q", "attn_k", "attn_v"],
};
const random = new Random(1);
const { batch, time, supervised } = job.batch;
using trainer = newTrainer();
collectGarbage(); // as a run does
await trainer.step(rows(), 0, 1000);
const start = performance.now();
let loss = Number.NaN;
for (let step = 1; step <= job.steps; step++) ({ loss } = await trainer.step(rows(), step, 1000));
const seconds = (performance.now() - start) / 1000;
const report: TuneReport = {
  tokensPerSecond: (job.steps * batch * time) / seconds,
  peakBytes: peakOf(process.pid),
  loss,
};
console.log(JSON.stringify(report));

/** A function of its own, so that the first weights are not kept beside those that learn. */
function newTrainer(): Trainer {
  return new Trainer({
    config,
    ...learned(),
    optimizer: {
      learningRate: 1e-4,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
      clipNorm: 1,
      warmupSteps: 0,
      finalShare: 1,
    },
    shape: { batch, time },
    precision: job.precision,
    threads: job.threads,
    checkpointing: job.checkpointing ?? false,
  });
}

function rows(): Row[] {
  return Array.from({ length: batch }, () => [
    {
      ids: Int32Array.from({ length: time + 1 }, () => random.below(config.vocabularySize)),
      trained: (i: number) => i > time - supervised,
    },
  ]);
}

function learned() {
  if (job.rank === null) return { weights: initialWeights(config, random) };
  const adapter = { kind: "lora", rank: job.rank, alpha: 2 * job.rank, targets: PROJECTIONS } as const;
  const weights = new Map(weightSpecs(config).map(({ name, sizes }) => [name, stored(name, sizes, job)]));
  return {
    weights: initialAdapter(config, adapter, (name) => stored(name, [1, 1], job), random),
    frozen: { weights, adapter },
  };
}

/** A frozen weight whose rows repeat after a few: what numbers they are does not matter to speed. */
function stored(name: string, sizes: readonly number[], { stored: type }: TuneJob): StoredWeight {
  const [columns = 1, count = 1] = sizes;
  if (sizes.length === 1) {
    const floats = () => new Float32Array(columns).fill(name.endsWith(".bias") ? 0 : 1);
    const pieces = function* () {
      yield new Uint8Array(floats().buffer);
    };
    return { name, sizes, type: "f32", floats, pieces };
  }
  const repeated = 16;
  const floats = Float32Array.from({ length: columns * repeated }, () => 0.02 * random.normal());
  const packed = new Uint8Array(ggml().rowSize(TENSOR_TYPES[type], columns) * repeated);
  ggml().quantize(TENSOR_TYPES[type], floats, packed, 0, repeated, columns, null);
  const pieces = function* () {
    for (let row = 0; row < count; row += repeated) {
      yield row + repeated <= count ? packed : packed.subarray(0, (packed.length / repeated) * (count - row));
    }
  };
  return { name, sizes, type, pieces, floats: () => floats };
}
