import { z } from "zod";
import type { GgufHeader } from "../formats/gguf/header.ts";
import { estimateOf, type MemoryEstimate, type MemoryPlan } from "./memory.ts";
import { ARCHITECTURE_TRAITS, type Architecture, type ModelShape } from "./shape.ts";

/**
 * What a GGUF file takes, by its own tensors; nothing where its header does not say what the arithmetic needs.
 * Architectures that are not known here are counted as ordinary transformers.
 */
export function estimateFile(header: GgufHeader, plan: MemoryPlan): MemoryEstimate | undefined {
  const shape = shapeOfHeader(header);
  if (shape === undefined) return undefined;
  return estimateOf(
    header.tensors.map(({ type, bytes, shape: sizes }) => ({ type, bytes, sizes })),
    shape,
    plan,
  );
}

/** The shape that a GGUF header states; nothing where a number is missing or makes no sense. */
export function shapeOfHeader({ architecture, metadata, tensors }: GgufHeader): ModelShape | undefined {
  const key = (name: string): string => `${architecture}.${name}`;
  /** Some files state a number for each layer. */
  const number = (name: string): number | undefined => {
    const values = metadata.numbers(key(name));
    const mean = values?.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
    return metadata.number(key(name)) ?? mean;
  };
  const heads = number("attention.head_count");
  const hiddenSize = number("embedding_length");
  const experts = number("expert_count") ?? 0;
  const window = number("attention.sliding_window") ?? 0;
  const inner = number("ssm.inner_size");
  const stateSize = number("ssm.state_size");
  return checked({
    architecture: knownArchitecture(architecture) ?? "llama",
    layers: number("block_count"),
    hiddenSize,
    heads,
    kvHeads: number("attention.head_count_kv") ?? heads,
    headSize: number("attention.key_length") ?? (hiddenSize ?? 0) / (heads ?? 1),
    feedForwardSize: number("feed_forward_length") ?? 0,
    vocabularySize: metadata.lengthOf("tokenizer.ggml.tokens") ?? number("vocab_size"),
    tied: !tensors.some(({ name }) => name === "output.weight"),
    ...(experts > 0
      ? {
          experts: {
            count: experts,
            active: number("expert_used_count"),
            size: number("expert_feed_forward_length") ?? number("feed_forward_length"),
            sharedSize: number("expert_shared_feed_forward_length") ?? 0,
          },
        }
      : {}),
    ...(window > 0 ? { slidingWindow: { size: window, fullEvery: 6 } } : {}),
    ...(inner !== undefined && stateSize !== undefined
      ? {
          linearAttention: {
            fullEvery: number("full_attention_interval") ?? 4,
            keyHeads: number("ssm.group_count"),
            valueHeads: number("ssm.time_step_rank"),
            headSize: stateSize,
            convolution: number("ssm.conv_kernel"),
          },
        }
      : {}),
  });
}

/** The shape that a Hugging Face `config.json` states; nothing for kinds of model that are not known here. */
export function shapeOfConfig(config: unknown): ModelShape | undefined {
  const read = hubConfig.safeParse(config);
  if (!read.success) return undefined;
  const { text_config, ...own } = read.data;
  const c = { ...own, ...text_config };
  const architecture = CONFIG_TYPES[c.model_type ?? ""];
  if (architecture === undefined) return undefined;
  const heads = c.num_attention_heads;
  const experts = c.num_experts ?? c.num_local_experts ?? 0;
  return checked({
    architecture,
    layers: c.num_hidden_layers,
    hiddenSize: c.hidden_size,
    heads,
    kvHeads: c.num_key_value_heads ?? heads,
    headSize: c.head_dim ?? (c.hidden_size ?? 0) / (heads ?? 1),
    feedForwardSize: c.intermediate_size ?? 0,
    vocabularySize: c.vocab_size,
    tied: own.tie_word_embeddings ?? c.tie_word_embeddings ?? architecture === "gemma3",
    ...(experts > 0
      ? {
          experts: {
            count: experts,
            active: c.num_experts_per_tok ?? c.experts_per_token,
            size: c.moe_intermediate_size ?? c.intermediate_size,
            sharedSize: c.shared_expert_intermediate_size ?? 0,
          },
        }
      : {}),
    ...(c.linear_num_value_heads === undefined
      ? {}
      : {
          linearAttention: {
            fullEvery: c.full_attention_interval ?? 4,
            keyHeads: c.linear_num_key_heads,
            valueHeads: c.linear_num_value_heads,
            headSize: c.linear_value_head_dim,
            convolution: c.linear_conv_kernel_dim,
          },
        }),
    ...(architecture === "bert" ? { positions: c.max_position_embeddings } : {}),
    ...(typeof c.sliding_window === "number" && (architecture === "gemma3" || architecture === "gpt-oss")
      ? { slidingWindow: { size: c.sliding_window, fullEvery: architecture === "gemma3" ? 6 : 2 } }
      : {}),
  });
}

const CONFIG_TYPES: Readonly<Record<string, Architecture>> = {
  llama: "llama",
  mistral: "llama",
  smollm3: "smollm3",
  qwen2: "qwen2",
  qwen3: "qwen3",
  qwen3_moe: "qwen3moe",
  qwen3_5: "qwen35",
  qwen3_5_text: "qwen35",
  qwen3_5_moe: "qwen35moe",
  qwen3_5_moe_text: "qwen35moe",
  gemma3: "gemma3",
  gemma3_text: "gemma3",
  phi3: "phi3",
  gpt_oss: "gpt-oss",
  bert: "bert",
  "xlm-roberta": "bert",
};

function knownArchitecture(name: string): Architecture | undefined {
  return ARCHITECTURES.find((architecture) => architecture === name);
}

const ARCHITECTURES = Object.keys(ARCHITECTURE_TRAITS).filter((name): name is Architecture =>
  Object.hasOwn(ARCHITECTURE_TRAITS, name),
);

/** No model is larger; a larger number would only make nonsense of the arithmetic. */
const count = z
  .number()
  .positive()
  .max(2 ** 24);
const shapeSchema = z.object({
  architecture: z.enum(ARCHITECTURES),
  layers: count.max(1024),
  hiddenSize: count,
  heads: count,
  kvHeads: z
    .number()
    .min(0)
    .max(2 ** 24),
  headSize: count,
  feedForwardSize: z
    .number()
    .min(0)
    .max(2 ** 24),
  vocabularySize: count,
  tied: z.boolean(),
  experts: z.object({ count, active: count, size: count, sharedSize: z.number().min(0) }).optional(),
  slidingWindow: z.object({ size: count, fullEvery: count }).optional(),
  linearAttention: z
    .object({ fullEvery: count, keyHeads: count, valueHeads: count, headSize: count, convolution: count })
    .optional(),
  positions: count.optional(),
});

function checked(stated: object): ModelShape | undefined {
  const read = shapeSchema.safeParse(stated);
  if (!read.success) return undefined;
  const { experts, slidingWindow, linearAttention, positions, ...rest } = read.data;
  return {
    ...rest,
    ...(experts === undefined ? {} : { experts }),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    ...(linearAttention === undefined ? {} : { linearAttention }),
    ...(positions === undefined ? {} : { positions }),
  };
}

const optionalNumber = z.number().optional().catch(undefined);
const textConfig = z.object({
  model_type: z.string().optional(),
  num_hidden_layers: optionalNumber,
  hidden_size: optionalNumber,
  num_attention_heads: optionalNumber,
  num_key_value_heads: optionalNumber,
  head_dim: optionalNumber,
  intermediate_size: optionalNumber,
  vocab_size: optionalNumber,
  tie_word_embeddings: z.boolean().optional().catch(undefined),
  num_experts: optionalNumber,
  num_local_experts: optionalNumber,
  num_experts_per_tok: optionalNumber,
  experts_per_token: optionalNumber,
  moe_intermediate_size: optionalNumber,
  shared_expert_intermediate_size: optionalNumber,
  full_attention_interval: optionalNumber,
  linear_num_key_heads: optionalNumber,
  linear_num_value_heads: optionalNumber,
  linear_value_head_dim: optionalNumber,
  linear_conv_kernel_dim: optionalNumber,
  max_position_embeddings: optionalNumber,
  sliding_window: optionalNumber,
});
const hubConfig = textConfig.extend({ text_config: textConfig.optional() });
