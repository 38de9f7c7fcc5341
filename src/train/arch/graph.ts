import type { Graph } from "../../native/ggml/graph.ts";
import type { Rope } from "../../native/ggml/operations.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";
import { type AdapterConfig, PARTS } from "../adapter/adapter.ts";
import { adapted, FIRST_ROWS } from "../adapter/graph.ts";
import { HEAD_BIAS, HEAD_WEIGHT, type TextHead } from "../head/head.ts";
import {
  chunkedHeadLoss,
  headLoss,
  likelihoods,
  squaredLoss,
  type TargetChunk,
  type Targets,
} from "../tensor/head-loss.ts";
import {
  add,
  addBias,
  attention,
  changedRows,
  embedding,
  linear,
  mixTokens,
  reshape,
  rmsNorm,
  rotate,
  swiglu,
} from "../tensor/operations.ts";
import type { Tape } from "../tensor/tape.ts";
import { ARCHITECTURES, type ModelConfig, type Projection } from "./config.ts";
import { EMBEDDING, headName, ROPE_FACTORS, type Weights, weightOf } from "./weights.ts";

/** What one training graph reads: n = time × batch tokens. */
export interface Inputs {
  /** i32 [n] token ids. */
  readonly ids: Tensor;
  /** i32 [n] positions within each sequence. */
  readonly positions: Tensor;
  /** f32 [time, time · heads/kvHeads, 1, batch]: 0 where a token may look, -∞ elsewhere. */
  readonly mask: Tensor;
  /** Of all tokens at once, or of a part after the other where their logits are many. */
  readonly targets: Targets | readonly TargetChunk[];
  /** f32 [n, k] 1 where a token stands whose row is learned by itself. */
  readonly rowsHere?: Tensor;
  /** f32 [time, time, batch] how a head on texts pools; missing where it reads the last token. */
  readonly mix?: Tensor;
  /** f32 [1, n] the numbers that a head on texts should say. */
  readonly values?: Tensor;
}

export interface ForwardOptions {
  readonly adapter?: AdapterConfig | undefined;
  /** Keeps only what goes into each layer, and computes the layer once more for its gradients. */
  readonly checkpointing?: boolean;
  /** Reads texts with this head, in place of the one that writes. */
  readonly head?: TextHead | undefined;
}

/** Writes the forward pass of a batch into the graph; the tape's last output is the loss. */
export function forward(
  graph: Graph,
  tape: Tape,
  config: ModelConfig,
  weights: Weights,
  inputs: Inputs,
  { adapter, checkpointing = false, head: textHead }: ForwardOptions = {},
): Tensor {
  const x = hidden(graph, tape, config, weights, inputs, { adapter, checkpointing });
  if (textHead !== undefined) return textLoss(graph, tape, weights, x, inputs);
  const head = weightOf(weights, headName(config));
  const rows = rowsIn(weights, headName(config));
  const { targets } = inputs;
  if ("shares" in targets) return tape.record(headLoss(graph, tape.operands, head, x, targets, { rows }));
  const wanted = { weights: !tape.forwardOnly && adapter === undefined, x: !tape.forwardOnly };
  return tape.record(chunkedHeadLoss(graph, tape.operands, head, x, targets, wanted, rows));
}

/** The loss of a head on texts. */
function textLoss(
  graph: Graph,
  tape: Tape,
  weights: Weights,
  states: Tensor,
  { targets, mix, values }: Inputs,
): Tensor {
  const [head, bias] = [weightOf(weights, HEAD_WEIGHT), weightOf(weights, HEAD_BIAS)];
  const x = mix === undefined ? states : tape.record(mixTokens(graph, states, mix));
  if (!("shares" in targets)) throw new RangeError("the targets of texts are not in chunks");
  if (values === undefined) return tape.record(headLoss(graph, tape.operands, head, x, targets, { bias }));
  const { shares } = targets;
  return tape.record(squaredLoss(graph, tape.operands, head, bias, x, { values, shares }));
}

/**
 * Writes the forward pass up to ln p of the token that each place should predict: [1, n] of all places, or of each chunk
 * of them.
 */
export function logLikelihoods(
  graph: Graph,
  tape: Tape,
  config: ModelConfig,
  weights: Weights,
  inputs: Inputs,
  adapter?: AdapterConfig,
): Tensor[] {
  const x = hidden(graph, tape, config, weights, inputs, { adapter, checkpointing: false });
  const head = weightOf(weights, headName(config));
  const { targets } = inputs;
  const rows = rowsIn(weights, headName(config));
  const at = (x: Tensor, targets: Targets) =>
    likelihoods(graph, tape.operands, head, x, targets, { rows }).logLikelihood;
  if ("shares" in targets) return [at(x, targets)];
  return targets.map((chunk) => at(graph.getRows(x, chunk.rows), chunk));
}

/** Writes the forward pass up to the logits [vocabulary, n]. */
export function logits(
  graph: Graph,
  tape: Tape,
  config: ModelConfig,
  weights: Weights,
  inputs: Inputs,
  adapter?: AdapterConfig,
): Tensor {
  const x = hidden(graph, tape, config, weights, inputs, { adapter, checkpointing: false });
  return tape.record(linear(graph, tape.operands, weightOf(weights, headName(config)), x));
}

/** The normed hidden state [d, n] that the head reads. */
function hidden(
  graph: Graph,
  tape: Tape,
  config: ModelConfig,
  weights: Weights,
  inputs: Inputs,
  { adapter, checkpointing }: Required<Pick<ForwardOptions, "adapter" | "checkpointing">>,
): Tensor {
  const { heads, kvHeads, headSize, epsilon } = config;
  const { qkNorm } = ARCHITECTURES[config.architecture];
  const rope = ropeOf(config, weights);
  const tokens = inputs.ids.shape[0];

  const layer = (tape: Tape, i: number, x: Tensor) => {
    const block = (part: string) => `blk.${i}.${part}`;
    const norm = (part: string, x: Tensor) =>
      tape.record(rmsNorm(graph, weightOf(weights, `${block(part)}.weight`), x, epsilon));
    const split = (x: Tensor, count: number) => tape.record(reshape(graph, x, headSize, count, tokens));
    const turned = (x: Tensor) => tape.record(rotate(graph, x, inputs.positions, rope));
    const project = (part: Projection, x: Tensor) => {
      const name = `${block(part)}.weight`;
      const own = tape.record(linear(graph, tape.operands, weightOf(weights, name), x));
      const y = adapted(graph, tape, adapter, weights, name, x, own);
      if (!config.biases.includes(part)) return y;
      return tape.record(addBias(graph, y, weightOf(weights, `${block(part)}.bias`)));
    };
    const headNorm = (part: string, x: Tensor) => (qkNorm ? norm(part, x) : x);
    const seen = norm("attn_norm", x);
    const q = turned(headNorm("attn_q_norm", split(project("attn_q", seen), heads)));
    const k = turned(headNorm("attn_k_norm", split(project("attn_k", seen), kvHeads)));
    const v = split(project("attn_v", seen), kvHeads);
    const mixed = tape.record(attention(graph, tape.operands, q, k, v, inputs.mask));
    const attended = tape.record(add(graph, x, project("attn_output", mixed)));
    const thought = norm("ffn_norm", attended);
    const inner = tape.record(swiglu(graph, project("ffn_gate", thought), project("ffn_up", thought)));
    return tape.record(add(graph, attended, project("ffn_down", inner)));
  };

  let x = tape.record(embedding(graph, weightOf(weights, EMBEDDING), inputs.ids));
  const rows = rowsIn(weights, EMBEDDING);
  if (rows !== undefined && inputs.rowsHere !== undefined) {
    const first = weightOf(weights, `${EMBEDDING}.${FIRST_ROWS}`);
    x = tape.record(changedRows(graph, x, rows, first, inputs.rowsHere));
  }
  for (let i = 0; i < config.layers; i++) {
    const from = x;
    x = checkpointing ? tape.recompute((again) => layer(again, i, from)) : layer(tape, i, from);
  }
  return tape.record(rmsNorm(graph, weightOf(weights, "output_norm.weight"), x, epsilon));
}

/** The rows of a matrix that are learned by themselves. */
function rowsIn(weights: Weights, matrix: string): Tensor | undefined {
  return weights.get(`${matrix}.${PARTS.rows}`);
}

/** How the model turns its queries and keys, as llama.cpp sets it up from the same file. */
function ropeOf(config: ModelConfig, weights: Weights): Rope {
  const { ropeScaling: scaling, architecture } = config;
  return {
    dimensions: config.headSize,
    base: config.ropeBase,
    neighbours: ARCHITECTURES[architecture].rotates === "neighbours",
    ...(config.ropeFactors ? { divisors: weightOf(weights, ROPE_FACTORS) } : {}),
    context: scaling.kind === "yarn" ? scaling.originalContext : config.context,
    ...(scaling.kind === "none" ? {} : { stretch: scaling.factor }),
    ...(scaling.kind === "yarn" ? { yarn: { attentionFactor: scaling.attentionFactor } } : {}),
  };
}
