import { describe, expect, test } from "vitest";
import { qwen3Config } from "../../src/train/arch/config.ts";
import type { Row, Segment } from "../../src/train/batch.ts";
import { measureLoss } from "../../src/train/evaluate.ts";
import type { OptimizerSettings } from "../../src/train/optimizer.ts";
import { Random } from "../../src/train/random.ts";
import { learningRateAt, SCHEDULES } from "../../src/train/schedule.ts";
import type { Precision } from "../../src/train/tensor/tape.ts";
import { initialWeights, Trainer } from "../../src/train/trainer.ts";
import { copied, stateOf, weightsOf } from "../support/trainer-state.ts";

const config = qwen3Config({
  vocabularySize: 40,
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 32,
  feedForwardSize: 96,
  context: 32,
  ropeBase: 10000,
  epsilon: 1e-6,
});
const optimizer: OptimizerSettings = {
  learningRate: 5e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
  warmupSteps: 5,
  finalShare: 0.1,
};
const shape = { time: 16, batch: 2 };

function newTrainer(precision: Precision = "f32", overrides: Partial<OptimizerSettings> = {}): Trainer {
  const weights = initialWeights(config, new Random(3));
  const settings = { ...optimizer, ...overrides };
  return new Trainer({ config, weights, optimizer: settings, shape, precision, threads: 1 });
}

function randomSegment(random: Random, length: number): Segment {
  return { ids: Array.from({ length }, () => random.below(config.vocabularySize)) };
}

test.each<Precision>(["f32", "bf16"])("overfits one batch to a loss near zero in %s", async (precision) => {
  using trainer = newTrainer(precision);
  const random = new Random(1);
  const rows: Row[] = [[randomSegment(random, 17)], [randomSegment(random, 9), randomSegment(random, 8)]];
  const steps = 120;
  let last = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) last = (await trainer.step(rows, step, steps)).loss;
  expect(last).toBeLessThan(0.02);
});

test("starts at the loss of a uniform guess", async () => {
  using trainer = newTrainer();
  const { loss } = await trainer.step([[randomSegment(new Random(2), 17)], []], 0, 10);
  expect(loss).toBeCloseTo(Math.log(config.vocabularySize), 1);
});

test("goes on after a restore to bit-identical losses", async () => {
  const batches = Array.from({ length: 12 }, (_, step): Row[] => {
    const random = new Random(100 + step);
    return [[randomSegment(random, 17)], [randomSegment(random, 17)]];
  });
  const run = async (trainer: Trainer, from: number, to: number) => {
    const losses: number[] = [];
    for (let step = from; step < to; step++) {
      losses.push((await trainer.step(batches[step] ?? [], step, batches.length)).loss);
    }
    return losses;
  };
  using whole = newTrainer("bf16");
  const expected = await run(whole, 0, 12);
  using first = newTrainer("bf16");
  await run(first, 0, 5);
  using second = newTrainer("bf16");
  second.restore(first.state());
  expect(await run(second, 5, 12)).toEqual(expected.slice(5));
});

describe("packing", () => {
  const random = new Random(9);
  const segments = [randomSegment(random, 5), randomSegment(random, 7), randomSegment(random, 6)];
  const weights = initialWeights(config, new Random(3));

  test("leaks nothing between segments: packed and alone, the losses add up to the same", async () => {
    const packed = await measureLoss(config, weights, [segments], shape, 1);
    let nats = 0;
    for (const segment of segments) nats += (await measureLoss(config, weights, [[segment]], shape, 1)).nats;
    expect(packed.tokens).toBe(4 + 6 + 5);
    expect(packed.nats).toBeCloseTo(nats, 3);
  });

  test("an untrained token has no loss and no gradient", async () => {
    const masked = segments.map((segment, at) => (at === 1 ? { ...segment, trained: () => false } : segment));
    const without = await measureLoss(config, weights, [masked], shape, 1);
    const kept = await measureLoss(config, weights, [segments.filter((_, at) => at !== 1)], shape, 1);
    expect(without.tokens).toBe(kept.tokens);
    expect(without.nats).toBeCloseTo(kept.nats, 3);

    using one = newTrainer();
    using other = newTrainer();
    const a = await one.step([masked, []], 0, 10);
    const b = await other.step([segments.filter((_, at) => at !== 1), []], 0, 10);
    expect(a.loss).toBeCloseTo(b.loss, 5);
    expect(a.gradientNorm).toBeCloseTo(b.gradientNorm, 5);
  });
});

test("clips the gradient: an update is as large as the norm allows, whatever the loss", async () => {
  // without momentum's bias (first step), AdamW's step is lr · sign(g): look at the norm that was reported instead
  using free = newTrainer("f32", { clipNorm: 1e9 });
  using clipped = newTrainer("f32", { clipNorm: 1e-3, epsilon: 1 });
  using unclipped = newTrainer("f32", { clipNorm: 1e9, epsilon: 1 });
  const rows: Row[] = [[randomSegment(new Random(4), 17)], []];
  const { gradientNorm } = await free.step(rows, 0, 10);
  await clipped.step(rows, 0, 10);
  await unclipped.step(rows, 0, 10);
  // with epsilon 1 the update is nearly lr · g, so its length shows the clipping
  const start = initialWeights(config, new Random(3));
  const moved = (trainer: Trainer) =>
    Math.sqrt(
      [...weightsOf(trainer)].reduce((sum, [name, values]) => {
        const before = start.get(name) ?? new Float32Array();
        return sum + values.reduce((part, x, i) => part + (x - (before[i] ?? 0)) ** 2, 0);
      }, 0),
    );
  expect(moved(clipped) / moved(unclipped)).toBeCloseTo(1e-3 / gradientNorm, 4);
});

test("accumulated batches are one large batch: same loss, norm and step, by the tokens they train", async () => {
  const random = new Random(12);
  // rows of very different lengths, one of them partly untrained, so that a mean of means would differ
  const rows: Row[] = [17, 4, 9, 17, 3, 12].map((length, i) => {
    const segment = randomSegment(random, length);
    return [i === 3 ? { ...segment, trained: (at) => at > 11 } : segment];
  });
  const weights = initialWeights(config, new Random(3));
  const settings = {
    config,
    weights,
    optimizer: { ...optimizer, epsilon: 1 },
    precision: "f32",
    threads: 1,
  } as const;
  using large = new Trainer({ ...settings, shape: { time: 16, batch: 6 } });
  using parts = new Trainer({ ...settings, shape: { time: 16, batch: 2 }, accumulate: 3 });
  for (let step = 0; step < 3; step++) {
    const whole = await large.step(rows, step, 3);
    const added = await parts.step(rows, step, 3);
    expect(added.trainedTokens).toBe(whole.trainedTokens);
    expect(added.loss).toBeCloseTo(whole.loss, 5);
    expect(added.gradientNorm / whole.gradientNorm).toBeCloseTo(1, 5);
  }
  // the first moment is the running mean of the clipped gradient itself
  const [one, other] = [copied(large.state()).first, copied(parts.state()).first];
  const flat = (values: readonly Float32Array[]) => values.flatMap((part) => [...part]);
  const added = flat(other);
  const [largest, apart] = flat(one).reduce(
    ([most, gap], x, i) => [
      Math.max(most, Math.abs(x)),
      Math.max(gap, Math.abs(x - (added[i] ?? Number.NaN))),
    ],
    [0, 0],
  );
  expect(apart / largest).toBeLessThan(1e-5);
});

test("measures rows without learning from them", async () => {
  using trainer = newTrainer();
  const rows: Row[] = [
    [randomSegment(new Random(4), 17)],
    [randomSegment(new Random(5), 9)],
    [randomSegment(new Random(6), 6)],
  ];
  const before = weightsOf(trainer);
  const { nats, tokens } = await trainer.measure(rows);
  expect(tokens).toBe(16 + 8 + 5);
  expect(nats).toBeCloseTo((await measureLoss(config, before, rows, shape, 1)).nats, 3);
  expect(weightsOf(trainer)).toEqual(before);
});

test("the learning rate rises, peaks and falls to its final share", () => {
  expect(learningRateAt(optimizer, 0, 100)).toBeCloseTo(1e-3, 10);
  expect(learningRateAt(optimizer, 4, 100)).toBeCloseTo(5e-3, 10);
  expect(learningRateAt(optimizer, 5, 100)).toBeCloseTo(5e-3, 10);
  expect(learningRateAt(optimizer, 52, 100)).toBeCloseTo(5e-3 * (0.1 + 0.9 / 2), 4);
  expect(learningRateAt(optimizer, 99, 100)).toBeCloseTo(5e-4, 10);
});

test("every schedule begins at the peak after the warm-up; all but the constant one end at the final share", () => {
  for (const schedule of SCHEDULES) {
    const settings = { ...optimizer, schedule };
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(settings, step, 100));
    expect(rates[5]).toBeCloseTo(5e-3, 10);
    expect(rates[99]).toBeCloseTo(schedule === "constant" ? 5e-3 : 5e-4, 10);
    expect(rates.slice(6).every((rate, i) => rate <= (rates[i + 5] ?? 0))).toBe(true);
  }
});

test("linear falls evenly; wsd stays, then falls by 1 - √progress", () => {
  const at = (schedule: "linear" | "wsd", step: number) =>
    learningRateAt({ ...optimizer, schedule }, step, 100);
  expect(at("linear", 52)).toBeCloseTo(5e-3 * (0.1 + 0.9 / 2), 10);
  expect(at("wsd", 79)).toBe(5e-3);
  expect(at("wsd", 84)).toBeCloseTo(5e-3 * (0.1 + 0.9 * (1 - Math.sqrt(5 / 20))), 10);
  expect(at("wsd", 99)).toBeCloseTo(5e-4, 10);
});

describe("logits in chunks", () => {
  const random = new Random(21);
  const masked = (length: number, from: number, to: number): Segment => ({
    ...randomSegment(random, length),
    trained: (i) => i >= from && i < to,
  });
  // of 32 places 9 have loss, then all, then none: three chunks of 10 and one of 2 hold them
  const batches: Row[][] = [
    [[masked(9, 4, 8), masked(8, 6, 8)], [masked(17, 14, 17)]],
    [[randomSegment(random, 17)], [randomSegment(random, 17)]],
    [[masked(17, 99, 99)], []],
    [[masked(17, 2, 17)], [masked(12, 3, 5)]],
  ];
  const logitsBytes = 10 * config.vocabularySize * 4;
  const options = (precision: Precision) => ({
    config,
    weights: initialWeights(config, new Random(3)),
    optimizer: { ...optimizer, epsilon: 1 },
    shape,
    precision,
    threads: 1,
  });

  test.each<[Precision, number]>([
    ["f32", 5],
    ["bf16", 3],
  ])("learn the same as logits of all tokens at once in %s", async (precision, digits) => {
    using whole = new Trainer(options(precision));
    using chunked = new Trainer({ ...options(precision), logitsBytes });
    for (const [step, rows] of batches.entries()) {
      const wanted = await whole.step(rows, step, batches.length);
      const found = await chunked.step(rows, step, batches.length);
      expect(found.trainedTokens).toBe(wanted.trainedTokens);
      expect(found.loss).toBeCloseTo(wanted.loss, digits);
      expect(found.gradientNorm).toBeCloseTo(wanted.gradientNorm, digits);
      const [a, b] = [await whole.measure(rows), await chunked.measure(rows)];
      expect(b.tokens).toBe(a.tokens);
      expect(b.nats).toBeCloseTo(a.nats, digits - 2);
    }
    for (const [name, values] of weightsOf(chunked)) {
      const other = weightsOf(whole).get(name) ?? new Float32Array();
      const apart = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? 0))), 0);
      expect(apart, name).toBeLessThan(10 ** -digits);
    }
  });

  test("compute to the same bits whether chunks without loss are left out or not", async () => {
    using seen = new Trainer({ ...options("bf16"), logitsBytes });
    using fresh = new Trainer({ ...options("bf16"), logitsBytes });
    // the other batch leaves its numbers in the chunks that the next one leaves out
    const start = copied(seen.state());
    await seen.step(batches[1] ?? [], 0, 10);
    seen.restore(stateOf(start));
    const after = await seen.step(batches[0] ?? [], 0, 10);
    expect(after).toEqual(await fresh.step(batches[0] ?? [], 0, 10));
    expect(weightsOf(seen)).toEqual(weightsOf(fresh));
  });

  test("take no memory for the vocabulary of further tokens", () => {
    const large = { ...config, vocabularySize: 20_000 };
    const bytes = (time: number) => {
      using trainer = new Trainer({
        ...options("bf16"),
        config: large,
        weights: initialWeights(large, new Random(3)),
        shape: { time, batch: 2 },
        logitsBytes: 16 * large.vocabularySize * 4,
      });
      return trainer.byteCount;
    };
    const [short, long] = [bytes(16), bytes(32)];
    expect(long - short).toBeLessThan((32 * large.vocabularySize * 4) / 4);
  });
});

describe("checkpointing", () => {
  const random = new Random(31);
  const batches = Array.from({ length: 4 }, (): Row[] => [
    [randomSegment(random, 17)],
    [randomSegment(random, 9), randomSegment(random, 8)],
  ]);
  const options = { config, weights: initialWeights(config, new Random(3)), optimizer, shape, threads: 1 };

  test.each<[Precision, number]>([
    ["f32", 1],
    ["bf16", 1],
    ["bf16", 2],
  ])("learns the same to the bit in %s, with a step of %i batches", async (precision, accumulate) => {
    using kept = new Trainer({ ...options, precision, accumulate });
    using recomputed = new Trainer({ ...options, precision, accumulate, checkpointing: true });
    for (const step of batches.keys()) {
      const rows = Array.from({ length: accumulate }, (_, i) => batches[(step + i) % 4] ?? []).flat();
      expect(await recomputed.step(rows, step, 4)).toEqual(await kept.step(rows, step, 4));
    }
    expect(weightsOf(recomputed)).toEqual(weightsOf(kept));
  });

  test("keeps little more for each further layer than what goes into it", () => {
    const bytes = (layers: number, checkpointing: boolean) => {
      const deep = { ...config, layers };
      const weights = initialWeights(deep, new Random(3));
      const rows = { time: 128, batch: 4 };
      using trainer = new Trainer({
        ...options,
        config: deep,
        weights,
        shape: rows,
        precision: "bf16",
        checkpointing,
      });
      return trainer.byteCount;
    };
    const perLayer = (checkpointing: boolean) => (bytes(10, checkpointing) - bytes(4, checkpointing)) / 6;
    expect(perLayer(true)).toBeLessThan(perLayer(false) / 3);
  });
});
