import { isByteLevel, preTokenizerName } from "../formats/tokenizer/pre-tokenizers.ts";
import type { TokenizerFile } from "../formats/tokenizer/tokenizer-json.ts";
import type { Text } from "../language.ts";
import type { GgufValue } from "../native/gguf-writer.ts";
import { printable } from "../printable.ts";
import { sentencePieceMetadata } from "./sentencepiece.ts";
import { ANOTHER_MODEL, UnconvertibleError } from "./unconvertible.ts";

/** `tokenizer.ggml.token_type`; source: `enum llama_token_type`. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Every token by its id, with its type. */
export interface TokenList {
  readonly texts: readonly string[];
  readonly types: Int32Array;
}

/** Texts that mark structure although their file does not call them special; programs must not take them from text. */
const LOOKS_SPECIAL = /^(<\|.*\|>|<｜.*｜>)$/s;
const BYTE_TOKEN = /^<0x[0-9A-F]{2}>$/;

/**
 * The metadata that makes libllama tokenize as this tokenizer does, for an embedding of `rows` rows; the rows without
 * a token get a name. `scores` come from a SentencePiece model, and from merges where there is none. Throws UnconvertibleError where libllama knows no way to tokenize the same.
 */
export function vocabularyMetadata(
  tokenizer: TokenizerFile,
  rows: number,
  scores?: ReadonlyMap<number, number>,
): [string, GgufValue][] {
  const tokens = tokenList(tokenizer, rows);
  return [
    ...(isByteLevel(tokenizer) ? byteLevelMetadata(tokenizer) : sentencePiece(tokenizer, rows, scores)),
    ["tokenizer.ggml.tokens", { strings: tokens.texts }],
    ["tokenizer.ggml.token_type", { i32s: tokens.types }],
  ];
}

function byteLevelMetadata(tokenizer: TokenizerFile): [string, GgufValue][] {
  const pre = preTokenizerName(tokenizer);
  const isNormalized = tokenizer.normalizers.every(({ type }) => type === "NFC");
  if (pre === undefined || !isNormalized) {
    throw unlike(tokenizer, {
      en: `its tokenizer cuts text in a way that is not known (${isNormalized ? "pre_tokenizer" : "normalizer"})`,
      zh: `其分词器切分文本的方式未知（${isNormalized ? "pre_tokenizer" : "normalizer"}）`,
    });
  }
  return [
    ["tokenizer.ggml.model", "gpt2"],
    ["tokenizer.ggml.pre", pre],
    ["tokenizer.ggml.merges", { strings: tokenizer.merges.map(([left, right]) => `${left} ${right}`) }],
  ];
}

function sentencePiece(
  tokenizer: TokenizerFile,
  rows: number,
  scores: ReadonlyMap<number, number> | undefined,
): [string, GgufValue][] {
  const found = sentencePieceMetadata(tokenizer, rows, scores);
  if ("unlike" in found) throw unlike(tokenizer, found.unlike);
  return found.metadata;
}

function tokenList({ path, vocabulary, addedTokens, unknownToken }: TokenizerFile, rows: number): TokenList {
  const texts: (string | undefined)[] = Array.from({ length: rows });
  const types = new Int32Array(rows).fill(TOKEN_TYPES.unused);
  const put = (id: number, text: string, type: number): void => {
    if (id >= rows) throw tooMany(path, id + 1, rows);
    texts[id] = text;
    types[id] = type;
  };
  for (const [text, id] of vocabulary) {
    put(id, text, BYTE_TOKEN.test(text) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal);
  }
  for (const { id, text, isSpecial } of addedTokens) {
    const isControl = isSpecial || LOOKS_SPECIAL.test(text);
    put(id, text, isControl ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined);
  }
  const unknown = unknownToken === undefined ? undefined : vocabulary.get(unknownToken);
  if (unknown !== undefined && unknown < rows) types[unknown] = TOKEN_TYPES.unknown;
  return { texts: named(path, texts), types };
}

/** Gives the rows without a token a name of their own, and refuses what cannot be told apart in the file. */
function named(path: string, texts: readonly (string | undefined)[]): string[] {
  const seen = new Set<string>();
  return texts.map((text, id) => {
    const name = text ?? `[PAD${id}]`;
    if (name === "" || name.includes("\0") || seen.has(name)) {
      const shown = printable(name);
      throw new UnconvertibleError(
        path,
        {
          en: `its token ${id} ("${shown}") is empty, is there twice, or holds a zero byte`,
          zh: `其词元 ${id}（"${shown}"）为空、重复或含有零字节`,
        },
        ANOTHER_MODEL,
      );
    }
    seen.add(name);
    return name;
  });
}

function tooMany(path: string, tokens: number, rows: number): UnconvertibleError {
  return new UnconvertibleError(
    path,
    {
      en: `its tokenizer has ${tokens} tokens, and the embedding only ${rows} rows`,
      zh: `其分词器有 ${tokens} 个词元，而嵌入只有 ${rows} 行`,
    },
    { en: "take the tokenizer and the weights from the same model", zh: "请使用同一模型的分词器和权重" },
  );
}

function unlike({ path }: TokenizerFile, what: Text): UnconvertibleError {
  return new UnconvertibleError(path, what, ANOTHER_MODEL);
}
