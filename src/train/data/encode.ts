import type { ConversationExample } from "../../formats/datasets/example.ts";
import { spellingOf } from "../../formats/tokenizer/spelling.ts";
import type { TextTokenizer } from "../../formats/tokenizer/text-tokenizer.ts";
import type { ControlToken } from "../../formats/tokenizer/vocabulary.ts";
import { type Segment, trainedFrom } from "../batch.ts";
import type { LaidOut } from "./layout.ts";

/** A stretch of tokens that are learnt, [from, to). */
export interface TrainedRun {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** A sample as tokens, kept small: a set may have millions. */
export class Sample implements Segment {
  readonly ids: Int32Array;
  readonly runs: readonly TrainedRun[];

  constructor(ids: ArrayLike<number>, runs: readonly TrainedRun[]) {
    this.ids = ids instanceof Int32Array ? ids : Int32Array.from(ids);
    this.runs = runs;
  }

  trained(i: number): boolean {
    return this.weight(i) > 0;
  }

  weight(i: number): number {
    return this.runs.find(({ from, to }) => from <= i && i < to)?.weight ?? 0;
  }

  /** Tokens that are learnt. */
  get trainedTokens(): number {
    return this.runs.reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(trainedFrom, from)), 0);
  }
}

/** Turns laid-out texts into tokens: only what the template wrote becomes control tokens. */
export class SampleEncoder {
  readonly #tokenizer: TextTokenizer;
  readonly #pattern: RegExp | undefined;
  readonly #begin: number | undefined;
  /** Texts of the tokens that may end a turn, the longest first. */
  readonly specials: readonly string[];

  /** @param begin the token that the tokenizer puts before every text, where it does. */
  constructor(tokenizer: TextTokenizer, begin?: number) {
    const { controlTokens, userTokens = [] } = tokenizer.vocabulary;
    this.#tokenizer = tokenizer;
    this.#begin = begin;
    const textsOf = (tokens: readonly ControlToken[]) =>
      tokens.map(({ text }) => text).sort((one, other) => other.length - one.length);
    this.specials = textsOf([...controlTokens, ...userTokens]);
    const texts = textsOf(controlTokens);
    this.#pattern = texts.length === 0 ? undefined : new RegExp(`(${spellingOf(texts)})`, "u");
  }

  /**
   * A conversation whose texts spell no control token: a character that none of them holds (`guard`) is put into what
   * spells one, and `encode` takes it out again.
   */
  disarmed(conversation: ConversationExample): { conversation: ConversationExample; guard: string } {
    const pattern = this.#pattern;
    const json = JSON.stringify(conversation);
    if (pattern?.test(json) !== true) return { conversation, guard: "" };
    let guard = "\uE000";
    while (json.includes(guard)) guard = String.fromCharCode(guard.charCodeAt(0) + 1);
    const apart = json
      .split(pattern)
      .map((part, i) => (i % 2 === 1 ? `${part.slice(0, 1)}${guard}${part.slice(1)}` : part));
    return { conversation: JSON.parse(apart.join("")), guard };
  }

  /** The tokens of a laid-out text. Words never cross the edge of what is learnt, as they cannot when it is written. */
  encode({ text, spans }: LaidOut, guard = ""): Sample {
    const ids: number[] = [];
    const runs: TrainedRun[] = [];
    let at = 0;
    for (const { start, end, weight } of spans) {
      this.#push(ids, text.slice(at, start), guard);
      const from = ids.length;
      this.#push(ids, text.slice(start, end), guard);
      runs.push({ from, to: ids.length, weight });
      at = end;
    }
    this.#push(ids, text.slice(at), guard);
    // As in serving: once, whether the template writes it or not.
    if (this.#begin === undefined || ids[0] === this.#begin) return new Sample(ids, runs);
    const later = runs.map(({ from, to, weight }) => ({ from: from + 1, to: to + 1, weight }));
    return new Sample([this.#begin, ...ids], later);
  }

  #push(ids: number[], text: string, guard: string): void {
    const parts = this.#pattern === undefined ? [text] : text.split(this.#pattern);
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 1) ids.push(this.#tokenizer.controlId(part));
      else
        for (const id of this.#tokenizer.encode(guard === "" ? part : part.replaceAll(guard, "")))
          ids.push(id);
    }
  }
}
