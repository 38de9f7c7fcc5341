import { describe, expect, test } from "vitest";
import { Device } from "../../src/native/ggml/device.ts";
import { Graph } from "../../src/native/ggml/graph.ts";
import { Store } from "../../src/native/ggml/store.ts";
import { elementCount, type Tensor } from "../../src/native/ggml/tensor.ts";
import { readFloats, writeTensor } from "../../src/native/ggml/values.ts";
import { qwen3Config } from "../../src/train/arch/config.ts";
import { forward } from "../../src/train/arch/graph.ts";
import { declareWeights, weightSpecs } from "../../src/train/arch/weights.ts";
import { Random } from "../../src/train/random.ts";
import { chunkedHeadLoss, headLoss, squaredLoss } from "../../src/train/tensor/head-loss.ts";
import {
  add,
  addBias,
  attention,
  changedRows,
  embedding,
  linear,
  mixTokens,
  rescaleRows,
  reshape,
  rmsNorm,
  rotate,
  type Step,
  scale,
  swiglu,
} from "../../src/train/tensor/operations.ts";
import { type Precision, Tape } from "../../src/train/tensor/tape.ts";

/** What a case builds: the tensors to differentiate, and the steps whose last output is looked at. */
interface Built {
  readonly wanted: readonly Tensor[];
  readonly steps: (graph: Graph, tape: Tape) => Step[];
}

/**
 * Compares the gradient of Σ output · probe, for a random probe, with central differences along random directions:
 * (f(x + h·d) - f(x - h·d)) / 2h against ⟨gradient, d⟩, for every wanted tensor by itself.
 */
async function checkGradients(
  build: (store: Store, random: Random) => Built,
  tolerance: number,
): Promise<void> {
  using device = new Device(1);
  using store = new Store(200);
  using graph = new Graph(2000);
  const random = new Random(7);
  const { wanted, steps } = build(store, random);
  const tape = new Tape(graph, "f32");
  const output = steps(graph, tape)
    .map((step) => tape.record(step))
    .at(-1);
  if (output === undefined) throw new Error("no steps");
  const probe = store.tensor("f32", ...output.shape);
  const value = graph.sum(graph.mul(output, probe));
  graph.output(value);
  graph.expand(value);
  const gradients = tape.gradients(wanted, { seed: probe });
  for (const gradient of gradients.values()) {
    graph.output(gradient);
    graph.expand(gradient);
  }
  store.allocate(device);
  fill(random);
  const isLoss = elementCount(output.shape) === 1;
  writeTensor(
    probe,
    floats(elementCount(output.shape), () => (isLoss ? 1 : random.normal())),
  );
  graph.plan(device);
  const evaluate = async () => {
    await graph.compute();
    return readFloats(value)[0] ?? Number.NaN;
  };
  await evaluate();
  const analytic = new Map([...gradients].map(([tensor, gradient]) => [tensor, readFloats(gradient)]));
  expect([...analytic.keys()]).toEqual([...wanted]);
  for (const [tensor, gradient] of analytic) {
    const start = readFloats(tensor);
    const h = 1e-2;
    for (let trial = 0; trial < 4; trial++) {
      const direction = floats(start.length, () => random.normal());
      const norm = Math.hypot(...direction);
      const at = async (sign: number) => {
        writeTensor(
          tensor,
          start.map((x, i) => x + (sign * h * (direction[i] ?? 0)) / norm),
        );
        return evaluate();
      };
      const numeric = ((await at(1)) - (await at(-1))) / (2 * h);
      writeTensor(tensor, start);
      const expected = gradient.reduce((sum, g, i) => sum + (g * (direction[i] ?? 0)) / norm, 0);
      const scale = Math.hypot(...gradient) / Math.sqrt(gradient.length);
      expect(
        Math.abs(numeric - expected),
        `directional derivative ${expected}, difference ${numeric}`,
      ).toBeLessThan(tolerance * (Math.abs(expected) + scale));
    }
  }
}

/** Tensors declared with a rule for their values, written once memory is there. */
const fills: [Tensor, (random: Random) => Parameters<typeof writeTensor>[1]][] = [];
function fill(random: Random): void {
  for (const [tensor, values] of fills.splice(0)) writeTensor(tensor, values(random));
}
function floats(count: number, value: (i: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => value(i));
}
function normal(store: Store, ...sizes: number[]): Tensor {
  const tensor = store.tensor("f32", ...sizes);
  fills.push([tensor, (random) => floats(elementCount(tensor.shape), () => random.normal())]);
  return tensor;
}
function indices(store: Store, values: readonly number[]): Tensor {
  const tensor = store.tensor("i32", values.length);
  fills.push([tensor, () => Int32Array.from(values)]);
  return tensor;
}
function indices64(store: Store, values: readonly number[]): Tensor {
  const tensor = store.tensor("i64", values.length);
  fills.push([tensor, () => BigInt64Array.from(values, BigInt)]);
  return tensor;
}
function causalMask(store: Store, time: number, groups: number, batch: number): Tensor {
  const tensor = store.tensor("f32", time, time * groups, 1, batch);
  const allowed = (i: number) => i % time <= Math.floor(i / time) % time;
  fills.push([tensor, () => floats(elementCount(tensor.shape), (i) => (allowed(i) ? 0 : -Infinity))]);
  return tensor;
}
function targets(store: Store, ids: readonly number[], vocabulary: number, shares: readonly number[]) {
  const places = ids.map((id, i) => i * vocabulary + id);
  const share = store.tensor("f32", 1, ids.length);
  fills.push([share, () => Float32Array.from(shares)]);
  return { places: indices(store, places), places64: indices64(store, places), shares: share };
}

/** Where the logits of tokens 5 and 1 lie among those of six. */
function rowPlaces(store: Store, count: number) {
  const places = Array.from({ length: count }, (_, i) => [i * 6 + 5, i * 6 + 1]).flat();
  return { rowPlaces: { places: indices(store, places), places64: indices64(store, places) } };
}

const rope = { dimensions: 8, base: 10000, context: 16 };

describe("every operation's gradient equals finite differences", () => {
  test.each<[string, (store: Store, random: Random) => Built]>([
    [
      "linear",
      (store) => {
        const [weights, x] = [normal(store, 8, 5), normal(store, 8, 6)];
        return { wanted: [weights, x], steps: (graph, tape) => [linear(graph, tape.operands, weights, x)] };
      },
    ],
    [
      "linear with wide sides, whose products are inner ones",
      (store) => {
        const [weights, x] = [normal(store, 96, 64), normal(store, 96, 32)];
        return { wanted: [weights, x], steps: (graph, tape) => [linear(graph, tape.operands, weights, x)] };
      },
    ],
    [
      "add",
      (store) => {
        const [a, b] = [normal(store, 8, 5), normal(store, 8, 5)];
        return { wanted: [a, b], steps: (graph) => [add(graph, a, b)] };
      },
    ],
    [
      "add of a tensor to itself",
      (store) => {
        const a = normal(store, 8, 5);
        return { wanted: [a], steps: (graph) => [add(graph, a, a)] };
      },
    ],
    [
      "addBias",
      (store) => {
        const [x, bias] = [normal(store, 8, 5), normal(store, 8)];
        return { wanted: [x, bias], steps: (graph) => [addBias(graph, x, bias)] };
      },
    ],
    [
      "scale",
      (store) => {
        const x = normal(store, 8, 5);
        return { wanted: [x], steps: (graph) => [scale(graph, x, -2.5)] };
      },
    ],
    [
      "rescaleRows",
      (store) => {
        const [x, wanted, present] = [normal(store, 8, 5), normal(store, 8), store.tensor("f32", 8)];
        fills.push([present, (random) => floats(8, () => 1 + random.unit())]);
        return { wanted: [x, wanted], steps: (graph) => [rescaleRows(graph, x, wanted, present)] };
      },
    ],
    [
      "rmsNorm of a matrix",
      (store) => {
        const [weights, x] = [normal(store, 8), normal(store, 8, 6)];
        return { wanted: [weights, x], steps: (graph) => [rmsNorm(graph, weights, x, 1e-6)] };
      },
    ],
    [
      "rmsNorm of heads",
      (store) => {
        const [weights, x] = [normal(store, 8), normal(store, 8, 3, 4)];
        return { wanted: [weights, x], steps: (graph) => [rmsNorm(graph, weights, x, 1e-6)] };
      },
    ],
    [
      "swiglu",
      (store) => {
        const [gate, up] = [normal(store, 8, 5), normal(store, 8, 5)];
        return { wanted: [gate, up], steps: (graph) => [swiglu(graph, gate, up)] };
      },
    ],
    [
      "rotate",
      (store) => {
        const x = normal(store, 8, 2, 5);
        const positions = indices(store, [0, 1, 2, 7, 15]);
        return { wanted: [x], steps: (graph) => [rotate(graph, x, positions, rope)] };
      },
    ],
    [
      "rotate neighbours, slowed and stretched",
      (store) => {
        const x = normal(store, 8, 2, 5);
        const positions = indices(store, [0, 1, 2, 7, 15]);
        const divisors = store.tensor("f32", 4);
        fills.push([divisors, () => Float32Array.of(1, 2, 4, 8)]);
        const stretched = { ...rope, neighbours: true, divisors, stretch: 2, yarn: { attentionFactor: 1.1 } };
        return { wanted: [x], steps: (graph) => [rotate(graph, x, positions, stretched)] };
      },
    ],
    [
      "embedding, one row read twice",
      (store) => {
        const table = normal(store, 8, 5);
        const ids = indices(store, [3, 0, 3, 4]);
        return { wanted: [table], steps: (graph) => [embedding(graph, table, ids)] };
      },
    ],
    [
      "reshape",
      (store) => {
        const a = normal(store, 8, 6);
        return { wanted: [a], steps: (graph) => [reshape(graph, a, 4, 3, 4)] };
      },
    ],
    [
      "attention, grouped, two sequences",
      (store) => {
        const [time, batch, heads, kvHeads] = [5, 2, 4, 2];
        const q = normal(store, 8, heads, time * batch);
        const k = normal(store, 8, kvHeads, time * batch);
        const v = normal(store, 8, kvHeads, time * batch);
        const mask = causalMask(store, time, heads / kvHeads, batch);
        return {
          wanted: [q, k, v],
          steps: (graph, tape) => [attention(graph, tape.operands, q, k, v, mask)],
        };
      },
    ],
    [
      "headLoss with unequal shares, one of them zero",
      (store) => {
        const [weights, x] = [normal(store, 8, 6), normal(store, 8, 4)];
        const wanted = targets(store, [5, 0, 2, 2], 6, [0.5, 0, 0.3, 0.2]);
        return {
          wanted: [weights, x],
          steps: (graph, tape) => [headLoss(graph, tape.operands, weights, x, wanted)],
        };
      },
    ],
    [
      "headLoss with a bias",
      (store) => {
        const [weights, x, bias] = [normal(store, 8, 6), normal(store, 8, 4), normal(store, 6)];
        const wanted = targets(store, [5, 0, 2, 2], 6, [0.5, 0, 0.3, 0.2]);
        return {
          wanted: [weights, x, bias],
          steps: (graph, tape) => [headLoss(graph, tape.operands, weights, x, wanted, { bias })],
        };
      },
    ],
    [
      "headLoss with rows of their own, one of them the target",
      (store) => {
        const [weights, x, rows] = [normal(store, 8, 6), normal(store, 8, 4), normal(store, 8, 2)];
        const wanted = { ...targets(store, [5, 0, 2, 2], 6, [0.5, 0, 0.3, 0.2]), ...rowPlaces(store, 4) };
        return {
          wanted: [x, rows],
          steps: (graph, tape) => [headLoss(graph, tape.operands, weights, x, wanted, { rows })],
        };
      },
    ],
    [
      "chunkedHeadLoss with rows of their own",
      (store) => {
        const [weights, x, rows] = [normal(store, 8, 6), normal(store, 8, 4), normal(store, 8, 2)];
        const chunk = (places: number[], ids: number[], shares: number[]) => ({
          ...targets(store, ids, 6, shares),
          ...rowPlaces(store, places.length),
          rows: indices(store, places),
          rows64: indices64(store, places),
        });
        const chunks = [chunk([3, 0, 1], [5, 1, 3], [0.5, 0.1, 0.2]), chunk([2], [1], [0.3])];
        const wanted = { weights: false, x: true };
        return {
          wanted: [x, rows],
          steps: (graph, tape) => [chunkedHeadLoss(graph, tape.operands, weights, x, chunks, wanted, rows)],
        };
      },
    ],
    [
      "changedRows",
      (store) => {
        const [x, rows, first] = [normal(store, 8, 5), normal(store, 8, 2), normal(store, 8, 2)];
        const here = store.tensor("f32", 5, 2);
        fills.push([here, () => Float32Array.of(0, 1, 0, 0, 1, 1, 0, 0, 0, 0)]);
        return { wanted: [rows], steps: (graph) => [changedRows(graph, x, rows, first, here)] };
      },
    ],
    [
      "squaredLoss with unequal shares, one of them zero",
      (store) => {
        const [weights, x, bias] = [normal(store, 8, 1), normal(store, 8, 4), normal(store, 1)];
        const [values, shares] = [normal(store, 1, 4), store.tensor("f32", 1, 4)];
        fills.push([shares, () => Float32Array.of(0.5, 0, 0.3, 0.2)]);
        return {
          wanted: [weights, x, bias],
          steps: (graph, tape) => [squaredLoss(graph, tape.operands, weights, bias, x, { values, shares })],
        };
      },
    ],
    [
      "mixTokens of two rows",
      (store) => {
        const [x, mix] = [normal(store, 8, 10), normal(store, 5, 5, 2)];
        return { wanted: [x], steps: (graph) => [mixTokens(graph, x, mix)] };
      },
    ],
    [
      "chunkedHeadLoss over tokens out of order, the last chunk a smaller one",
      (store) => {
        const [weights, x] = [normal(store, 8, 6), normal(store, 8, 5)];
        const chunk = (rows: number[], ids: number[], shares: number[]) => ({
          ...targets(store, ids, 6, shares),
          rows: indices(store, rows),
          rows64: indices64(store, rows),
        });
        const chunks = [
          chunk([3, 0], [5, 0], [0.5, 0.1]),
          chunk([4, 1], [2, 2], [0.3, 0]),
          chunk([2], [1], [0.1]),
        ];
        const wanted = { weights: true, x: true };
        return {
          wanted: [weights, x],
          steps: (graph, tape) => [chunkedHeadLoss(graph, tape.operands, weights, x, chunks, wanted)],
        };
      },
    ],
  ])("%s", (_, build) => checkGradients(build, 2e-2));
});

describe("the whole model", () => {
  const config = qwen3Config({
    vocabularySize: 24,
    hiddenSize: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headSize: 8,
    feedForwardSize: 32,
    context: 16,
    ropeBase: 10000,
    epsilon: 1e-6,
  });
  const [time, batch] = [6, 2];

  async function lossAndGradients(precision: Precision, shift: (weights: Map<string, Float32Array>) => void) {
    using device = new Device(1);
    using store = new Store(200);
    using graph = new Graph(2000);
    const random = new Random(11);
    const weights = declareWeights(store, config);
    const ids = indices(
      store,
      Array.from({ length: time * batch }, () => random.below(24)),
    );
    const inputs = {
      ids,
      positions: indices(
        store,
        Array.from({ length: time * batch }, (_, i) => i % time),
      ),
      mask: causalMask(store, time, 2, batch),
      targets: targets(
        store,
        Array.from({ length: time * batch }, () => random.below(24)),
        24,
        Array.from({ length: time * batch }, (_, i) => (i % 3 === 0 ? 0 : 0.1)),
      ),
    };
    const tape = new Tape(graph, precision);
    const loss = forward(graph, tape, config, weights, inputs);
    graph.output(loss);
    graph.expand(loss);
    const gradients = tape.gradients([...weights.values()]);
    for (const gradient of gradients.values()) {
      graph.output(gradient);
      graph.expand(gradient);
    }
    store.allocate(device);
    fill(random);
    const values = new Map(
      weightSpecs(config).map(({ name, sizes }) => [
        name,
        floats(
          sizes.reduce((a, b) => a * b, 1),
          () => (sizes.length === 1 ? 1 : 0) + 0.2 * random.normal(),
        ),
      ]),
    );
    shift(values);
    for (const [name, tensor] of weights) writeTensor(tensor, values.get(name) ?? new Float32Array());
    graph.plan(device);
    await graph.compute();
    const named = new Map(
      [...weights].map(([name, tensor]) => {
        const gradient = gradients.get(tensor);
        if (gradient === undefined) throw new Error(`${name} has no gradient`);
        return [name, readFloats(gradient)] as const;
      }),
    );
    return { loss: readFloats(loss)[0] ?? Number.NaN, gradients: named };
  }

  test("has a gradient for every weight that equals finite differences", async () => {
    const { gradients } = await lossAndGradients("f32", () => {});
    expect([...gradients.keys()].sort()).toEqual(
      weightSpecs(config)
        .map(({ name }) => name)
        .sort(),
    );
    const random = new Random(5);
    for (const [name, gradient] of gradients) {
      const direction = floats(gradient.length, () => random.normal());
      const norm = Math.hypot(...direction);
      const h = 2e-2;
      const at = async (sign: number) =>
        (
          await lossAndGradients("f32", (weights) => {
            const values = weights.get(name) ?? new Float32Array();
            values.forEach((x, i) => {
              values[i] = x + (sign * h * (direction[i] ?? 0)) / norm;
            });
          })
        ).loss;
      const numeric = ((await at(1)) - (await at(-1))) / (2 * h);
      const expected = gradient.reduce((sum, g, i) => sum + (g * (direction[i] ?? 0)) / norm, 0);
      const scale = Math.hypot(...gradient) / Math.sqrt(gradient.length);
      expect(Math.abs(numeric - expected), `${name}: ${expected} against ${numeric}`).toBeLessThan(
        0.03 * (Math.abs(expected) + scale),
      );
    }
  });

  test("in bf16 keeps the direction of the exact gradient", async () => {
    const exact = await lossAndGradients("f32", () => {});
    const fast = await lossAndGradients("bf16", () => {});
    expect(Math.abs(fast.loss - exact.loss)).toBeLessThan(0.02 * exact.loss);
    for (const [name, gradient] of exact.gradients) {
      const other = fast.gradients.get(name) ?? new Float32Array();
      const dot = gradient.reduce((sum, g, i) => sum + g * (other[i] ?? 0), 0);
      expect(dot / (Math.hypot(...gradient) * Math.hypot(...other)), name).toBeGreaterThan(0.999);
    }
  });
});
