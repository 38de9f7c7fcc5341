import { Device } from "../native/ggml/device.ts";
import { Graph } from "../native/ggml/graph.ts";
import { Store } from "../native/ggml/store.ts";
import type { Tensor } from "../native/ggml/tensor.ts";
import { readFloats, writeTensor } from "../native/ggml/values.ts";
import type { ModelConfig } from "./arch/config.ts";
import { forward, type Inputs, logits } from "./arch/graph.ts";
import { declareWeights, weightCount } from "./arch/weights.ts";
import { BatchLayout, type BatchShape, type Row } from "./batch.ts";
import { Tape } from "./tensor/tape.ts";
import type { WeightValues } from "./trainer.ts";

/** What a model makes of a text: the sum of -ln p over the trained tokens, and how many those are. */
export interface TextLoss {
  readonly nats: number;
  readonly tokens: number;
}

/** Weights that are only read: one graph that computes the loss or the logits of a batch, in exact f32. */
class Measurement implements Disposable {
  readonly #device: Device;
  readonly #store: Store;
  readonly #graph: Graph;
  readonly #layout: BatchLayout;
  readonly #inputs: Inputs;
  readonly #result: Tensor;

  constructor(
    build: typeof forward | typeof logits,
    config: ModelConfig,
    weights: WeightValues,
    shape: BatchShape,
    threads: number,
  ) {
    this.#layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
    this.#device = new Device(threads);
    this.#store = new Store(weightCount(config) + this.#layout.tensorCount);
    const tensors = declareWeights(this.#store, config);
    this.#inputs = this.#layout.declare(this.#store);
    this.#graph = new Graph(100 + 50 * config.layers + 40 * this.#layout.chunkCount);
    const tape = new Tape(this.#graph, "f32", { forwardOnly: true });
    this.#result = build(this.#graph, tape, config, tensors, this.#inputs);
    this.#graph.output(this.#result);
    this.#graph.expand(this.#result);
    this.#store.allocate(this.#device);
    for (const [name, tensor] of tensors) writeTensor(tensor, weights.get(name) ?? new Float32Array());
    this.#graph.plan(this.#device);
  }

  async of(rows: readonly Row[]): Promise<{ values: Float32Array; tokens: number }> {
    const tokens = this.#layout.write(rows, this.#inputs, "sum");
    await this.#graph.compute(this.#layout.chunksWithLoss - 1);
    return { values: readFloats(this.#result), tokens };
  }

  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]();
    this.#store[Symbol.dispose]();
    this.#device[Symbol.dispose]();
  }
}

/** The loss of weights on rows of text, summed. */
export async function measureLoss(
  config: ModelConfig,
  weights: WeightValues,
  rows: readonly Row[],
  shape: BatchShape,
  threads: number,
): Promise<TextLoss> {
  using measurement = new Measurement(forward, config, weights, shape, threads);
  let [nats, tokens] = [0, 0];
  for (let start = 0; start < rows.length; start += shape.batch) {
    const part = await measurement.of(rows.slice(start, start + shape.batch));
    nats += part.values[0] ?? Number.NaN;
    tokens += part.tokens;
  }
  return { nats, tokens };
}

/** The logits after every token of one sequence, token by token: [ids.length · vocabularySize]. */
export async function measureLogits(
  config: ModelConfig,
  weights: WeightValues,
  ids: readonly number[],
  threads: number,
): Promise<Float32Array> {
  using measurement = new Measurement(logits, config, weights, { time: ids.length, batch: 1 }, threads);
  // the last token of a segment is only a target, so one more makes every id an input
  return (await measurement.of([[{ ids: [...ids, 0] }]])).values;
}
