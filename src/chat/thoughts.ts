/** What a model writes: its answer, or what it thinks before. */
export type Channel = "text" | "thinking";

/** A piece of a reply. */
export interface Part {
  /** Whether it is thought or said. */
  readonly channel: Channel;
  /** The piece itself. */
  readonly text: string;
}

/** Tells the parts of a reply apart as it comes in pieces, which may end inside a mark. */
export interface ReplyReader {
  /** What was thought by now; null where the reply has no thought. */
  readonly thinking: string | null;
  /** The answer by now. */
  readonly text: string;
  /** Whether what comes next belongs to a thought. */
  readonly isThinking: boolean;
  /** What ends the thought that goes on, and begins the answer. */
  readonly closing: string;
  /** The prompt has begun the thought; `end` is the mark that ends it. */
  open(end: string): void;
  /** The parts that are sure by now. */
  push(piece: string): Part[];
  /** What was still kept back, when no more comes. */
  end(): Part[];
}

/**
 * How families mark a thought. Sources: the chat templates of Qwen3, DeepSeek-R1, GLM-4.5, SmolLM3, Granite 3.3 and
 * others (`<think>`), of GLM-4.1V and early R1 tunings (`<thinking>`), EXAONE Deep (`<thought>`), Seed-OSS, Magistral,
 * Gemma 4 (`<|channel>thought`), Command A Reasoning and Granite 3.2 (a sentence).
 */
const TAGS = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"],
  ["<seed:think>", "</seed:think>"],
  ["[THINK]", "[/THINK]"],
  ["<|channel>thought", "<channel|>"],
  ["<|START_THINKING|>", "<|END_THINKING|>"],
  ["Here is my thought process:", "Here is my response:"],
] as const;

/** The marks; in some vocabularies they are control tokens, which have no text of their own. */
export const THOUGHT_MARKS: readonly string[] = [...TAGS.flat(), "<|channel>"];

/** The mark that ends the thought which a prompt leaves open, where it does. */
export function openedThought(prompt: string): string | undefined {
  return TAGS.find(([open]) => prompt.trimEnd().endsWith(open))?.[1];
}

/**
 * Tells thoughts from the answer by the marks around them. Only what a reply begins with is a thought: a mark in the
 * midst of an answer is a part of it.
 */
export class ThoughtReader implements ReplyReader {
  /** The mark that ends the thought; undefined in the answer, null where neither has begun. */
  #end: string | undefined | null = null;
  /** White space that a thought or an answer begins with is left out. */
  #isAtStart = true;
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
    return typeof this.#end === "string";
  }

  get closing(): string {
    return `\n${this.#end ?? ""}\n\n`;
  }

  open(end: string): void {
    this.#end = end;
    this.#thinking = "";
  }

  push(piece: string): Part[] {
    this.#waiting += piece;
    return this.#read(false);
  }

  end(): Part[] {
    return this.#read(true);
  }

  #read(isLast: boolean): Part[] {
    if (this.#end === null && !this.#begin(isLast)) return [];
    if (typeof this.#end !== "string") return this.#give("text", this.#take(this.#waiting.length));
    const at = this.#waiting.indexOf(this.#end);
    if (at === -1) {
      const sure = isLast ? this.#waiting.length : sureLength(this.#waiting, this.#end);
      return this.#give("thinking", this.#take(sure));
    }
    const thought = this.#give("thinking", this.#take(at));
    this.#take(this.#end.length);
    this.#end = undefined;
    this.#isAtStart = true;
    return [...thought, ...this.#give("text", this.#take(this.#waiting.length))];
  }

  /** Finds out whether a thought or the answer begins; false while that cannot be told. */
  #begin(isLast: boolean): boolean {
    const start = this.#waiting.trimStart();
    const tag = TAGS.find(([open]) => start.startsWith(open));
    if (tag !== undefined) {
      this.open(tag[1]);
      this.#waiting = start.slice(tag[0].length);
      return true;
    }
    if (!isLast && TAGS.some(([open]) => open.startsWith(start))) return false;
    this.#end = undefined;
    // An answer without a thought is given as it is.
    this.#isAtStart = false;
    return true;
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }

  #give(channel: Channel, taken: string): Part[] {
    const text = this.#isAtStart ? taken.trimStart() : taken;
    if (text === "") return [];
    this.#isAtStart = false;
    if (channel === "text") this.#text += text;
    else this.#thinking = (this.#thinking ?? "") + text;
    return [{ channel, text }];
  }
}

/** How much of a text is sure not to be the beginning of a mark. */
export function sureLength(text: string, ...marks: readonly string[]): number {
  const longest = Math.max(...marks.map((mark) => mark.length));
  for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
    const rest = text.slice(at);
    if (marks.some((mark) => mark.startsWith(rest))) return at;
  }
  return text.length;
}
