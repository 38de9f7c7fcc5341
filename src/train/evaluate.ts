import { Device, Graph, readFloats, Store, writeTensor } from "../native/ggml.ts";
import { declareWeights, forward, logits, type Qwen3Config, weightSpecs } from "./arch/qwen3.ts";
import { BatchLayout, type BatchShape, type Row } from "./batch.ts";
import { Tape } from "./tensor/tape.ts";
import type { WeightValues } from "./trainer.ts";

/** What a model makes of a text: the sum of -ln p over the trained tokens, and how many those are. */
export interface TextLoss {
  readonly nats: number;
  readonly tokens: number;
}

/** Measures weights without changing them, in exact f32. */
export async function measureLoss(
  config: Qwen3Config,
  weights: WeightValues,
  rows: readonly Row[],
  shape: BatchShape,
  threads: number,
): Promise<TextLoss> {
  using device = new Device(threads);
  using store = new Store(weightSpecs(config).length + BatchLayout.tensorCount);
  using graph = new Graph(100 + 50 * config.layers);
  const tensors = declareWeights(store, config);
  const layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
  const inputs = layout.declare(store);
  const loss = forward(graph, new Tape(graph, "f32"), config, tensors, inputs);
  graph.output(loss);
  graph.expand(loss);
  store.allocate(device);
  for (const [name, tensor] of tensors) writeTensor(tensor, weights.get(name) ?? new Float32Array());
  graph.plan(device);
  let [nats, tokens] = [0, 0];
  for (let start = 0; start < rows.length; start += shape.batch) {
    tokens += layout.write(rows.slice(start, start + shape.batch), inputs, "sum");
    await graph.compute();
    nats += readFloats(loss)[0] ?? Number.NaN;
  }
  return { nats, tokens };
}

/** The logits after every token of one sequence, token by token: [ids.length · vocabularySize], in exact f32. */
export async function measureLogits(
  config: Qwen3Config,
  weights: WeightValues,
  ids: readonly number[],
  threads: number,
): Promise<Float32Array> {
  using device = new Device(threads);
  using store = new Store(weightSpecs(config).length + BatchLayout.tensorCount);
  using graph = new Graph(100 + 50 * config.layers);
  const tensors = declareWeights(store, config);
  const shape = { time: ids.length, batch: 1 };
  const layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
  const inputs = layout.declare(store);
  const result = logits(graph, new Tape(graph, "f32"), config, tensors, inputs);
  graph.output(result);
  graph.expand(result);
  store.allocate(device);
  for (const [name, tensor] of tensors) writeTensor(tensor, weights.get(name) ?? new Float32Array());
  graph.plan(device);
  layout.write([[{ ids: [...ids, 0] }]], inputs, "sum");
  await graph.compute();
  return readFloats(result);
}
