import { sureLength } from "../thoughts.ts";
import { bare, bareBeginnings, CALL_FORMATS, type CallFormat, type WrittenCall } from "./formats.ts";
import type { Tool } from "./tool.ts";

/**
 * Tells calls of tools from the answer as it comes in pieces. Nothing of a call gets into the text: what may be the
 * beginning of one is kept back until it is known, and so is white space before it.
 */
export class CallReader {
  readonly calls: WrittenCall[] = [];
  readonly #tools: readonly Tool[];
  readonly #beginnings: readonly string[];
  #waiting = "";
  #format: CallFormat | undefined;
  /** Whether the reply may be a call without a mark; that can only be told at its beginning. */
  #mayBeBare = true;

  constructor(tools: readonly Tool[]) {
    this.#tools = tools;
    this.#beginnings = bareBeginnings(tools);
  }

  /** The text that is sure by now. */
  push(piece: string): string {
    this.#waiting += piece;
    return this.#read(false);
  }

  /** What was still kept back, when no more comes. */
  end(): string {
    return this.#read(true);
  }

  #read(isLast: boolean): string {
    let text = "";
    for (;;) {
      if (this.#format !== undefined) {
        if (!this.#readCall(this.#format, isLast)) return text;
        continue;
      }
      if (this.#mayBeBare && this.#waitForBare(isLast)) return text;
      const found = firstOf(this.#waiting);
      if (found === undefined) {
        const rest = this.#take(isLast ? this.#waiting.length : this.#sure());
        return text + (isLast && this.calls.length > 0 ? rest.trimEnd() : rest);
      }
      text += this.#take(found.at).trimEnd();
      this.#take(found.format.open.length);
      this.#format = found.format;
      this.#mayBeBare = false;
    }
  }

  /** Reads the call that has begun; false while its end is not there. */
  #readCall(format: CallFormat, isLast: boolean): boolean {
    const { close } = format;
    const ends = close === undefined ? [] : placesOf(this.#waiting, close);
    // The mark may also stand inside an argument, so the first end is taken up to which the call can be read.
    for (const end of ends) {
      if (this.#takeCall(format, end, close?.length ?? 0)) return true;
    }
    if (!isLast) return false;
    const end = ends[0] ?? this.#waiting.length;
    const length = ends.length === 0 ? 0 : (close?.length ?? 0);
    if (this.#takeCall(format, end, length)) return true;
    this.calls.push({ name: null, arguments: undefined, text: this.#waiting.slice(0, end) });
    this.#skip(end + length);
    return true;
  }

  #takeCall(format: CallFormat, end: number, closeLength: number): boolean {
    try {
      this.calls.push(...format.read(this.#waiting.slice(0, end), this.#tools));
    } catch {
      return false;
    }
    this.#skip(end + closeLength);
    return true;
  }

  /** Goes past a call, and past white space up to the next one. */
  #skip(length: number): void {
    this.#waiting = this.#waiting.slice(length).trimStart();
    this.#format = undefined;
  }

  /** Whether all is kept back, since it is or may become a call without a mark. */
  #waitForBare(isLast: boolean): boolean {
    const start = this.#waiting.replace(/\s+/g, "");
    const may = this.#beginnings.some((one) => one.startsWith(start) || start.startsWith(one));
    if (may && !isLast) return true;
    this.#mayBeBare = false;
    if (!may || start === "") return false;
    try {
      this.calls.push(...bare(this.#waiting));
      this.#waiting = "";
      return true;
    } catch {
      return false;
    }
  }

  #sure(): number {
    const sure = sureLength(this.#waiting, ...CALL_FORMATS.map(({ open }) => open));
    return this.#waiting.slice(0, sure).trimEnd().length;
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }
}

function firstOf(text: string): { readonly at: number; readonly format: CallFormat } | undefined {
  return CALL_FORMATS.map((format) => ({ at: text.indexOf(format.open), format }))
    .filter(({ at }) => at !== -1)
    .sort((one, other) => one.at - other.at)[0];
}

function placesOf(text: string, mark: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) places.push(at);
  return places;
}
