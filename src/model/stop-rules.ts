import { BadInputError } from "../errors.ts";
import type { GenerationResult, WrittenToken } from "./generation.ts";

/** What ends a text beside the model itself and the limit of tokens. What ends it is not given out. */
export interface StopRules {
  /** The text ends before the first of these. */
  readonly until?: readonly string[];
  /** The text ends before the last of so many line breaks, so that it has at most so many lines. */
  readonly lines?: number;
}

/** Throws BadInputError where no text could meet the rules. */
export function requireStopRules({ until = [], lines }: StopRules): void {
  if (until.includes("")) {
    throw new BadInputError({
      en: "A text that ends the generation cannot be empty; give at least one character.",
      zh: "用于结束生成的文本不能为空；请给出至少一个字符。",
    });
  }
  if (lines === undefined || (Number.isSafeInteger(lines) && lines > 0)) return;
  throw new BadInputError({
    en: `lines cannot be ${lines}; give a whole number from 1.`,
    zh: `lines 不能是 ${lines}；请给出不小于 1 的整数。`,
  });
}

/** Passes a text on as it comes, up to what ends it; what may be the beginning of that is kept back until it is known. */
export class StopWatch {
  readonly #until: readonly string[];
  readonly #trims: boolean;
  #linesLeft: number;
  #waiting = "";
  #isBegun = false;
  #isStopped = false;

  /** @param trims whether white space at both ends of the text is left out. */
  constructor({ until = [], lines = Number.POSITIVE_INFINITY }: StopRules, trims = false) {
    this.#until = until;
    this.#linesLeft = lines;
    this.#trims = trims;
  }

  /** Whether a rule has ended the text. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The part of the text that is sure by now. */
  push(piece: string): string {
    if (this.#isStopped) return "";
    this.#waiting += piece;
    if (this.#trims && !this.#isBegun) this.#waiting = this.#waiting.trimStart();
    const end = this.#firstEnd();
    const begun = this.#firstBeginning();
    // a longer text that begins earlier may still be whole
    if (end !== undefined && end <= begun) return this.#give(end, true);
    const length = this.#trims ? this.#waiting.trimEnd().length : this.#waiting.length;
    return this.#give(Math.min(length, begun), false);
  }

  /** What was still kept back, when no more text comes. */
  end(): string {
    return this.#isStopped ? "" : this.#give(this.#firstEnd() ?? this.#waiting.length, true);
  }

  #give(length: number, isLast: boolean): string {
    const isCut = isLast && length < this.#waiting.length;
    let given = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    const end = this.#lineEnd(given);
    this.#isStopped = isCut || end !== undefined;
    if (end !== undefined) given = given.slice(0, end);
    if (this.#trims && (isLast || this.#isStopped)) given = given.trimEnd();
    this.#isBegun ||= given !== "";
    return given;
  }

  /** Where the last line that may be given ends, once it does. */
  #lineEnd(text: string): number | undefined {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
      if (--this.#linesLeft === 0) return at;
    }
    return undefined;
  }

  /** Where the first of the texts begins that stand whole in what is waiting. */
  #firstEnd(): number | undefined {
    const ends = this.#until.map((text) => this.#waiting.indexOf(text)).filter((at) => at !== -1);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #firstBeginning(): number {
    return Math.min(this.#waiting.length, ...this.#until.map((text) => this.#beginningOf(text)));
  }

  /** Where the end of what is waiting may be the beginning of a text. */
  #beginningOf(text: string): number {
    const whole = this.#waiting.length;
    for (let at = Math.max(0, whole - text.length + 1); at < whole; at++) {
      if (text.startsWith(this.#waiting.slice(at))) return at;
    }
    return whole;
  }
}

type Run = (emit: (piece: string) => void, signal: AbortSignal) => Promise<GenerationResult>;

/** Generates until the watch has seen the end. Tokens that the engine computed ahead of it are counted as written. */
export async function generateUnder(
  watch: StopWatch,
  run: Run,
  emit: (piece: string) => void,
  signal: AbortSignal,
): Promise<GenerationResult> {
  const ending = new AbortController();
  let text = "";
  const give = (piece: string): void => {
    text += piece;
    if (piece !== "") emit(piece);
  };
  const result = await run(
    (piece) => {
      give(watch.push(piece));
      if (watch.isStopped) ending.abort();
    },
    AbortSignal.any([signal, ending.signal]),
  );
  give(watch.end());
  if (!watch.isStopped) return { ...result, text };
  const tokens =
    result.tokens === undefined ? {} : { tokens: within(result.tokens, Buffer.byteLength(text)) };
  return { ...result, text, ...tokens, finishReason: "rule" };
}

/** The tokens that begin within so many bytes of text. */
function within(tokens: readonly WrittenToken[], length: number): readonly WrittenToken[] {
  let start = 0;
  return tokens.filter(({ bytes }) => {
    const isWithin = start < length;
    start += bytes.length;
    return isWithin;
  });
}
