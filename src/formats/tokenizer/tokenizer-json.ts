import { BadFileError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { JsonError, parseJson } from "../json.ts";

/** The largest, of vocabularies with 260 thousand tokens, have 35 MB. */
export const MAX_TOKENIZER_BYTES = 64 * 2 ** 20;
const LIMITS = { depth: 16, values: 2 ** 23 };
/** More tokens than any model has; an id beyond would make a list of nothing but holes. */
const MAX_TOKENS = 2 ** 22;

type JsonObject = Readonly<Record<string, unknown>>;

/** A token that the tokenizer finds in text before anything else looks at it. */
export interface AddedToken {
  readonly id: number;
  readonly text: string;
  readonly isSpecial: boolean;
  /** Whether it swallows the spaces around it. */
  readonly strips: boolean;
}

/** What a `tokenizer.json` with a BPE model holds, checked. */
export interface TokenizerFile {
  readonly path: string;
  /** Ids by token, without those that were only added. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** The two parts of each merge, the most urgent first. */
  readonly merges: readonly (readonly [string, string])[];
  readonly addedTokens: readonly AddedToken[];
  /** Whether a pre-token that is itself a token is taken whole, whatever the merges say. */
  readonly ignoresMerges: boolean;
  /** Whether bytes that no token covers become `<0x00>` to `<0xFF>`, as in SentencePiece. */
  readonly fallsBackToBytes: boolean;
  readonly unknownToken: string | undefined;
  /** The steps before and after the model, in order; sequences are taken apart. */
  readonly normalizers: readonly JsonObject[];
  readonly preTokenizers: readonly JsonObject[];
  readonly postProcessors: readonly JsonObject[];
}

/**
 * Reads the text of a `tokenizer.json`. Pure: `path` only names the file in errors. Throws `BadFileError` where it is
 * no tokenizer or contradicts itself, and where its model is not BPE.
 * Source of the format: the serialisation of Hugging Face's `tokenizers` 0.23.
 */
export function parseTokenizerJson(path: string, source: string): TokenizerFile {
  const file = objectOf(path, source);
  const model = isObject(file.model) ? file.model : {};
  const { type = "BPE", vocab, merges } = model;
  if (type !== "BPE") {
    const shown = printable(String(type));
    throw new BadFileError(path, {
      en: `${printable(path)} is a ${shown} tokenizer, and only BPE is supported. Take a model with a BPE tokenizer.`,
      zh: `${printable(path)} 是 ${shown} 分词器，而目前只支持 BPE。请使用 BPE 分词器的模型。`,
    });
  }
  if (!isObject(vocab)) throw wrong(path, { en: "it has no vocabulary", zh: "没有词表" });
  if (text(model.continuing_subword_prefix) || text(model.end_of_word_suffix)) {
    throw wrong(path, {
      en: "it marks the inside or the end of words, which no supported model does",
      zh: "它对词内或词尾做标记，受支持的模型都不会这样",
    });
  }
  return {
    path,
    vocabulary: vocabularyOf(path, vocab),
    merges: mergesOf(path, merges),
    addedTokens: addedTokensOf(path, file.added_tokens),
    ignoresMerges: model.ignore_merges === true,
    fallsBackToBytes: model.byte_fallback === true,
    unknownToken: text(model.unk_token),
    normalizers: stepsOf(file.normalizer, "normalizers"),
    preTokenizers: stepsOf(file.pre_tokenizer, "pretokenizers"),
    postProcessors: stepsOf(file.post_processor, "processors"),
  };
}

function objectOf(path: string, source: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(source, LIMITS);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw wrong(path, cause.text);
  }
  if (!isObject(value)) throw wrong(path, { en: "it is no JSON object", zh: "不是 JSON 对象" });
  return value;
}

function vocabularyOf(path: string, vocab: JsonObject): Map<string, number> {
  const vocabulary = new Map<string, number>();
  const ids = new Set<number>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id) || ids.has(id)) {
      const shown = printable(token);
      throw wrong(path, {
        en: `the token "${shown}" has no id of its own`,
        zh: `词元 "${shown}" 没有自己的编号`,
      });
    }
    ids.add(id);
    vocabulary.set(token, id);
  }
  return vocabulary;
}

/** Merges are written as `"left right"`, or since `tokenizers` 0.20 as `["left", "right"]`. */
function mergesOf(path: string, merges: unknown): (readonly [string, string])[] {
  if (!Array.isArray(merges)) throw wrong(path, { en: "it has no merges", zh: "没有合并规则" });
  return merges.map((merge: unknown) => {
    const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const [left, right, ...more] = Array.isArray(parts) ? parts : [];
    if (typeof left === "string" && typeof right === "string" && left && right && more.length === 0) {
      return [left, right] as const;
    }
    const shown = printable(JSON.stringify(merge) ?? "");
    throw wrong(path, { en: `the merge ${shown} is not two tokens`, zh: `合并规则 ${shown} 不是两个词元` });
  });
}

function addedTokensOf(path: string, added: unknown): AddedToken[] {
  return (Array.isArray(added) ? added : []).map((token: unknown) => {
    const { id, content, special, lstrip, rstrip } = isObject(token) ? token : {};
    if (!isId(id) || typeof content !== "string" || content === "") {
      throw wrong(path, { en: "an added token has no id or no text", zh: "有附加词元缺少编号或文本" });
    }
    return { id, text: content, isSpecial: special === true, strips: lstrip === true || rstrip === true };
  });
}

/** The steps of one component: itself, or those of a `Sequence`. */
function stepsOf(component: unknown, inside: string): JsonObject[] {
  if (!isObject(component)) return [];
  if (component.type !== "Sequence") return [component];
  const steps = component[inside];
  return Array.isArray(steps) ? steps.flatMap((step: unknown) => stepsOf(step, inside)) : [];
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MAX_TOKENS;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(path: string, what: Text): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is no usable tokenizer: ${what.en}. Download it again.`,
    zh: `${printable(path)} 不是可用的分词器：${what.zh}。请重新下载。`,
  });
}
