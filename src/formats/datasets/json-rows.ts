import { JsonError, parseJson } from "../json.ts";
import { LONGEST_ROW, type Row } from "./row.ts";
import type { TextChunks } from "./text-chunks.ts";

/** A conversation of a thousand turns with tools in it stays far below. */
const LIMITS = { depth: 64, values: 2 ** 20 };

/** The values of JSON lines, one a line; empty lines are none. */
export async function* jsonLineRows(text: TextChunks): AsyncGenerator<Row> {
  for await (const { number, line } of linesOf(text)) {
    if (line === undefined) yield { number, dropped: "row-too-large" };
    else if (line.trim() !== "") yield rowOf(number, line);
  }
}

/** The lines of a text, without their ends; undefined in place of one that is longer than a row may be. */
export async function* linesOf(
  text: TextChunks,
): AsyncGenerator<{ readonly number: number; readonly line: string | undefined }> {
  // In pieces, because joining at every piece would copy a long line again and again.
  let pieces: string[] = [];
  let length = 0;
  let number = 0;
  const take = (piece: string): void => {
    length += piece.length;
    if (length > LONGEST_ROW) pieces = [];
    else pieces.push(piece);
  };
  const finish = () => {
    const line = length > LONGEST_ROW ? undefined : pieces.join("").replace(/\r$/, "");
    [pieces, length] = [[], 0];
    return { number: ++number, line };
  };
  for await (const chunk of text) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      take(chunk.slice(start, end));
      start = end + 1;
      yield finish();
    }
    if (start < chunk.length) take(chunk.slice(start));
  }
  if (length > 0) yield finish();
}

/**
 * The values of a JSON file: the items of the array that it is, or else the values that follow each other in it (which
 * reads JSON lines under the wrong name too). Numbers count the values.
 */
export async function* jsonRows(text: TextChunks): AsyncGenerator<Row> {
  const scanner = new ValueScanner();
  for await (const chunk of text) yield* scanner.push(chunk);
  yield* scanner.end();
}

/** Finds where values end by brackets and strings alone; whether they are JSON shows when they are read. */
class ValueScanner {
  #number = 0;
  /** Undefined until the first character tells. */
  #isArray: boolean | undefined;
  #isOver = false;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #value = "";
  #isTooLarge = false;

  *push(chunk: string): Generator<Row> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const character = chunk[at] ?? "";
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (character === "\\") this.#isEscaped = true;
        else if (character === '"') this.#inString = false;
        continue;
      }
      if (this.#isArray === undefined && character.trim() !== "") {
        this.#isArray = character === "[";
        if (this.#isArray) {
          start = at + 1;
          continue;
        }
      }
      if (character === '"') this.#inString = true;
      else if (character === "{" || character === "[") this.#depth++;
      else if (character === "}" || character === "]") {
        const closesFile = this.#depth === 0;
        if (closesFile) this.#isOver = true;
        else this.#depth--;
        if (!closesFile && (this.#depth > 0 || this.#isArray)) continue;
        yield* this.#finish(chunk.slice(start, closesFile ? at : at + 1));
        start = at + 1;
      } else if (character === "," && this.#depth === 0) {
        yield* this.#finish(chunk.slice(start, at));
        start = at + 1;
      }
    }
    this.#take(chunk.slice(start));
  }

  *end(): Generator<Row> {
    if (this.#value.trim() === "" && !this.#isTooLarge) return;
    if (this.#isOver || this.#isArray !== true) yield* this.#finish("");
    else yield { number: ++this.#number, dropped: "cut-short" };
  }

  #take(text: string): void {
    if (this.#isTooLarge) return;
    this.#value += text;
    if (this.#value.length > LONGEST_ROW) [this.#value, this.#isTooLarge] = ["", true];
  }

  *#finish(text: string): Generator<Row> {
    this.#take(text);
    const [value, isTooLarge] = [this.#value, this.#isTooLarge];
    [this.#value, this.#isTooLarge] = ["", false];
    if (isTooLarge) yield { number: ++this.#number, dropped: "row-too-large" };
    else if (value.trim() !== "") yield rowOf(++this.#number, value);
  }
}

function rowOf(number: number, text: string): Row {
  try {
    return { number, value: parseJson(text, LIMITS) };
  } catch (cause) {
    const detail = cause instanceof JsonError ? cause.text.en : String(cause);
    return { number, dropped: "not-json", detail };
  }
}
