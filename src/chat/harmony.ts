import { type Channel, type Part, type ReplyReader, sureLength } from "./thoughts.ts";

/** The control tokens of Harmony. Source: openai/harmony, docs/format.md. */
const START = "<|start|>";
const CHANNEL = "<|channel|>";
const CONSTRAIN = "<|constrain|>";
const MESSAGE = "<|message|>";
const END = "<|end|>";
const CALL = "<|call|>";
export const HARMONY_MARKS: readonly string[] = [START, CHANNEL, CONSTRAIN, MESSAGE, END, CALL];

/** Whether a model with these tokens writes Harmony, in which everything stands in a channel. */
export function writesHarmony(tokens: ReadonlyMap<string, number>): boolean {
  return tokens.has(CHANNEL) && tokens.has(MESSAGE);
}

/** A message to a tool. */
export interface HarmonyCall {
  /** Whom it is for, such as `functions.get_weather`. */
  readonly recipient: string;
  readonly body: string;
}

/**
 * Reads the format of gpt-oss: messages of a header and a body, where the header names the channel (`analysis` is
 * thought, `final` the answer, `commentary` a call of a tool or words before one) and whom it is for.
 */
export class HarmonyReader implements ReplyReader {
  readonly calls: HarmonyCall[] = [];
  /** The header that is being read; null inside a body. */
  #header: string | null = "";
  #channel: Channel | "call" = "text";
  #waiting = "";
  #thinking: string | null = null;
  #text = "";

  get thinking(): string | null {
    return this.#thinking?.trimEnd() ?? null;
  }

  get text(): string {
    return this.#text;
  }

  get isThinking(): boolean {
    return this.#header === null && this.#channel === "thinking";
  }

  get closing(): string {
    return `${END}${START}assistant${CHANNEL}final${MESSAGE}`;
  }

  open(): void {
    this.#enter(`${CHANNEL}analysis`);
  }

  push(piece: string): Part[] {
    this.#waiting += piece;
    return this.#read(false);
  }

  end(): Part[] {
    return this.#read(true);
  }

  #read(isLast: boolean): Part[] {
    const parts: Part[] = [];
    for (;;) {
      const marks = this.#header === null ? [END, START, CALL, CHANNEL] : [MESSAGE];
      const mark = firstOf(this.#waiting, marks);
      if (mark === undefined) {
        const sure = isLast ? this.#waiting.length : sureLength(this.#waiting, ...marks);
        parts.push(...this.#give(this.#take(sure)));
        return parts;
      }
      parts.push(...this.#give(this.#take(this.#waiting.indexOf(mark))));
      this.#take(mark.length);
      if (mark === MESSAGE) this.#enter(this.#header ?? "");
      else this.#header = mark === CHANNEL ? CHANNEL : "";
    }
  }

  #enter(header: string): void {
    const recipient = /\bto=([^\s<]+)/u.exec(header)?.[1];
    this.#header = null;
    if (recipient !== undefined) {
      this.#channel = "call";
      this.calls.push({ recipient, body: "" });
    } else if (header.includes(`${CHANNEL}analysis`)) {
      this.#channel = "thinking";
      this.#thinking = this.#thinking === null ? "" : `${this.#thinking}\n`;
    } else this.#channel = "text";
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }

  #give(text: string): Part[] {
    if (text === "") return [];
    if (this.#header !== null) {
      this.#header += text;
      return [];
    }
    if (this.#channel === "call") {
      const call = this.calls.pop();
      if (call !== undefined) this.calls.push({ ...call, body: call.body + text });
      return [];
    }
    if (this.#channel === "text") this.#text += text;
    else this.#thinking = (this.#thinking ?? "") + text;
    return [{ channel: this.#channel, text }];
  }
}

/** The mark that stands first in a text. */
function firstOf(text: string, marks: readonly string[]): string | undefined {
  return marks
    .map((mark) => ({ mark, at: text.indexOf(mark) }))
    .filter(({ at }) => at !== -1)
    .sort((one, other) => one.at - other.at)[0]?.mark;
}
