import type { GgufHeader } from "../formats/gguf/header.ts";
import { printable } from "../printable.ts";
import {
  ARCHITECTURES,
  type Architecture,
  type ModelConfig,
  PROJECTIONS,
  type RopeScaling,
} from "./arch/config.ts";
import { constantSpecs, EMBEDDING, ROPE_FACTORS, weightSpecs } from "./arch/weights.ts";
import { UntrainableError } from "./untrainable.ts";

/**
 * What a GGUF file says the model computes. Throws UntrainableError where that is another architecture, uses what the
 * training graph does not compute, or its tensors are not those of its architecture.
 */
export function readConfig(header: GgufHeader): ModelConfig {
  const { path, metadata } = header;
  const architecture = architectureOf(header);
  const key = (name: string) => `${architecture}.${name}`;
  const missing = (name: string) =>
    new UntrainableError(path, {
      en: `its metadata does not say ${key(name)}`,
      zh: `其元数据没有说明 ${key(name)}`,
    });
  const number = (name: string, otherwise?: number): number => {
    const value = metadata.number(key(name)) ?? otherwise;
    if (value === undefined || !(value > 0)) throw missing(name);
    return value;
  };
  const refuse = (en: string, zh: string) => new UntrainableError(path, { en, zh });

  const shapes = new Map(header.tensors.map(({ name, shape }) => [name, shape]));
  const rows = shapes.get(EMBEDDING)?.[1];
  if (rows === undefined) throw refuse("it holds no embedding", "其中没有嵌入");
  const hiddenSize = number("embedding_length");
  const heads = number("attention.head_count");
  const headSize = number("attention.key_length", hiddenSize / heads);
  const config: ModelConfig = {
    architecture,
    vocabularySize: rows,
    hiddenSize,
    layers: number("block_count"),
    heads,
    kvHeads: number("attention.head_count_kv", heads),
    headSize,
    feedForwardSize: number("feed_forward_length"),
    context: number("context_length"),
    epsilon: number("attention.layer_norm_rms_epsilon"),
    ropeBase: number("rope.freq_base", 10_000),
    ropeScaling: scalingOf(header, architecture),
    ropeFactors: shapes.has(ROPE_FACTORS),
    tied: !shapes.has("output.weight"),
    biases: PROJECTIONS.filter((part) => shapes.has(`blk.0.${part}.bias`)),
  };
  if ((metadata.number(key("expert_count")) ?? 0) > 0) {
    throw refuse("it is a mixture of experts", "它是混合专家模型");
  }
  if (number("rope.dimension_count", headSize) !== headSize) {
    throw refuse("it rotates only a part of each head", "它只旋转每个注意力头的一部分");
  }
  if (number("attention.value_length", headSize) !== headSize) {
    throw refuse("its values are not as wide as its keys", "其值与键的宽度不同");
  }
  if (config.heads % config.kvHeads !== 0 || headSize % 2 !== 0) {
    throw refuse(
      `its metadata contradicts itself (${heads} heads, ${config.kvHeads} key-value heads of ${headSize})`,
      `其元数据自相矛盾（${heads} 个头，${config.kvHeads} 个键值头，头长 ${headSize}）`,
    );
  }
  requireTensors(header, config, shapes);
  return config;
}

function architectureOf({ path, architecture }: GgufHeader): Architecture {
  if (Object.hasOwn(ARCHITECTURES, architecture)) return architecture as Architecture;
  const shown = printable(architecture);
  throw new UntrainableError(path, { en: `its architecture is ${shown}`, zh: `其架构为 ${shown}` });
}

function scalingOf({ path, metadata }: GgufHeader, architecture: Architecture): RopeScaling {
  const key = (name: string) => `${architecture}.rope.scaling.${name}`;
  const kind = metadata.string(key("type")) ?? "none";
  const factor = metadata.number(key("factor"));
  const originalContext = metadata.number(key("original_context_length"));
  if (kind === "none") return { kind };
  if (kind === "linear" && factor !== undefined) return { kind, factor };
  if (kind === "yarn" && factor !== undefined && originalContext !== undefined) {
    return { kind, factor, originalContext, attentionFactor: metadata.number(key("attn_factor")) ?? 1 };
  }
  const shown = printable(kind);
  throw new UntrainableError(path, {
    en: `its positions are scaled by "${shown}"`,
    zh: `其位置编码使用 "${shown}" 缩放`,
  });
}

/** Every tensor of the architecture must be there in its shape, and no other. */
function requireTensors(
  { path }: GgufHeader,
  config: ModelConfig,
  shapes: ReadonlyMap<string, readonly number[]>,
): void {
  const specs = [...weightSpecs(config), ...constantSpecs(config)];
  for (const { name, sizes } of specs) {
    const shape = shapes.get(name);
    if (shape !== undefined && sizes.every((size, i) => shape[i] === size)) continue;
    const found = shape === undefined ? undefined : `[${shape.join(", ")}]`;
    throw new UntrainableError(path, {
      en: `its tensor ${name} is ${found ?? "missing"}, and [${sizes.join(", ")}] belongs there`,
      zh: `其张量 ${name} ${found === undefined ? "缺失" : `为 ${found}`}，应为 [${sizes.join(", ")}]`,
    });
  }
  const known = new Set(specs.map(({ name }) => name));
  for (const name of shapes.keys()) {
    if (known.has(name)) continue;
    const shown = printable(name);
    throw new UntrainableError(path, {
      en: `its tensor ${shown} has no place in the architecture ${config.architecture}`,
      zh: `其张量 ${shown} 不属于 ${config.architecture} 架构`,
    });
  }
}
