import { describe, expect, test } from "vitest";
import { rowToFloats } from "../../src/native/ggml/dequantize.ts";
import { Device } from "../../src/native/ggml/device.ts";
import { Graph } from "../../src/native/ggml/graph.ts";
import { PackedMatrix } from "../../src/native/ggml/packed.ts";
import { Store } from "../../src/native/ggml/store.ts";
import { readFloats, writeTensor } from "../../src/native/ggml/values.ts";
import { bytesOfFloats } from "../../src/native/rows.ts";
import { initialAdapter } from "../../src/train/adapter/adapter.ts";
import { transposedQ8 } from "../../src/train/adapter/packed.ts";
import { PROJECTIONS, qwen3Config } from "../../src/train/arch/config.ts";
import { weightSpecs } from "../../src/train/arch/weights.ts";
import type { Row } from "../../src/train/batch.ts";
import { Random } from "../../src/train/random.ts";
import type { StoredWeight } from "../../src/train/stored-weights.ts";
import { Trainer, type TrainerOptions } from "../../src/train/trainer.ts";
import { weightsOf } from "../support/trainer-state.ts";

/** A random matrix in Q8_0, or a vector of ones. */
function stored(name: string, sizes: readonly number[], random: Random, deviation = 0.05): StoredWeight {
  const [columns = 1, rows = 1] = sizes;
  const values = Float32Array.from({ length: columns * rows }, () =>
    sizes.length === 1 ? 1 : deviation * random.normal(),
  );
  const type = sizes.length === 1 ? "f32" : "q8_0";
  const bytes = bytesOfFloats(values, type, columns);
  const floats = () => (type === "f32" ? values : (rowToFloats("Q8_0", bytes, values.length) ?? values));
  const half = (bytes.length / rows) * Math.ceil(rows / 2);
  const pieces = function* () {
    yield bytes.subarray(0, half);
    yield bytes.subarray(half);
  };
  return { name, sizes, type, pieces, floats };
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? 0))) / Math.hypot(...b);

const sample = stored("sample", [64, 320], new Random(1));
const isPackable = (() => {
  using packed = PackedMatrix.of("q8_0", [64, 320]);
  return packed !== undefined;
})();

test("a matrix is transposed in Q8_0 to within a step of its blocks", () => {
  const bytes = transposedQ8(sample);
  const found = rowToFloats("Q8_0", bytes, 64 * 320) ?? new Float32Array();
  const values = sample.floats();
  const wanted = Float32Array.from(
    { length: values.length },
    (_, i) => values[(i % 320) * 64 + Math.floor(i / 320)] ?? 0,
  );
  for (let block = 0; block < wanted.length; block += 32) {
    const part = wanted.subarray(block, block + 32);
    // half a step, and the rounding of the scale to f16
    const step = Math.max(...part.map(Math.abs)) / 127;
    part.forEach((value, i) => {
      expect(Math.abs((found[block + i] ?? Number.NaN) - value)).toBeLessThan(0.6 * step);
    });
  }
});

describe.skipIf(!isPackable)("where this processor has a layout for products (else skipped)", () => {
  test("a packed matrix multiplies as it does unpacked", async () => {
    const random = new Random(2);
    const x = Float32Array.from({ length: 64 * 40 }, () => random.normal());
    using packed = PackedMatrix.of("q8_0", [64, 320]);
    if (packed === undefined) throw new Error("there was a layout before");
    packed.write(Buffer.concat([...sample.pieces()]));
    using device = new Device(1);
    using store = new Store(2);
    const [input, weights] = [store.tensor("f32", 64, 40), store.tensor("f32", 64, 320)];
    store.allocate(device);
    writeTensor(input, x);
    writeTensor(weights, sample.floats());
    using graph = new Graph(10);
    const [found, wanted] = [graph.mulMat(packed.tensor, input), graph.mulMat(weights, input)];
    for (const result of [found, wanted]) {
      graph.output(result);
      graph.expand(result);
    }
    graph.plan(device);
    await graph.compute();
    expect(distance(readFloats(found), readFloats(wanted))).toBeLessThan(0.01);
  });

  test.each([true, false])(
    "an adapter learns beside packed weights as in f32, tied head: %s",
    async (tied) => {
      const config = {
        ...qwen3Config({
          vocabularySize: 320,
          hiddenSize: 128,
          layers: 2,
          heads: 4,
          kvHeads: 2,
          headSize: 32,
          feedForwardSize: 192,
          context: 64,
          ropeBase: 10_000,
          epsilon: 1e-6,
        }),
        tied,
      };
      const random = new Random(5);
      const weights = new Map(
        weightSpecs(config).map(({ name, sizes }) => [name, stored(name, sizes, random)]),
      );
      const adapter = { kind: "lora", rank: 8, alpha: 8, targets: PROJECTIONS } as const;
      const learned = initialAdapter(config, adapter, (name) => stored(name, [1, 1], random), random);
      const learnedB = new Map(
        [...learned].map(([name, values]) => [name, values.map((value) => value || 0.1 * random.normal())]),
      );
      const options: Omit<TrainerOptions, "precision"> = {
        config,
        weights: learnedB,
        frozen: { weights, adapter },
        // with so large an epsilon a step is the gradient, scaled
        optimizer: {
          learningRate: 1,
          beta1: 0.9,
          beta2: 0.95,
          epsilon: 1e3,
          weightDecay: 0,
          clipNorm: 1e9,
          warmupSteps: 0,
          finalShare: 1,
        },
        shape: { time: 32, batch: 2 },
        threads: 1,
      };
      const rows: Row[] = [0, 1].map(() => [{ ids: Array.from({ length: 33 }, () => random.below(320)) }]);
      using exact = new Trainer({ ...options, precision: "f32" });
      using packed = new Trainer({ ...options, precision: "bf16" });
      using recomputed = new Trainer({ ...options, precision: "bf16", checkpointing: true });
      const wanted = await exact.step(rows, 0, 10);
      const found = await packed.step(rows, 0, 10);
      expect(found.loss).toBeCloseTo(wanted.loss, 2);
      expect(found.gradientNorm / wanted.gradientNorm).toBeCloseTo(1, 1);
      expect(await recomputed.step(rows, 0, 10)).toEqual(found);
      const moved = (trainer: Trainer) =>
        Float32Array.from(
          [...weightsOf(trainer)].flatMap(([name, values]) =>
            [...values].map((value, i) => value - (learnedB.get(name)?.[i] ?? 0)),
          ),
        );
      expect(distance(moved(packed), moved(exact))).toBeLessThan(0.05);
      const [one, other] = [await packed.measure(rows), await exact.measure(rows)];
      expect(one.nats / other.nats).toBeCloseTo(1, 3);
    },
  );
});
