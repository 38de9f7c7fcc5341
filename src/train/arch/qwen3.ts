import type { Graph } from "../../native/ggml/graph.ts";
import type { Store } from "../../native/ggml/store.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";
import {
  add,
  attention,
  embedding,
  headLoss,
  linear,
  reshape,
  rmsNorm,
  rotate,
  swiglu,
  type Targets,
} from "../tensor/operations.ts";
import type { Tape } from "../tensor/tape.ts";

/** The sizes of a Qwen3 model (Qwen3 technical report, 2025); the head shares the embedding's weights. */
export interface Qwen3Config {
  readonly vocabularySize: number;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
  /** Tokens that one sequence may hold. */
  readonly context: number;
  readonly ropeBase: number;
  readonly epsilon: number;
}

/** One weight: its name in a GGUF file and its sizes, fastest dimension first. */
export interface WeightSpec {
  readonly name: string;
  readonly sizes: readonly number[];
}

/** Every weight of the model, in file order. */
export function weightSpecs(config: Qwen3Config): WeightSpec[] {
  const { hiddenSize: d, heads, kvHeads, headSize, feedForwardSize: ff } = config;
  const layer = (i: number): WeightSpec[] => [
    { name: `blk.${i}.attn_norm.weight`, sizes: [d] },
    { name: `blk.${i}.attn_q.weight`, sizes: [d, headSize * heads] },
    { name: `blk.${i}.attn_k.weight`, sizes: [d, headSize * kvHeads] },
    { name: `blk.${i}.attn_v.weight`, sizes: [d, headSize * kvHeads] },
    { name: `blk.${i}.attn_q_norm.weight`, sizes: [headSize] },
    { name: `blk.${i}.attn_k_norm.weight`, sizes: [headSize] },
    { name: `blk.${i}.attn_output.weight`, sizes: [headSize * heads, d] },
    { name: `blk.${i}.ffn_norm.weight`, sizes: [d] },
    { name: `blk.${i}.ffn_gate.weight`, sizes: [d, ff] },
    { name: `blk.${i}.ffn_up.weight`, sizes: [d, ff] },
    { name: `blk.${i}.ffn_down.weight`, sizes: [ff, d] },
  ];
  return [
    { name: "token_embd.weight", sizes: [d, config.vocabularySize] },
    ...Array.from({ length: config.layers }, (_, i) => layer(i)).flat(),
    { name: "output_norm.weight", sizes: [d] },
  ];
}

/** How many numbers the model learns. */
export function parameterCount(config: Qwen3Config): number {
  return weightSpecs(config).reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a * b, 1), 0);
}

/** The weights of a model in native memory, by name. */
export type Weights = ReadonlyMap<string, Tensor>;

/** Declares the weights in a store; `allocate` it before use. */
export function declareWeights(store: Store, config: Qwen3Config): Weights {
  return new Map(weightSpecs(config).map(({ name, sizes }) => [name, store.parameter(...sizes)]));
}

/** What one training graph reads: n = time × batch tokens. */
export interface Inputs {
  /** i32 [n] token ids. */
  readonly ids: Tensor;
  /** i32 [n] positions within each sequence. */
  readonly positions: Tensor;
  /** f32 [time, time · heads/kvHeads, 1, batch]: 0 where a token may look, -∞ elsewhere. */
  readonly mask: Tensor;
  readonly targets: Targets;
}

/** Writes the forward pass of a batch into the graph; the tape's last output is the loss. */
export function forward(
  graph: Graph,
  tape: Tape,
  config: Qwen3Config,
  weights: Weights,
  inputs: Inputs,
): Tensor {
  const x = hidden(graph, tape, config, weights, inputs);
  return tape.record(headLoss(graph, tape.operands, weightOf(weights, EMBEDDING), x, inputs.targets));
}

/** Writes the forward pass up to the logits [vocabulary, n]. */
export function logits(
  graph: Graph,
  tape: Tape,
  config: Qwen3Config,
  weights: Weights,
  inputs: Inputs,
): Tensor {
  const x = hidden(graph, tape, config, weights, inputs);
  return tape.record(linear(graph, tape.operands, weightOf(weights, EMBEDDING), x));
}

const EMBEDDING = "token_embd.weight";

function weightOf(weights: Weights, name: string): Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new RangeError(`the model has no weight named ${name}`);
  return tensor;
}

/** The normed hidden state [d, n] that the head reads. */
function hidden(graph: Graph, tape: Tape, config: Qwen3Config, weights: Weights, inputs: Inputs): Tensor {
  const { heads, kvHeads, headSize, epsilon } = config;
  const rope = { dimensions: headSize, base: config.ropeBase, context: config.context };
  const tokens = inputs.ids.shape[0];
  const project = (name: string, x: Tensor) =>
    tape.record(linear(graph, tape.operands, weightOf(weights, name), x));
  const norm = (name: string, x: Tensor) => tape.record(rmsNorm(graph, weightOf(weights, name), x, epsilon));
  const split = (x: Tensor, count: number) => tape.record(reshape(graph, x, headSize, count, tokens));
  const turned = (x: Tensor) => tape.record(rotate(graph, x, inputs.positions, rope));

  let x = tape.record(embedding(graph, weightOf(weights, EMBEDDING), inputs.ids));
  for (let i = 0; i < config.layers; i++) {
    const block = (part: string) => `blk.${i}.${part}.weight`;
    const seen = norm(block("attn_norm"), x);
    const q = turned(norm(block("attn_q_norm"), split(project(block("attn_q"), seen), heads)));
    const k = turned(norm(block("attn_k_norm"), split(project(block("attn_k"), seen), kvHeads)));
    const v = split(project(block("attn_v"), seen), kvHeads);
    const mixed = tape.record(attention(graph, tape.operands, q, k, v, inputs.mask));
    x = tape.record(add(graph, x, project(block("attn_output"), mixed)));
    const thought = norm(block("ffn_norm"), x);
    const inner = tape.record(
      swiglu(graph, project(block("ffn_gate"), thought), project(block("ffn_up"), thought)),
    );
    x = tape.record(add(graph, x, project(block("ffn_down"), inner)));
  }
  return norm("output_norm.weight", x);
}
