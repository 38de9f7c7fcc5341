import { LlamaError } from "../../native/llama/error.ts";
import type { Vocabulary } from "../../native/llama/vocabulary.ts";
import { type AddedToken, isReserved, PlainText } from "./plain-text.ts";

/** Text to tokens and back, such that text never becomes a control token. */
export class TextTokens {
  /** Tokens outside ordinary text. */
  readonly added: readonly AddedToken[];
  /** Of those, the ids that text never becomes. */
  readonly reserved: ReadonlySet<number>;
  readonly #vocabulary: Vocabulary;
  readonly #plainText: PlainText;
  /** Whether the tokenizer puts a space before every text, as SentencePiece does. */
  readonly #beginsWithSpace: boolean;
  readonly #normalizes: boolean;

  /**
   * @param normalizes whether text is first brought into Unicode NFC, which the library never does itself.
   * @param unknown the token that stands for what the vocabulary does not know, where text may become it.
   * @param reserves which added tokens text never becomes.
   */
  constructor(
    vocabulary: Vocabulary,
    normalizes: boolean,
    unknown?: number,
    reserves: (token: AddedToken) => boolean = isReserved,
  ) {
    this.#vocabulary = vocabulary;
    this.#normalizes = normalizes;
    this.added = addedTokens(vocabulary);
    const reserved = this.added.filter(reserves);
    this.reserved = new Set(reserved.map(({ id }) => id).filter((id) => id !== unknown));
    this.#plainText = new PlainText(reserved.map(({ text }) => text));
    const [first] = vocabulary.tokenize("a");
    this.#beginsWithSpace = first !== undefined && vocabulary.piece(first, true)[0] === " ".charCodeAt(0);
  }

  /** Throws LlamaError where the text cannot be told apart from a control token of one character. */
  tokenize(text: string): number[] {
    const [first = "", ...rest] = this.#plainText.pieces(this.#normalizes ? text.normalize("NFC") : text);
    const begin = this.#vocabulary.tokenize(first);
    const tokens = [...begin, ...rest.flatMap((piece) => this.#tokenizeRest(piece))];
    if (tokens.some((token) => this.reserved.has(token))) throw notPlain();
    return tokens;
  }

  /** The tokens of a text that does not stand at a beginning, where some tokenizers put a space before it. */
  #tokenizeRest(text: string): number[] {
    const vocabulary = this.#vocabulary;
    const behindBreak = vocabulary.tokenize(`\n${text}`);
    const isBreak = (token: number): boolean =>
      Buffer.from(vocabulary.piece(token, true)).toString() === "\n";
    const at = behindBreak.findIndex(isBreak);
    return this.#beginsWithSpace && at !== -1 ? behindBreak.slice(at + 1) : vocabulary.tokenize(text);
  }
}

function addedTokens(vocabulary: Vocabulary): AddedToken[] {
  return Array.from({ length: vocabulary.size }, (_, id) => id).flatMap((id) => {
    const kind = vocabulary.kindOf(id);
    const text = kind === "ordinary" ? "" : vocabulary.textOf(id);
    return text === "" ? [] : [{ id, text, isControl: kind === "control" }];
  });
}

function notPlain(): LlamaError {
  return new LlamaError({
    en: "This model's tokenizer takes a part of the text for a control token; leave special characters out.",
    zh: "该模型的分词器把文本的一部分当作控制词元；请去掉特殊字符。",
  });
}
