import type { Handle, Pointer } from "../handle.ts";
import { llama } from "./bindings.ts";
import { grown } from "./buffer.ts";
import { badToken, isIndex } from "./error.ts";

/** How the tokenizer treats a token (`enum llama_token_attr`): several may hold at once. */
const UNKNOWN = 1;
const CONTROL = 8;
const USER_DEFINED = 16;

/** What kind of token it is: one the tokenizer never makes from text, one that was added to it, or an ordinary one. */
export type TokenKind = "control" | "added" | "ordinary";

/** The address of a vocabulary, for this folder alone. */
export let pointerOf: (vocabulary: Vocabulary) => Pointer;

/** The tokens of a model; it lives as long as the model does. */
export class Vocabulary {
  readonly #model: Handle;
  readonly #address: Pointer;
  /** Number of tokens. */
  readonly size: number;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Whether every text begins with the beginning-of-sequence token. */
  readonly addsBos: boolean;

  constructor(model: Handle) {
    this.#model = model;
    const native = llama();
    const pointer = native.vocabulary(model.pointer);
    this.#address = pointer;
    this.size = native.tokenCount(pointer);
    this.bos = tokenOrNone(native.bos(pointer));
    this.eos = tokenOrNone(native.eos(pointer));
    this.addsBos = native.addsBos(pointer) && this.bos !== undefined;
  }

  static {
    pointerOf = (vocabulary) => vocabulary.#pointer;
  }

  /** The text that stands for a token in the vocabulary: a control token's name. */
  textOf(token: number): string {
    return llama().tokenText(this.#pointer, this.#known(token));
  }

  kindOf(token: number): TokenKind {
    const attributes = llama().attributes(this.#pointer, this.#known(token));
    if ((attributes & (CONTROL | UNKNOWN)) !== 0) return "control";
    return (attributes & USER_DEFINED) !== 0 ? "added" : "ordinary";
  }

  /** Whether generation ends on this token. */
  isEnd(token: number): boolean {
    return llama().isEnd(this.#pointer, this.#known(token));
  }

  /**
   * The tokens of a text, without a beginning-of-sequence token. Never a control token; added tokens, such as
   * `<think>`, are found in text nevertheless.
   */
  tokenize(text: string): number[] {
    return this.#tokenize(text, false);
  }

  /** The tokens that the tokenizer's own rules put before and behind every text, such as `[CLS]` and `[SEP]`. */
  frame(): { readonly before: readonly number[]; readonly behind: readonly number[] } {
    const plain = this.#tokenize("a", false);
    const framed = this.#tokenize("a", true);
    const at = framed.findIndex((_, i) => plain.every((token, j) => framed[i + j] === token));
    if (plain.length === 0 || at === -1) return { before: [], behind: [] };
    return { before: framed.slice(0, at), behind: framed.slice(at + plain.length) };
  }

  /** What stands between two texts that are read as a pair. Source: `format_prompt_rerank` of llama.cpp's server. */
  pairSeparator(): number[] {
    const native = llama();
    const pointer = this.#pointer;
    const [end, separator] = [tokenOrNone(native.eos(pointer)), tokenOrNone(native.separator(pointer))];
    return [
      native.addsEos(pointer) ? (end ?? separator) : undefined,
      native.addsSeparator(pointer) ? separator : undefined,
    ].filter((token) => token !== undefined);
  }

  #tokenize(text: string, isFramed: boolean): number[] {
    const bytes = Buffer.from(text, "utf8");
    let tokens = new Int32Array(bytes.length + 8);
    const tokenize = (): number =>
      llama().tokenize(this.#pointer, bytes, bytes.length, tokens, tokens.length, isFramed, false);
    let count = tokenize();
    if (count < 0) {
      tokens = new Int32Array(-count);
      count = tokenize();
    }
    return Array.from(tokens.subarray(0, Math.max(0, count)));
  }

  /** The bytes that a token writes. A control token writes its name when `control` is true, else nothing. */
  piece(token: number, control: boolean): Uint8Array {
    const vocabulary = this.#pointer;
    const known = this.#known(token);
    const bytes = grown(64, (buffer) => llama().piece(vocabulary, known, buffer, buffer.length, 0, control));
    return Uint8Array.from(bytes ?? []);
  }

  /** Throws LlamaError for the first that is no token of this vocabulary. */
  require(tokens: readonly number[]): void {
    for (const token of tokens) this.#known(token);
  }

  get #pointer(): Pointer {
    void this.#model.pointer; // throws when the model is gone
    return this.#address;
  }

  #known(token: number): number {
    if (isIndex(token, this.size)) return token;
    throw badToken(token, this.size);
  }
}

function tokenOrNone(token: number): number | undefined {
  return token < 0 ? undefined : token;
}
