import { keepsCache, type LinearAttention, type ModelShape, traitsOf } from "./shape.ts";

/** A tensor of a model, named as in a GGUF file. */
export interface ModelTensor {
  readonly name: string;
  /** Elements along each dimension, the fastest-changing first. */
  readonly sizes: readonly number[];
}

/**
 * Every tensor of a model, in the order of its layers. Source of names and sizes: `load_arch_tensors` of each model
 * in the pinned llama.cpp; `bench/memory.ts` has it load files with exactly these.
 */
export function tensorsOf(shape: ModelShape): readonly ModelTensor[] {
  const known = KNOWN.get(shape);
  if (known !== undefined) return known;
  const tensors = listed(shape);
  KNOWN.set(shape, tensors);
  return tensors;
}

function listed(shape: ModelShape): ModelTensor[] {
  const layers = Array.from({ length: shape.layers }, (_, layer) =>
    layerTensors(shape, layer).map(({ name, sizes }) => ({ name: `blk.${layer}.${name}`, sizes })),
  ).flat();
  return [...inputTensors(shape), ...layers, ...outputTensors(shape)];
}

/** Shapes are asked many times over. */
const KNOWN = new WeakMap<ModelShape, readonly ModelTensor[]>();

/** How many weights a model has. */
export function parameterCount(shape: ModelShape): number {
  const known = COUNTS.get(shape);
  if (known !== undefined) return known;
  const count = tensorsOf(shape).reduce((sum, tensor) => sum + elements(tensor), 0);
  COUNTS.set(shape, count);
  return count;
}
const COUNTS = new WeakMap<ModelShape, number>();

/** How many weights compute one token: all, but for the experts that are not asked and the rows not looked up. */
export function activeParameterCount(shape: ModelShape): number {
  const { experts, tied, hiddenSize, vocabularySize } = shape;
  const idleRows = tied || traitsOf(shape).encoder ? 0 : hiddenSize * vocabularySize;
  if (experts === undefined) return parameterCount(shape) - idleRows;
  return tensorsOf(shape).reduce((sum, tensor) => {
    const share = /_exps\./.test(tensor.name) ? experts.active / experts.count : 1;
    return sum + elements(tensor) * share;
  }, -idleRows);
}

export function elements({ sizes }: ModelTensor): number {
  return sizes.reduce((product, size) => product * size, 1);
}

function inputTensors(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, vocabularySize, positions } = shape;
  const embedding = tensor("token_embd.weight", hiddenSize, vocabularySize);
  if (!traitsOf(shape).encoder) return [embedding];
  return [
    embedding,
    tensor("token_types.weight", hiddenSize, 2),
    tensor("position_embd.weight", hiddenSize, positions ?? 0),
    ...withBias("token_embd_norm", hiddenSize),
  ];
}

function outputTensors(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, vocabularySize, tied } = shape;
  if (traitsOf(shape).encoder) return [];
  const norm = tensor("output_norm.weight", hiddenSize);
  return tied ? [norm] : [norm, tensor("output.weight", hiddenSize, vocabularySize)];
}

function layerTensors(shape: ModelShape, layer: number): ModelTensor[] {
  if (traitsOf(shape).encoder) return encoderLayer(shape);
  const { linearAttention } = shape;
  return [
    tensor("attn_norm.weight", shape.hiddenSize),
    ...(linearAttention !== undefined && !keepsCache(shape, layer)
      ? linearTensors(shape, linearAttention)
      : attentionTensors(shape)),
    ...normsBehind(shape),
    ...(shape.experts === undefined ? denseTensors(shape) : expertTensors(shape)),
  ];
}

function attentionTensors(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, heads, kvHeads, headSize } = shape;
  const { fused, qkvBias, qkNorm, gatedQueries, sinks } = traitsOf(shape);
  const queries = heads * headSize;
  const keys = kvHeads * headSize;
  const projection = (name: string, outputs: number): ModelTensor[] => [
    tensor(`attn_${name}.weight`, hiddenSize, outputs),
    ...(qkvBias ? [tensor(`attn_${name}.bias`, outputs)] : []),
  ];
  return [
    ...(fused
      ? projection("qkv", queries + 2 * keys)
      : [
          ...projection("q", gatedQueries ? 2 * queries : queries),
          ...projection("k", keys),
          ...projection("v", keys),
        ]),
    tensor("attn_output.weight", queries, hiddenSize),
    ...(qkNorm ? [tensor("attn_q_norm.weight", headSize), tensor("attn_k_norm.weight", headSize)] : []),
    ...(sinks ? [tensor("attn_output.bias", hiddenSize), tensor("attn_sinks.weight", heads)] : []),
  ];
}

/** Source: `llama_model_qwen35::load_arch_tensors`. */
function linearTensors({ hiddenSize }: ModelShape, linear: LinearAttention): ModelTensor[] {
  const keys = linear.keyHeads * linear.headSize;
  const values = linear.valueHeads * linear.headSize;
  return [
    tensor("attn_qkv.weight", hiddenSize, 2 * keys + values),
    tensor("attn_gate.weight", hiddenSize, values),
    tensor("ssm_conv1d.weight", linear.convolution, 2 * keys + values),
    tensor("ssm_dt.bias", linear.valueHeads),
    tensor("ssm_a", linear.valueHeads),
    tensor("ssm_beta.weight", hiddenSize, linear.valueHeads),
    tensor("ssm_alpha.weight", hiddenSize, linear.valueHeads),
    tensor("ssm_norm.weight", linear.headSize),
    tensor("ssm_out.weight", values, hiddenSize),
  ];
}

/** The norm before the feed-forward part, which some architectures name after the attention it follows. */
function normsBehind(shape: ModelShape): ModelTensor[] {
  const { hiddenSize } = shape;
  const { postNorms, gatedQueries, sinks } = traitsOf(shape);
  const before = tensor(gatedQueries || sinks ? "post_attention_norm.weight" : "ffn_norm.weight", hiddenSize);
  if (!postNorms) return [before];
  return [
    before,
    tensor("post_attention_norm.weight", hiddenSize),
    tensor("post_ffw_norm.weight", hiddenSize),
  ];
}

function denseTensors(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, feedForwardSize } = shape;
  const down = tensor("ffn_down.weight", feedForwardSize, hiddenSize);
  if (traitsOf(shape).fused) return [down, tensor("ffn_up.weight", hiddenSize, 2 * feedForwardSize)];
  return [
    tensor("ffn_gate.weight", hiddenSize, feedForwardSize),
    down,
    tensor("ffn_up.weight", hiddenSize, feedForwardSize),
  ];
}

function expertTensors(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, experts } = shape;
  if (experts === undefined) return [];
  const { count, size, sharedSize } = experts;
  const { sinks } = traitsOf(shape);
  return [
    tensor("ffn_gate_inp.weight", hiddenSize, count),
    tensor("ffn_gate_exps.weight", hiddenSize, size, count),
    tensor("ffn_down_exps.weight", size, hiddenSize, count),
    tensor("ffn_up_exps.weight", hiddenSize, size, count),
    ...(sinks
      ? [
          tensor("ffn_gate_inp.bias", count),
          tensor("ffn_gate_exps.bias", size, count),
          tensor("ffn_down_exps.bias", hiddenSize, count),
          tensor("ffn_up_exps.bias", size, count),
        ]
      : []),
    ...(sharedSize > 0
      ? [
          tensor("ffn_gate_inp_shexp.weight", hiddenSize),
          tensor("ffn_gate_shexp.weight", hiddenSize, sharedSize),
          tensor("ffn_up_shexp.weight", hiddenSize, sharedSize),
          tensor("ffn_down_shexp.weight", sharedSize, hiddenSize),
        ]
      : []),
  ];
}

function encoderLayer(shape: ModelShape): ModelTensor[] {
  const { hiddenSize, feedForwardSize } = shape;
  return [
    ...attentionTensors(shape),
    tensor("attn_output.bias", hiddenSize),
    ...withBias("attn_output_norm", hiddenSize),
    ...withBias("ffn_up", hiddenSize, feedForwardSize),
    ...withBias("ffn_down", feedForwardSize, hiddenSize),
    ...withBias("layer_output_norm", hiddenSize),
  ];
}

function withBias(name: string, ...sizes: number[]): ModelTensor[] {
  return [tensor(`${name}.weight`, ...sizes), tensor(`${name}.bias`, sizes.at(-1) ?? 0)];
}

function tensor(name: string, ...sizes: number[]): ModelTensor {
  return { name, sizes };
}
