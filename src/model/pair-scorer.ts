import type { Engine } from "../engine/engine.ts";
import { type ScoreEngine, TextTooLongError } from "../engine/vectors.ts";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { CutText } from "./embedding-model.ts";
import type { PairPrompt } from "./pair-prompt.ts";

/** Tells how well a document answers a query, as a probability, from the tokens of both. */
export interface PairScorer extends AsyncDisposable {
  /** What the score is made of: a head of the model, or how likely it says yes against no. */
  readonly by: "head" | "yes or no";
  readonly prompt: PairPrompt;
  /** Most tokens of a pair. */
  readonly mostTokens: number;
  score(pairs: readonly (readonly number[])[], signal: AbortSignal | undefined): Promise<readonly number[]>;
}

/** A model with a head that was trained to score pairs: a cross-encoder, or a converted yes-or-no reranker. */
export class HeadScorer implements PairScorer {
  readonly by = "head";
  readonly prompt: PairPrompt;
  readonly #engine: ScoreEngine;
  readonly #labels: readonly string[];

  /** @param labels the head's, as the file names them. */
  constructor(engine: ScoreEngine, prompt: PairPrompt, labels: readonly string[]) {
    this.#engine = engine;
    this.prompt = prompt;
    this.#labels = labels;
  }

  get mostTokens(): number {
    return this.#engine.model.contextSize;
  }

  async score(
    pairs: readonly (readonly number[])[],
    signal: AbortSignal | undefined,
  ): Promise<readonly number[]> {
    const found = await this.#engine.scores(pairs, signal === undefined ? {} : { signal });
    return found.map((values) => this.#probability(values));
  }

  /**
   * One value is a logit, which a sigmoid makes a probability, as in sentence-transformers' CrossEncoder. Of several
   * the library has made probabilities already; the label "yes" is meant, else the first.
   */
  #probability(values: Float32Array): number {
    const value = values[Math.max(0, this.#labels.indexOf("yes"))] ?? Number.NaN;
    return values.length === 1 ? 1 / (1 + Math.exp(-value)) : value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** The words of an answer, in the spellings that count. */
export interface AnswerWords {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** A model that writes text: how likely its answer is yes, against no. */
export class YesNoScorer implements PairScorer {
  readonly by = "yes or no";
  readonly prompt: PairPrompt;
  readonly #engine: Engine;
  readonly #yes: readonly number[];
  readonly #no: readonly number[];

  private constructor(engine: Engine, prompt: PairPrompt, yes: readonly number[], no: readonly number[]) {
    this.#engine = engine;
    this.prompt = prompt;
    this.#yes = yes;
    this.#no = no;
  }

  /** Throws BadFileError where the vocabulary of the file at `path` cannot tell yes from no. */
  static async of(
    engine: Engine,
    prompt: PairPrompt,
    path: string,
    words: AnswerWords,
  ): Promise<YesNoScorer> {
    const first = async (some: readonly string[]): Promise<number[]> => {
      const ids = await Promise.all(some.map(async (word) => (await engine.tokenize(word))[0]));
      return [...new Set(ids.filter((id) => id !== undefined))];
    };
    const [yes, no] = await Promise.all([first(words.yes), first(words.no)]);
    if (yes.length === 0 || no.length === 0 || yes.some((id) => no.includes(id))) throw noAnswers(path);
    return new YesNoScorer(engine, prompt, yes, no);
  }

  get mostTokens(): number {
    return this.#engine.model.contextSize;
  }

  async score(
    pairs: readonly (readonly number[])[],
    signal: AbortSignal | undefined,
  ): Promise<readonly number[]> {
    return Promise.all(
      pairs.map(async (pair) => {
        const { of } = await this.#engine.next(pair, { top: 1, of: [...this.#yes, ...this.#no] });
        signal?.throwIfAborted();
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        const all = sum(of);
        return all === 0 ? 0.5 : sum(of.slice(0, this.#yes.length)) / all;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** The tokens of a pair, with the document cut at its end where it is too long and that is allowed. */
export async function fittedPair(
  tokensOf: (document: string) => Promise<readonly number[]>,
  document: string,
  index: number,
  mostTokens: number,
  truncate: boolean,
): Promise<{ readonly tokens: readonly number[]; readonly cut?: CutText }> {
  const whole = await tokensOf(document);
  if (whole.length <= mostTokens) return { tokens: whole };
  const around = (await tokensOf("")).length;
  if (!truncate || around >= mostTokens) throw new TextTooLongError(index, whole.length, mostTokens);
  // The tokens of a shorter text need not be the first ones of the whole: shorten it until it fits.
  let kept = document;
  let tokens = whole;
  while (tokens.length > mostTokens) {
    const share = (mostTokens - around) / (tokens.length - around);
    const length = Math.min(kept.length - 1, Math.floor(kept.length * share));
    kept = kept.slice(0, Math.max(0, length)).replace(/[\uD800-\uDBFF]$/, "");
    tokens = await tokensOf(kept);
  }
  return { tokens, cut: { index, textTokens: whole.length, keptTokens: tokens.length } };
}

function noAnswers(path: string): BadFileError {
  const shown = printable(path);
  return new BadFileError(path, {
    en: `The vocabulary of ${shown} cannot tell "yes" from "no", so it cannot judge documents; take a reranker.`,
    zh: `${shown} 的词表无法区分“yes”与“no”，因此不能评判文档；请使用重排模型。`,
  });
}
