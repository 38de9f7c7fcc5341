import { Device } from "../../src/native/ggml/device.ts";
import { Graph } from "../../src/native/ggml/graph.ts";
import { Store } from "../../src/native/ggml/store.ts";
import { readFloats, writePieces, writeTensor } from "../../src/native/ggml/values.ts";
import { type FrozenParent, frozenConstants, learnedConstants } from "../../src/train/adapter/frozen.ts";
import type { ModelConfig } from "../../src/train/arch/config.ts";
import { forward } from "../../src/train/arch/graph.ts";
import { BatchLayout, type Row } from "../../src/train/batch.ts";
import { type Precision, Tape } from "../../src/train/tensor/tape.ts";

/** The mean loss of a batch, and its gradient for everything that is learned, by name. */
export interface Gradients {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

export interface GradientJob {
  readonly config: ModelConfig;
  /** What is learned: the weights of the model, or where a parent is frozen, those of its adapter. */
  readonly learned: ReadonlyMap<string, { readonly sizes: readonly number[]; readonly values: Float32Array }>;
  readonly frozen?: FrozenParent;
  readonly row: Row;
  readonly time: number;
  readonly precision?: Precision;
  /** Names in `learned` that the model only reads. */
  readonly skip?: readonly string[];
  /** The most bytes of logits at a time; see `BatchLayout`. */
  readonly logitsBytes?: number;
}

/** The same graph that the trainer computes, without the optimiser. */
export async function gradientsOf({
  config,
  learned,
  frozen,
  row,
  time,
  precision = "f32",
  skip = [],
  logitsBytes,
}: GradientJob): Promise<Gradients> {
  const values = new Map([...learned].map(([name, weight]) => [name, weight.values]));
  const constants = frozen === undefined ? learnedConstants(config, values) : frozenConstants(config, frozen);
  const layout = new BatchLayout(
    { time, batch: 1 },
    config.vocabularySize,
    config.heads / config.kvHeads,
    logitsBytes,
  );
  using device = new Device(1);
  using store = new Store(learned.size + constants.length + layout.tensorCount);
  using graph = new Graph(5000);
  const weights = new Map(
    [...learned]
      .filter(([name]) => !skip.includes(name))
      .map(([name, { sizes }]) => [name, store.parameter(...sizes)]),
  );
  const read = constants.map(({ name, type, sizes }) => [name, store.tensor(type, ...sizes)] as const);
  const inputs = layout.declare(store);
  store.allocate(device);
  for (const [name, tensor] of weights) writeTensor(tensor, values.get(name) ?? new Float32Array());
  for (const [i, [, tensor]] of read.entries()) writePieces(tensor, constants[i]?.pieces() ?? []);
  const tape = new Tape(graph, precision);
  const loss = forward(graph, tape, config, new Map([...weights, ...read]), inputs, {
    adapter: frozen?.adapter,
  });
  graph.output(loss);
  graph.expand(loss);
  const gradients = tape.gradients([...weights.values()], {
    complete: (_, gradient) => {
      graph.output(gradient);
      return gradient;
    },
  });
  for (const gradient of gradients.values()) {
    graph.output(gradient);
    graph.expand(gradient);
  }
  graph.plan(device);
  layout.write([row], inputs, "mean");
  await graph.compute();
  return {
    loss: readFloats(loss)[0] ?? Number.NaN,
    gradients: new Map(
      [...weights].map(([name, tensor]) => {
        const gradient = gradients.get(tensor);
        if (gradient === undefined) throw new Error(`${name} has no gradient`);
        return [name, readFloats(gradient)];
      }),
    ),
  };
}
