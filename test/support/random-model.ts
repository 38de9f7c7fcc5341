import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Quantization } from "../../src/catalog/quantization.ts";
import { type ModelShape, traitsOf } from "../../src/catalog/shape.ts";
import { elements, type ModelTensor, tensorsOf } from "../../src/catalog/tensors.ts";
import { BYTE_ALPHABET } from "../../src/formats/tokenizer/alphabet.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "../../src/native/gguf-writer.ts";
import { bytesOfFloats, rowTypeFor } from "../../src/native/rows.ts";
import { Random } from "../../src/train/random.ts";
import { quantize } from "./quantized-file.ts";

const END = "<|endoftext|>";

/** The shape of Qwen2.5-0.5B. */
export const QWEN2_5_0_5B: ModelShape = {
  architecture: "qwen2",
  layers: 24,
  hiddenSize: 896,
  heads: 14,
  kvHeads: 2,
  headSize: 64,
  feedForwardSize: 4864,
  vocabularySize: 151_936,
  tied: true,
};

/** Writes a GGUF file of a shape with random weights that llama.cpp loads, once; F32 or Q8_0. */
export async function randomModel(path: string, shape: ModelShape, type: "f32" | "q8_0"): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const tensors = tensorsOf(shape);
  // One array of noise is as long as the largest tensor; every tensor is its beginning.
  const random = new Random(1);
  const noise = new Float32Array(Math.max(...tensors.map(elements)));
  // A prime number of values, so that no row of a matrix is like another one soon.
  const block = Float32Array.from({ length: 65_521 }, () => 0.1 * (random.unit() - 0.5));
  for (let at = 0; at < noise.length; at += block.length) {
    noise.set(block.subarray(0, Math.min(block.length, noise.length - at)), at);
  }
  await writeGguf(
    path,
    metadataOf(shape),
    tensors.map((tensor) => filled(tensor, noise, type)),
  );
  return path;
}

function filled(tensor: ModelTensor, noise: Float32Array, type: "f32" | "q8_0"): GgufTensor {
  const { name, sizes } = tensor;
  const values = noise.subarray(0, elements(tensor));
  const isMatrix = sizes.length > 1 && !/_norm|ffn_gate_inp|ssm_conv1d/.test(name);
  const kept = isMatrix ? rowTypeFor(type, sizes[0] ?? 1) : "f32";
  return { name, sizes, type: kept, pieces: () => [bytesOfFloats(values, kept, sizes[0] ?? 1)] };
}

function metadataOf(shape: ModelShape): Map<string, GgufValue> {
  const { architecture: name, experts, slidingWindow, linearAttention } = shape;
  const vocabulary = vocabularyOf(shape.vocabularySize);
  const types = new Int32Array(shape.vocabularySize).fill(1);
  types[shape.vocabularySize - 1] = 3;
  const entries: [string, GgufValue][] = [
    ["general.architecture", name],
    ["general.type", "model"],
    ["general.name", "random"],
    ["general.file_type", 7],
    [`${name}.context_length`, 131_072],
    [`${name}.embedding_length`, shape.hiddenSize],
    [`${name}.block_count`, shape.layers],
    [`${name}.feed_forward_length`, shape.feedForwardSize],
    [`${name}.attention.head_count`, shape.heads],
    [`${name}.attention.head_count_kv`, shape.kvHeads],
    [`${name}.attention.key_length`, shape.headSize],
    [`${name}.attention.value_length`, shape.headSize],
    [`${name}.attention.layer_norm_rms_epsilon`, { f32: 1e-6 }],
    [`${name}.rope.freq_base`, { f32: 10_000 }],
    [`${name}.rope.dimension_count`, linearAttention === undefined ? shape.headSize : shape.headSize / 4],
    ...(slidingWindow === undefined
      ? []
      : [[`${name}.attention.sliding_window`, slidingWindow.size] satisfies [string, GgufValue]]),
    ...(experts === undefined ? [] : expertEntries(name, experts)),
    ...(linearAttention === undefined ? [] : linearEntries(name, linearAttention)),
    ["tokenizer.ggml.model", "gpt2"],
    ["tokenizer.ggml.pre", "qwen2"],
    ["tokenizer.ggml.tokens", { strings: vocabulary.tokens }],
    ["tokenizer.ggml.token_type", { i32s: types }],
    ["tokenizer.ggml.merges", { strings: vocabulary.merges }],
    ["tokenizer.ggml.eos_token_id", shape.vocabularySize - 1],
    ["tokenizer.ggml.add_bos_token", false],
  ];
  if (traitsOf(shape).encoder) throw new RangeError("encoders write no text");
  return new Map(entries);
}

function expertEntries(
  name: string,
  { count, active, size, sharedSize }: NonNullable<ModelShape["experts"]>,
): [string, GgufValue][] {
  return [
    [`${name}.expert_count`, count],
    [`${name}.expert_used_count`, active],
    [`${name}.expert_feed_forward_length`, size],
    ...(sharedSize === 0
      ? []
      : [[`${name}.expert_shared_feed_forward_length`, sharedSize] satisfies [string, GgufValue]]),
  ];
}

function linearEntries(
  name: string,
  linear: NonNullable<ModelShape["linearAttention"]>,
): [string, GgufValue][] {
  return [
    [`${name}.ssm.conv_kernel`, linear.convolution],
    [`${name}.ssm.inner_size`, linear.valueHeads * linear.headSize],
    [`${name}.ssm.state_size`, linear.headSize],
    [`${name}.ssm.time_step_rank`, linear.valueHeads],
    [`${name}.ssm.group_count`, linear.keyHeads],
    [`${name}.full_attention_interval`, linear.fullEvery],
    [`${name}.rope.dimension_sections`, { i32s: Int32Array.from([11, 11, 10, 0]) }],
  ];
}

/** Bytes, then pairs and triples of ASCII until the vocabulary is full, then the end token: mostly text, as any. */
function vocabularyOf(size: number): { tokens: string[]; merges: string[] } {
  const wanted = size - BYTE_ALPHABET.length - 1;
  const merges: [string, string][] = [];
  const letters = [...BYTE_ALPHABET].filter((letter) => /[!-~]/.test(letter));
  for (const left of letters) {
    for (const right of letters) {
      if (merges.length < wanted) merges.push([left, right]);
    }
  }
  for (const [left, right] of merges.slice()) {
    for (const third of letters) {
      if (merges.length < wanted) merges.push([left + right, third]);
    }
  }
  return {
    tokens: [...BYTE_ALPHABET, ...merges.map((pair) => pair.join("")), END],
    merges: merges.map((pair) => pair.join(" ")),
  };
}

/** A random model in this quantisation, made once. */
export async function quantizedModel(
  prefix: string,
  shape: ModelShape,
  quantization: Quantization,
): Promise<string> {
  const path = `${prefix}-${quantization}.gguf`;
  if (existsSync(path)) return path;
  const exact = await randomModel(`${prefix}-Q8_0.gguf`, shape, "q8_0");
  if (quantization !== "Q8_0") quantize(exact, path, quantization);
  return path;
}
