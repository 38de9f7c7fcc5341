import type { Checkpoint, StoredTensor } from "../formats/safetensors/checkpoint.ts";
import type { Text } from "../language.ts";
import type { FloatType } from "../native/rows.ts";
import { printable } from "../printable.ts";
import type { ModelConfig } from "./model-config.ts";
import { ANOTHER_MODEL, UnconvertibleError } from "./unconvertible.ts";

/** One tensor to write, and where its values come from. */
export interface PlannedTensor {
  /** Its name in GGUF. */
  readonly name: string;
  /** Fastest dimension first, as ggml counts. */
  readonly sizes: readonly number[];
  readonly source: StoredTensor;
  readonly sourceType: FloatType;
  /**
   * Rows of one attention head where the rows of each are to be interleaved: GGUF's llama rotates neighbours, Hugging
   * Face's rotates halves, so row i and row i + half become neighbours.
   */
  readonly interleaved: number | undefined;
}

/** What a model of this shape must or may hold, under its name in safetensors. */
export interface TensorPlace {
  readonly name: string;
  /** Slowest dimension first, as safetensors counts. */
  readonly shape: readonly number[];
  readonly isOptional: boolean;
  readonly interleaved?: number;
}

const FLOAT_TYPES: Readonly<Record<string, FloatType>> = { F32: "f32", F16: "f16", BF16: "bf16" };
/** Tables that old files carry and that every program computes itself. */
const COMPUTED = /\brotary_emb\.inv_freq$/;

/**
 * Which tensors to write, in the order they lie in the files. Throws UnconvertibleError where one is missing, has
 * another shape, is quantised, or has no place in the architecture.
 * Source of names and shapes: the model classes of transformers 5.24, and the loaders of the pinned native library.
 */
export function planTensors(path: string, config: ModelConfig, checkpoint: Checkpoint): PlannedTensor[] {
  const refuse = (what: Text, remedy: Text): UnconvertibleError => new UnconvertibleError(path, what, remedy);
  const incomplete: Text = { en: "download it again", zh: "请重新下载" };
  // Models without a head are saved without the prefix.
  const prefix = checkpoint.tensors.has("model.embed_tokens.weight") ? "model." : "";
  const expected = tensorPlaces(config, prefix);
  for (const [name, { isOptional }] of expected) {
    if (isOptional || checkpoint.tensors.has(name)) continue;
    throw refuse(
      { en: `the tensor ${name} is missing from its weights`, zh: `其权重中缺少张量 ${name}` },
      incomplete,
    );
  }
  const planned: PlannedTensor[] = [];
  for (const source of checkpoint.tensors.values()) {
    const { name, shape, dtype } = source;
    if (COMPUTED.test(name) || (name === "lm_head.weight" && !config.hasOwnOutput)) continue;
    const place = expected.get(name);
    const shown = printable(name);
    if (place === undefined) {
      const { architecture } = config;
      throw refuse(
        {
          en: `its tensor ${shown} has no place in the architecture ${architecture}`,
          zh: `其张量 ${shown} 不属于 ${architecture} 架构`,
        },
        ANOTHER_MODEL,
      );
    }
    if (shape.length !== place.shape.length || shape.some((size, at) => size !== place.shape[at])) {
      const [found, wanted] = [shape.join(" × "), place.shape.join(" × ")];
      throw refuse(
        {
          en: `its tensor ${shown} is ${found}, and config.json asks for ${wanted}`,
          zh: `其张量 ${shown} 为 ${found}，而 config.json 要求 ${wanted}`,
        },
        incomplete,
      );
    }
    const sourceType = Object.hasOwn(FLOAT_TYPES, dtype) ? FLOAT_TYPES[dtype] : undefined;
    if (sourceType === undefined) {
      throw refuse(
        { en: `its tensor ${shown} is kept as ${dtype}`, zh: `其张量 ${shown} 以 ${dtype} 保存` },
        { en: "take the model in F32, F16 or BF16", zh: "请使用 F32、F16 或 BF16 的模型" },
      );
    }
    planned.push({
      name: place.name,
      sizes: shape.toReversed(),
      source,
      sourceType,
      interleaved: place.interleaved,
    });
  }
  const byPlace = (one: StoredTensor, other: StoredTensor): number =>
    one.file === other.file ? one.offset - other.offset : one.file < other.file ? -1 : 1;
  return planned.sort((one, other) => byPlace(one.source, other.source));
}

/** The sizes of a model that say which tensors it has. */
export type TensorSizes = Pick<
  ModelConfig,
  | "architecture"
  | "vocabularySize"
  | "layers"
  | "hiddenSize"
  | "feedForwardSize"
  | "heads"
  | "kvHeads"
  | "headSize"
  | "hasOwnOutput"
>;

/** Every tensor of a model, by its name in safetensors; `name` is the one in GGUF. */
export function tensorPlaces(config: TensorSizes, prefix: string): Map<string, TensorPlace> {
  const { architecture, hiddenSize, feedForwardSize, headSize, vocabularySize } = config;
  const queries = config.heads * headSize;
  const keys = config.kvHeads * headSize;
  const interleaved = architecture === "llama" ? headSize : undefined;
  const expected = new Map<string, TensorPlace>();
  const add = (from: string, name: string, shape: number[], more: Partial<TensorPlace> = {}): void => {
    expected.set(from, { name, shape, isOptional: false, ...more });
  };
  add(`${prefix}embed_tokens.weight`, "token_embd.weight", [vocabularySize, hiddenSize]);
  add(`${prefix}norm.weight`, "output_norm.weight", [hiddenSize]);
  if (config.hasOwnOutput) add("lm_head.weight", "output.weight", [vocabularySize, hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const [from, to] = [`${prefix}layers.${layer}`, `blk.${layer}`];
    /** A matrix, and the bias that some models add to its result. */
    const linear = (
      part: string,
      name: string,
      [rows, columns]: readonly [number, number],
      mayHaveBias: boolean,
      permuted: Pick<TensorPlace, "interleaved"> = {},
    ): void => {
      add(`${from}.${part}.weight`, `${to}.${name}.weight`, [rows, columns], permuted);
      if (mayHaveBias) {
        add(`${from}.${part}.bias`, `${to}.${name}.bias`, [rows], { isOptional: true, ...permuted });
      }
    };
    const turned = interleaved === undefined ? {} : { interleaved };
    const isLlama = architecture === "llama";
    add(`${from}.input_layernorm.weight`, `${to}.attn_norm.weight`, [hiddenSize]);
    linear("self_attn.q_proj", "attn_q", [queries, hiddenSize], true, turned);
    linear("self_attn.k_proj", "attn_k", [keys, hiddenSize], true, turned);
    linear("self_attn.v_proj", "attn_v", [keys, hiddenSize], true);
    linear("self_attn.o_proj", "attn_output", [hiddenSize, queries], isLlama);
    if (architecture === "qwen3") {
      add(`${from}.self_attn.q_norm.weight`, `${to}.attn_q_norm.weight`, [headSize]);
      add(`${from}.self_attn.k_norm.weight`, `${to}.attn_k_norm.weight`, [headSize]);
    }
    add(`${from}.post_attention_layernorm.weight`, `${to}.ffn_norm.weight`, [hiddenSize]);
    linear("mlp.gate_proj", "ffn_gate", [feedForwardSize, hiddenSize], isLlama);
    linear("mlp.up_proj", "ffn_up", [feedForwardSize, hiddenSize], isLlama);
    linear("mlp.down_proj", "ffn_down", [hiddenSize, feedForwardSize], isLlama);
  }
  return expected;
}
