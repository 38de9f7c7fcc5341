import type { LlamaAdapter } from "../../native/llama/adapter.ts";

/** Tokens to read, and what becomes of the outputs of some of them: the logits of the token that follows. */
export interface Job {
  /**
   * May grow when an output is taken, and lose tokens behind it, also such as have been read. The job is complete when
   * all have been read.
   */
  readonly tokens: readonly number[];
  /** Most tokens that it can grow to. */
  readonly mostTokens: number;
  /** The first position whose output is wanted; further on where it has been taken. */
  readonly firstOutput: number;
  /** The adapter that it is computed with. */
  readonly adapter?: LlamaAdapter | undefined;
  /** Hears, when it gets a sequence, how many of its tokens that holds already. */
  begin?(held: number): void;
  wantsOutput(position: number): boolean;
  /** @param index where the context's last batch has the output. */
  takeOutput(position: number, index: number): void;
}

/** Reads a text and visits the outputs of some positions. */
export class Reading implements Job {
  readonly tokens: readonly number[];
  readonly mostTokens: number;
  readonly firstOutput: number;
  readonly #positions: ReadonlySet<number>;
  readonly takeOutput: Job["takeOutput"];

  /** @param positions in ascending order; the last token is read for the sake of its output. */
  constructor(tokens: readonly number[], positions: readonly number[], takeOutput: Job["takeOutput"]) {
    const last = Math.max(...positions);
    this.tokens = tokens.slice(0, last + 1);
    this.mostTokens = this.tokens.length;
    this.firstOutput = Math.min(...positions);
    this.#positions = new Set(positions);
    this.takeOutput = takeOutput;
  }

  wantsOutput(position: number): boolean {
    return this.#positions.has(position);
  }
}
