import type { BadFileError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { ARCHITECTURES } from "./architectures.ts";
import type { GgufHeader } from "./header.ts";
import { unloadable } from "./problems.ts";

/** The native library keeps its per-layer tables in arrays of this size (`LLAMA_MAX_LAYERS`). */
const MAX_LAYERS = 512;
/** And its experts (`LLAMA_MAX_EXPERTS`). */
const MAX_EXPERTS = 1024;
/** No model is wider; a larger number asks for more memory than machines have. */
const MAX_EMBEDDING = 2 ** 20;

/** Architectures whose graph insists that RoPE turns the whole attention head (`n_embd_head == n_rot`). */
const WHOLE_HEAD_ROPE: ReadonlySet<string> = new Set([
  "llama",
  "mistral3",
  "qwen2",
  "qwen2moe",
  "qwen3",
  "qwen3moe",
  "smollm3",
  "internlm2",
  "olmo",
  "olmo2",
  "olmoe",
  "granite",
  "starcoder2",
  "exaone",
  "baichuan",
  "deepseek",
]);

const ANOTHER_FILE: Text = { en: "Download or convert it again", zh: "请重新下载或重新转换" };

/**
 * Refuses what would make the native library abort the whole process, or read what it should not: it checks these
 * numbers with assertions where a sentence is due. Throws `BadFileError`; returns when the header holds up.
 * Source of each rule: `load_hparams`, the vocabulary loader and the graphs of the pinned library.
 */
export function requireLoadable(header: GgufHeader): void {
  requireModel(header);
  requireLayers(header);
  requireHeads(header);
  requireExperts(header);
  requireVocabulary(header);
}

function requireModel(header: GgufHeader): void {
  const { architecture, metadata } = header;
  const type = metadata.string("general.type");
  if (type !== undefined && type !== "model") {
    throw problem(
      header,
      { en: `it is a "${printable(type)}", not a model`, zh: `它是 "${printable(type)}"，不是模型` },
      { en: "Give the model that it belongs to", zh: "请给出它所属的模型" },
    );
  }
  if (!ARCHITECTURES.has(architecture)) {
    throw problem(
      header,
      {
        en: `the architecture "${printable(architecture)}" is not supported`,
        zh: `不支持模型架构 "${printable(architecture)}"`,
      },
      {
        en: "Take a newer basewise, or a GGUF of a supported architecture",
        zh: "请使用更新的 basewise，或换用受支持架构的 GGUF",
      },
    );
  }
  const part = metadata.number("split.no") ?? 0;
  if (part > 0) {
    throw problem(
      header,
      {
        en: `it is part ${part + 1} of a model in several files`,
        zh: `它是多文件模型的第 ${part + 1} 个文件`,
      },
      { en: "Give the first file", zh: "请给出第一个文件" },
    );
  }
  if (header.tensors.length === 0) {
    throw problem(
      header,
      { en: "it holds a vocabulary and no weights", zh: "它只有词表，没有权重" },
      { en: "Give a GGUF with weights", zh: "请给出含权重的 GGUF" },
    );
  }
}

function requireLayers(header: GgufHeader): void {
  const layers = number(header, "block_count");
  if (layers === undefined || !isCount(layers, MAX_LAYERS))
    throw badNumber(header, "block_count", layers, MAX_LAYERS);
  const width = number(header, "embedding_length");
  if (width === undefined || !isCount(width, MAX_EMBEDDING)) {
    throw badNumber(header, "embedding_length", width, MAX_EMBEDDING);
  }
  const scaling = header.metadata.string(`${header.architecture}.rope.scaling.type`);
  if (scaling !== undefined && !["none", "linear", "yarn", "longrope"].includes(scaling)) {
    throw problem(
      header,
      {
        en: `its RoPE scaling "${printable(scaling)}" is unknown`,
        zh: `RoPE 缩放方式 "${printable(scaling)}" 未知`,
      },
      ANOTHER_FILE,
    );
  }
}

function requireHeads(header: GgufHeader): void {
  const width = number(header, "embedding_length") ?? 0;
  const heads = perLayer(header, "attention.head_count");
  // Architectures without attention (Mamba, RWKV) may leave the heads out or say 0.
  if (heads === undefined) return;
  const attentionFree = !header.tensors.some((tensor) => /\.attn_(q|qkv)\b/.test(tensor.name));
  if (heads.every((count) => count === 0) && attentionFree) return;
  const keyHeads = perLayer(header, "attention.head_count_kv") ?? heads;
  heads.forEach((count, layer) => {
    const keys = keyHeads.length === 1 ? keyHeads[0] : keyHeads[layer];
    if (!isCount(count, width) && !(count === 0 && heads.length > 1)) {
      throw badNumber(header, "attention.head_count", count, width);
    }
    // A layer with no key heads has no attention; that is only meant where layers differ.
    const without = keys === 0 && keyHeads.length > 1;
    if (keys === undefined || (!without && (!isCount(keys, count) || count % keys !== 0))) {
      throw problem(
        header,
        {
          en: `${count} attention heads cannot share ${keys ?? "no"} key heads`,
          zh: `${count} 个注意力头无法共用 ${keys ?? "0"} 个键值头`,
        },
        ANOTHER_FILE,
      );
    }
  });
  requireRotation(header, heads.find((count) => count > 0) ?? 1, width);
}

function requireRotation(header: GgufHeader, heads: number, width: number): void {
  const keyLength = number(header, "attention.key_length") ?? Math.floor(width / heads);
  const rotated = number(header, "rope.dimension_count") ?? keyLength;
  if (!isCount(keyLength, MAX_EMBEDDING))
    throw badNumber(header, "attention.key_length", keyLength, MAX_EMBEDDING);
  const whole = WHOLE_HEAD_ROPE.has(header.architecture);
  if (rotated > keyLength || rotated < 0 || rotated % 2 !== 0 || (whole && rotated !== keyLength)) {
    throw badNumber(header, "rope.dimension_count", rotated, keyLength);
  }
  const valueLength = number(header, "attention.value_length") ?? Math.floor(width / heads);
  if (whole && valueLength !== keyLength) {
    throw badNumber(header, "attention.value_length", valueLength, keyLength);
  }
}

function requireExperts(header: GgufHeader): void {
  const experts = number(header, "expert_count") ?? 0;
  const used = Math.max(0, ...(perLayer(header, "expert_used_count") ?? []));
  if (experts > MAX_EXPERTS || used > experts || (experts > 0 && used === 0)) {
    throw problem(
      header,
      {
        en: `it says to use ${used} of ${experts} experts`,
        zh: `它声称使用 ${experts} 个专家中的 ${used} 个`,
      },
      ANOTHER_FILE,
    );
  }
}

function requireVocabulary(header: GgufHeader): void {
  const rows = header.tensors.find((tensor) => tensor.name === "token_embd.weight")?.shape[1];
  const tokens = header.metadata.strings("tokenizer.ggml.tokens");
  if (header.metadata.string("tokenizer.ggml.model") === "none") return;
  if (tokens === undefined || tokens.length === 0) {
    throw problem(header, { en: "it has no vocabulary", zh: "它没有词表" }, ANOTHER_FILE);
  }
  if (rows !== undefined && rows !== tokens.length) {
    throw problem(
      header,
      {
        en: `its vocabulary has ${tokens.length} tokens, and token_embd.weight has ${rows} rows`,
        zh: `词表有 ${tokens.length} 个词元，而 token_embd.weight 有 ${rows} 行`,
      },
      ANOTHER_FILE,
    );
  }
  const seen = new Set<string>();
  for (const token of tokens) {
    // The library gives empty tokens a name of their own, and asserts that all names differ.
    if (token !== "" && seen.has(token)) {
      throw problem(
        header,
        {
          en: `its vocabulary has the token "${printable(token)}" twice`,
          zh: `词表中词元 "${printable(token)}" 出现了两次`,
        },
        ANOTHER_FILE,
      );
    }
    seen.add(token);
  }
}

function number(header: GgufHeader, key: string): number | undefined {
  return header.metadata.number(`${header.architecture}.${key}`);
}

/** A value that is one number for all layers, or an array with one for each. */
function perLayer(header: GgufHeader, key: string): number[] | undefined {
  const one = number(header, key);
  return one === undefined ? header.metadata.numbers(`${header.architecture}.${key}`) : [one];
}

function isCount(value: number, limit: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= limit;
}

function badNumber(header: GgufHeader, key: string, value: number | undefined, limit: number): BadFileError {
  const name = `${printable(header.architecture)}.${key}`;
  return problem(
    header,
    value === undefined
      ? { en: `it does not say ${name}`, zh: `它没有说明 ${name}` }
      : {
          en: `${name} is ${value}, which cannot be (at most ${limit})`,
          zh: `${name} 为 ${value}，不可能（上限 ${limit}）`,
        },
    ANOTHER_FILE,
  );
}

function problem(header: GgufHeader, what: Text, remedy: Text): BadFileError {
  return unloadable(header.path, what, remedy);
}
