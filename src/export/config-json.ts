import { llama3Divisors } from "../convert/rope.ts";
import type { FloatType } from "../native/rows.ts";
import { type ModelConfig, PROJECTIONS, type Projection } from "../train/arch/config.ts";
import { ROPE_FACTORS } from "../train/arch/weights.ts";
import { UnexportableError } from "./errors.ts";
import type { SpecialTokens } from "./tokenizer-files.ts";

const CLASSES = { llama: "LlamaForCausalLM", qwen2: "Qwen2ForCausalLM", qwen3: "Qwen3ForCausalLM" } as const;
const DTYPES: Readonly<Record<FloatType, string>> = { f32: "float32", f16: "float16", bf16: "bfloat16" };

/**
 * `config.json` of a model. Throws UnexportableError for what its class in transformers cannot say. Source of the fields:
 * the configuration classes of transformers 5.24; older ones read `rope_theta` and `rope_scaling`.
 */
export function configJson(
  path: string,
  config: ModelConfig,
  type: FloatType,
  special: SpecialTokens,
  valuesOf: (name: string) => Float32Array | undefined,
): object {
  const { architecture, biases } = config;
  const hasBias = biases.length > 0;
  const usual: readonly Projection[] = USUAL_BIASES[architecture];
  const feedForward = PROJECTIONS.filter((part) => part.startsWith("ffn") && biases.includes(part));
  const attention = biases.filter((part) => part.startsWith("attn"));
  const isSayable =
    (attention.length === 0 ? architecture !== "qwen2" : attention.length === usual.length) &&
    attention.every((part) => usual.includes(part)) &&
    (feedForward.length === 0 || (architecture === "llama" && feedForward.length === 3));
  if (!isSayable) throw unusualBiases(path, architecture);
  const scaling = ropeParameters(path, config, valuesOf);
  return {
    architectures: [CLASSES[architecture]],
    model_type: architecture,
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.feedForwardSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    max_position_embeddings: config.context,
    rms_norm_eps: asWritten(config.epsilon),
    hidden_act: "silu",
    tie_word_embeddings: config.tied,
    ...(architecture === "qwen2" ? {} : { attention_bias: hasBias && attention.length > 0 }),
    ...(architecture === "llama" ? { mlp_bias: feedForward.length > 0 } : { use_sliding_window: false }),
    rope_theta: asWritten(config.ropeBase),
    ...(scaling.rope_type === "default" ? {} : { rope_scaling: scaling }),
    rope_parameters: { rope_theta: asWritten(config.ropeBase), ...scaling },
    torch_dtype: DTYPES[type],
    ...(special.bos === undefined ? {} : { bos_token_id: special.bos }),
    ...(special.ends.length === 0 ? {} : { eos_token_id: oneOrAll(special.ends) }),
    ...(special.pad === undefined ? {} : { pad_token_id: special.pad }),
    use_cache: true,
  };
}

const ATTENTION = ["attn_q", "attn_k", "attn_v", "attn_output"] as const;
/** The attention biases of each class: none of them, or these. */
const USUAL_BIASES = { llama: ATTENTION, qwen2: ["attn_q", "attn_k", "attn_v"], qwen3: ATTENTION } as const;

/** A number that GGUF kept in single precision, without the digits that nobody wrote. */
export function asWritten(value: number): number {
  return Number(value.toPrecision(6));
}

/** One number as itself, several as a list. */
export function oneOrAll(ids: readonly number[]): number | readonly number[] {
  return ids.length === 1 ? (ids[0] ?? 0) : ids;
}

interface RopeParameters {
  readonly rope_type: string;
  readonly [field: string]: string | number;
}

function ropeParameters(
  path: string,
  { ropeScaling: scaling, ropeFactors, ropeBase, headSize }: ModelConfig,
  valuesOf: (name: string) => Float32Array | undefined,
): RopeParameters {
  if (ropeFactors) return llama3Parameters(path, valuesOf(ROPE_FACTORS), ropeBase, headSize);
  switch (scaling.kind) {
    case "none":
      return { rope_type: "default" };
    case "linear":
      return { rope_type: "linear", factor: asWritten(scaling.factor) };
    case "yarn": {
      const { factor, originalContext, attentionFactor } = scaling;
      // Hugging Face names the whole factor, GGUF what the usual one is multiplied with.
      const whole = attentionFactor * (0.1 * Math.log(factor) + 1);
      return {
        rope_type: "yarn",
        factor: asWritten(factor),
        original_max_position_embeddings: originalContext,
        ...(attentionFactor === 1 ? {} : { attention_factor: asWritten(whole) }),
      };
    }
  }
}

/** The settings of Llama 3's scaling that give these divisors: a GGUF file keeps only those. */
function llama3Parameters(
  path: string,
  divisors: Float32Array | undefined,
  base: number,
  headSize: number,
): RopeParameters {
  const factor = Math.max(...(divisors ?? [1]));
  for (let originalContext = 64; originalContext <= 2 ** 20; originalContext *= 2) {
    const made = llama3Divisors(
      { kind: "llama3", factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext },
      base,
      headSize,
    );
    if (divisors?.every((divisor, i) => Math.abs(divisor / (made[i] ?? 0) - 1) < 1e-5)) {
      return {
        rope_type: "llama3",
        factor: asWritten(factor),
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: originalContext,
      };
    }
  }
  throw new UnexportableError(
    path,
    {
      en: "its rotary frequencies are scaled in no way that Llama 3 uses",
      zh: "其旋转频率的缩放不是 Llama 3 的方式",
    },
    { en: "use the GGUF file", zh: "请直接使用 GGUF 文件" },
  );
}

function unusualBiases(path: string, architecture: string): UnexportableError {
  return new UnexportableError(
    path,
    {
      en: `its biases are not those that ${architecture} has in transformers`,
      zh: `其偏置与 transformers 中的 ${architecture} 不同`,
    },
    { en: "use the GGUF file", zh: "请直接使用 GGUF 文件" },
  );
}
