import { BadInputError } from "../../errors.ts";
import { BYTE_ALPHABET, bytesOf } from "./alphabet.ts";
import { type MergeRules, mergeTokens } from "./merge.ts";
import { spellingOf } from "./spelling.ts";
import { preTokenEnd } from "./split.ts";
import type { TextTokenizer } from "./text-tokenizer.ts";
import { Utf8Stream } from "./utf8-stream.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Most pre-tokens of a text are a few thousand words over and over. Both limits bound the memory of the cache. */
const CACHED_WORDS = 65_536;
const CACHED_WORD_LENGTH = 64;

/**
 * Byte-level BPE as llama.cpp runs it for `tokenizer.ggml.model = "gpt2"` and `tokenizer.ggml.pre = "qwen2"`: text →
 * pre-tokens → UTF-8 bytes → merges. Nothing is normalised. A lone surrogate counts as U+FFFD.
 */
export class Tokenizer implements TextTokenizer {
  readonly vocabulary: Vocabulary;
  readonly #controlIds: ReadonlyMap<string, number>;
  readonly #userIds: ReadonlyMap<string, number>;
  /** Finds the user tokens in a text, the longest first where one begins like another. */
  readonly #userPattern: RegExp | undefined;
  readonly #byteIds: readonly number[];
  readonly #rules: MergeRules;
  readonly #bytes: readonly Uint8Array[];
  readonly #cache = new Map<string, readonly number[]>();

  /** Throws {@link BadInputError} where the vocabulary contradicts itself. */
  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.#controlIds = new Map(vocabulary.controlTokens.map(({ id, text }) => [text, id]));
    const userTokens = vocabulary.userTokens ?? [];
    this.#userIds = new Map(userTokens.map(({ id, text }) => [text, id]));
    this.#userPattern = patternOf([...this.#userIds.keys()]);
    const ids = ordinaryIds(vocabulary);
    this.#byteIds = BYTE_ALPHABET.map((character) => idOf(character, ids));
    this.#rules = mergeRules(vocabulary, ids);
    this.#bytes = vocabulary.tokens.map((token) =>
      this.#controlIds.has(token)
        ? new Uint8Array()
        : this.#userIds.has(token)
          ? Buffer.from(token, "utf8")
          : spelledBytes(token),
    );
  }

  /** The ids of a text. Never a control token: `<|im_end|>` in a text stays ordinary text. */
  encode(text: string): number[] {
    if (this.#userPattern === undefined) return this.#encodeOrdinary(text);
    const pieces = text.split(this.#userPattern);
    if (pieces.length === 1) return this.#encodeOrdinary(text);
    return pieces.flatMap((piece) => this.#userIds.get(piece) ?? this.#encodeOrdinary(piece));
  }

  #encodeOrdinary(text: string): number[] {
    const ids: number[] = [];
    for (let start = 0; start < text.length; ) {
      const end = preTokenEnd(text, start);
      for (const id of this.#encodeWord(text.slice(start, end))) ids.push(id);
      start = end;
    }
    return ids;
  }

  /** The id of a control token, for the template alone. Throws {@link BadInputError} where there is none. */
  controlId(text: string): number {
    const id = this.#controlIds.get(text);
    if (id === undefined) throw noControlToken(text, this.vocabulary);
    return id;
  }

  /** The bytes a token stands for, perhaps a part of a character: see {@link Utf8Stream}. None for a control token. */
  bytes(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined) {
      throw new BadInputError({
        en: `Token ${id} is outside the vocabulary of ${this.#bytes.length} tokens; decode with the tokenizer of the model that wrote it.`,
        zh: `编号 ${id} 超出了 ${this.#bytes.length} 个词元的词表；请用生成它的模型的分词器解码。`,
      });
    }
    return bytes;
  }

  /** The text of ids. Control tokens have none; a character cut short becomes U+FFFD. */
  decode(ids: Iterable<number>): string {
    const stream = new Utf8Stream();
    let text = "";
    for (const id of ids) text += stream.push(this.bytes(id));
    return text + stream.end();
  }

  #encodeWord(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;

    const bytes = Buffer.from(word, "utf8");
    const tokens = new Int32Array(bytes.length);
    for (const [index, byte] of bytes.entries()) tokens[index] = this.#byteIds[byte] ?? 0;
    const ids = mergeTokens(tokens, this.#rules);
    if (word.length <= CACHED_WORD_LENGTH) {
      if (this.#cache.size >= CACHED_WORDS) this.#cache.clear();
      // A copy as key: V8's slices keep the whole text they were cut from.
      this.#cache.set(bytes.toString("utf8"), ids);
    }
    return ids;
  }
}

/** A template names a control token that the tokenizer does not have. */
export function noControlToken(text: string, { controlTokens }: Vocabulary): BadInputError {
  const known = controlTokens.map((token) => token.text).join(" ");
  return new BadInputError({
    en: `The tokenizer has no control token ${text}; it has: ${known}. Use the template that belongs to the model.`,
    zh: `分词器没有控制符 ${text}；它有：${known}。请使用该模型自己的模板。`,
  });
}

/** Splits a text around these tokens and keeps them; undefined for none. */
function patternOf(texts: readonly string[]): RegExp | undefined {
  return texts.length === 0 ? undefined : new RegExp(`(${spellingOf(texts)})`, "u");
}

/** Token → id without the control tokens, so that nothing that ordinary text goes through can name one. */
function ordinaryIds({ tokens, controlTokens, userTokens = [] }: Vocabulary): Map<string, number> {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  if (ids.size < tokens.length) {
    const twice = tokens.find((token, id) => ids.get(token) !== id) ?? "";
    throw badVocabulary(`the token ${twice} has two ids`, `词元 ${twice} 有两个编号`);
  }
  for (const { id, text } of [...controlTokens, ...userTokens]) {
    if (tokens[id] !== text) {
      throw badVocabulary(`token ${id} is not the control token ${text}`, `编号 ${id} 不是控制符 ${text}`);
    }
    ids.delete(text);
  }
  return ids;
}

function mergeRules({ tokens, merges }: Vocabulary, ids: ReadonlyMap<string, number>): MergeRules {
  const ranks = new Map<number, number>();
  const results = new Int32Array(merges.length);
  merges.forEach((merge, rank) => {
    const [left, right, ...more] = merge.split(" ");
    if (left === undefined || right === undefined || more.length > 0) {
      throw badVocabulary(
        `the merge "${merge}" is not two tokens and a space`,
        `合并规则 "${merge}" 不是以空格隔开的两个词元`,
      );
    }
    const pair = idOf(left, ids) * tokens.length + idOf(right, ids);
    results[rank] = idOf(left + right, ids);
    // Of two equal merges the first holds, as in llama.cpp.
    if (!ranks.has(pair)) ranks.set(pair, rank);
  });
  return {
    rank: (left, right) => ranks.get(left * tokens.length + right) ?? -1,
    result: (rank) => results[rank] ?? -1,
  };
}

function idOf(token: string, ids: ReadonlyMap<string, number>): number {
  const id = ids.get(token);
  if (id === undefined) {
    throw badVocabulary(`it has no ordinary token ${token}`, `缺少普通词元 ${token}`);
  }
  return id;
}

function spelledBytes(token: string): Uint8Array {
  const bytes = bytesOf(token);
  if (bytes === undefined) {
    throw badVocabulary(
      `the token ${token} is not spelled in the byte alphabet`,
      `词元 ${token} 不是用字节字母表拼写的`,
    );
  }
  return Uint8Array.from(bytes);
}

function badVocabulary(en: string, zh: string): BadInputError {
  return new BadInputError({
    en: `The vocabulary cannot be used: ${en}. Take the tokenizer from the model's own files, unchanged.`,
    zh: `词表不可用：${zh}。请使用模型自带的、未经改动的分词器。`,
  });
}
