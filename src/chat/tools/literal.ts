/** How deep lists and dictionaries may nest. */
const DEEPEST = 64;
/** Gemma's quotation mark, a token of its own. */
export const GEMMA_QUOTE = '<|"|>';

/** Text that is no literal or no call. */
export class NotLiteralError extends Error {}

/**
 * Reads the literals in which models write arguments beside JSON: Python's, and those of Gemma 4, whose keys are bare and
 * whose strings stand in a quotation mark of their own.
 */
export class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  /** Goes past a text if it comes next. */
  take(text: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  require(text: string): void {
    if (!this.take(text)) throw new NotLiteralError(`no ${text} at ${this.#at}`);
  }

  /** A name of letters, digits, `_`, `-` and `.`. */
  word(): string {
    this.#skipSpace();
    const [word] = /^[\p{L}_][\p{L}\p{N}_.-]*/u.exec(this.#text.slice(this.#at, this.#at + 200)) ?? [];
    if (word === undefined) throw new NotLiteralError(`no name at ${this.#at}`);
    this.#at += word.length;
    return word;
  }

  /** `name=value, …)`, the opening bracket behind. */
  keywords(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    while (!this.take(")")) {
      if (entries.length > 0) this.require(",");
      if (this.take(")")) break;
      const name = this.word();
      this.require("=");
      entries.push([name, this.value(0)]);
    }
    return Object.fromEntries(entries);
  }

  /** `key: value, …}`, the opening bracket behind. */
  dictionary(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    while (!this.take("}")) {
      if (entries.length > 0) this.require(",");
      if (this.take("}")) break;
      const key = this.#string() ?? this.word();
      this.require(":");
      entries.push([key, this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new NotLiteralError("too deep");
    const text = this.#string();
    if (text !== undefined) return text;
    if (this.take("{")) return this.dictionary(depth);
    if (this.take("[")) return this.#list(depth);
    const [number] =
      /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(this.#text.slice(this.#at, this.#at + 400)) ?? [];
    if (number !== undefined) {
      this.#at += number.length;
      return Number(number);
    }
    const word = this.word();
    const known = WORDS.get(word);
    if (known === undefined) throw new NotLiteralError(`${word} is no value`);
    return known.value;
  }

  #list(depth: number): unknown[] {
    const values: unknown[] = [];
    while (!this.take("]")) {
      if (values.length > 0) this.require(",");
      if (this.take("]")) break;
      values.push(this.value(depth + 1));
    }
    return values;
  }

  #string(): string | undefined {
    if (this.take(GEMMA_QUOTE)) {
      const end = this.#text.indexOf(GEMMA_QUOTE, this.#at);
      if (end === -1) throw new NotLiteralError("a string without an end");
      const text = this.#text.slice(this.#at, end);
      this.#at = end + GEMMA_QUOTE.length;
      return text;
    }
    const quote = this.take('"') ? '"' : this.take("'") ? "'" : undefined;
    if (quote === undefined) return undefined;
    let text = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw new NotLiteralError("a string without an end");
      if (character === quote) return text;
      text += character === "\\" ? this.#escaped() : character;
    }
  }

  #escaped(): string {
    const character = this.#text[this.#at++] ?? "";
    const length = { x: 2, u: 4, U: 8 }[character];
    if (length === undefined) return ESCAPES.get(character) ?? `\\${character}`;
    const code = Number.parseInt(this.#text.slice(this.#at, this.#at + length), 16);
    this.#at += length;
    if (!(code <= 0x10ffff)) throw new NotLiteralError("no such character");
    return String.fromCodePoint(code);
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

const WORDS: ReadonlyMap<string, { readonly value: boolean | null }> = new Map([
  ["true", { value: true }],
  ["True", { value: true }],
  ["false", { value: false }],
  ["False", { value: false }],
  ["null", { value: null }],
  ["None", { value: null }],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["0", "\0"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["/", "/"],
  ["\n", ""],
]);
