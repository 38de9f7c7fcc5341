import type { JsonObject } from "../hub/model-folder.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { type RopeScaling, readRopeScaling } from "./rope.ts";
import { ANOTHER_MODEL, UnconvertibleError } from "./unconvertible.ts";

/** The architectures that can be converted, by the name that both config.json and GGUF use. */
export const CONVERTIBLE = ["qwen2", "qwen3", "llama"] as const;
export type Architecture = (typeof CONVERTIBLE)[number];

/** The shape of a model, from its config.json. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly context: number;
  readonly epsilon: number;
  readonly ropeBase: number;
  readonly ropeScaling: RopeScaling;
  /** Whether the output layer is the embedding, or is missing altogether, as in embedding models. */
  readonly hasOwnOutput: boolean;
  /** Tokens that an attention window covers, where it is smaller than the context. */
  readonly window: number | undefined;
}

/** Class names of models that end in a text head, and of those without one. */
const WITH_HEAD: Readonly<Record<string, Architecture>> = {
  Qwen2ForCausalLM: "qwen2",
  Qwen3ForCausalLM: "qwen3",
  LlamaForCausalLM: "llama",
  LLaMAForCausalLM: "llama",
};
const WITHOUT_HEAD: Readonly<Record<string, Architecture>> = {
  Qwen2Model: "qwen2",
  Qwen3Model: "qwen3",
  LlamaModel: "llama",
};

/** More than any model has; a file that says more would ask for more memory than machines have. */
const MAX_LAYERS = 512;
const MAX_SIZE = 2 ** 22;

/**
 * Reads config.json. Throws UnconvertibleError where the model is of another kind than those three, or uses what
 * libllama would silently leave out.
 * Source of the fields and their defaults: the configuration classes of transformers 5.24.
 */
export function readModelConfig(path: string, config: JsonObject): ModelConfig {
  const refuse = (what: Text, remedy: Text = ANOTHER_MODEL): UnconvertibleError =>
    new UnconvertibleError(path, what, remedy);
  const architecture = architectureOf(config, refuse);
  requireOrdinary(config, refuse);

  const size = (key: string, otherwise?: number): number => {
    const value = config[key] ?? otherwise;
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_SIZE) return value;
    const found = value === undefined ? undefined : printable(JSON.stringify(value));
    throw refuse(
      found === undefined
        ? { en: `its config.json does not say ${key}`, zh: `其 config.json 没有说明 ${key}` }
        : { en: `its config.json says ${key} is ${found}`, zh: `其 config.json 中 ${key} 为 ${found}` },
      { en: "download it again", zh: "请重新下载" },
    );
  };
  const layers = size("num_hidden_layers");
  const hiddenSize = size("hidden_size");
  const heads = size("num_attention_heads");
  const headSize = size("head_dim", architecture === "qwen3" ? 128 : Math.floor(hiddenSize / heads));
  const kvHeads = size("num_key_value_heads", heads);
  const epsilon = config.rms_norm_eps ?? 1e-6;
  if (layers > MAX_LAYERS || heads % kvHeads !== 0 || headSize % 2 !== 0 || typeof epsilon !== "number") {
    throw refuse(
      {
        en: `its config.json contradicts itself (${layers} layers, ${heads} heads, ${kvHeads} key-value heads of ${headSize})`,
        zh: `其 config.json 自相矛盾（${layers} 层，${heads} 个头，${kvHeads} 个键值头，头长 ${headSize}）`,
      },
      { en: "download it again", zh: "请重新下载" },
    );
  }
  const classes = classesOf(config);
  const tied = config.tie_word_embeddings === true;
  return {
    architecture,
    vocabularySize: size("vocab_size"),
    layers,
    hiddenSize,
    feedForwardSize: size("intermediate_size"),
    heads,
    kvHeads,
    headSize,
    context: size("max_position_embeddings", 2048),
    epsilon,
    ...readRopeScaling(config, architecture, refuse),
    hasOwnOutput: !tied && !classes.some((name) => Object.hasOwn(WITHOUT_HEAD, name)),
    window: config.use_sliding_window === true ? size("sliding_window", 4096) : undefined,
  };
}

type Refuse = (what: Text, remedy?: Text) => UnconvertibleError;

function architectureOf(config: JsonObject, refuse: Refuse): Architecture {
  const classes = classesOf(config);
  const known = { ...WITH_HEAD, ...WITHOUT_HEAD };
  const found = classes.map((name) => (Object.hasOwn(known, name) ? known[name] : undefined));
  const type = CONVERTIBLE.find((name) => name === config.model_type);
  const architecture = classes.length > 0 ? found.find((name) => name !== undefined) : type;
  if (architecture !== undefined) return architecture;
  const shown = printable(classes[0] ?? String(config.model_type ?? "?"));
  const experts = Object.keys(config).some((key) => /experts/.test(key));
  throw refuse({
    en: experts
      ? `${shown} is a mixture of experts, which is not supported yet (only ${CONVERTIBLE.join(", ")})`
      : `${shown} is not supported (only text models of ${CONVERTIBLE.join(", ")})`,
    zh: experts
      ? `${shown} 是混合专家模型，目前还不支持（仅支持 ${CONVERTIBLE.join("、")}）`
      : `不支持 ${shown}（仅支持 ${CONVERTIBLE.join("、")} 文本模型）`,
  });
}

/** Refuses what the native library's graphs of these architectures do not compute. */
function requireOrdinary(config: JsonObject, refuse: Refuse): void {
  const quantized = config.quantization_config ?? config.quantization;
  if (typeof quantized === "object" && quantized !== null) {
    throw refuse(
      { en: "its weights are already quantised", zh: "其权重已经量化" },
      { en: "take the model they were made from", zh: "请使用量化之前的原模型" },
    );
  }
  const activation = config.hidden_act ?? "silu";
  if (activation !== "silu") {
    const shown = printable(String(activation));
    throw refuse({
      en: `it uses the activation ${shown} instead of silu`,
      zh: `它使用激活函数 ${shown} 而不是 silu`,
    });
  }
  if ((config.partial_rotary_factor ?? 1) !== 1) {
    throw refuse({ en: "it rotates only a part of each head", zh: "它只旋转每个注意力头的一部分" });
  }
}

function classesOf(config: JsonObject): string[] {
  return Array.isArray(config.architectures)
    ? config.architectures.filter((name): name is string => typeof name === "string")
    : [];
}
