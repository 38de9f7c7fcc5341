import type { FinishReason, Sampling } from "../engine/engine.ts";
import type { Text } from "../language.ts";
import type { Stage } from "../stage/stage.ts";

/** Why a text ended: as the engine says, or by a stop rule of the caller. */
export type Ending = FinishReason | "rule";

/** What was generated, with its measurements. */
export interface GenerationResult {
  readonly text: string;
  /** `stop`: the model ended; `rule`: a stop rule did; `length`: a limit of tokens or context; `aborted`: the caller. */
  readonly finishReason: Ending;
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    /** Tokens of the prompt that had been read before, in memory or on disk; where the engine tells. */
    readonly cachedTokens?: number;
  };
  /**
   * Tokens after the first, over the time that the engine took to compute them; reading the prompt and showing the
   * text do not count. 0 where there are not two tokens.
   */
  readonly tokensPerSecond: number;
  /** How tokens were drawn, the seed included: with it the text can be repeated. */
  readonly sampling: Sampling;
  /** The stage of the model that wrote this; null where it is not known. */
  readonly stage: Stage | null;
  readonly warnings: readonly Text[];
}

/**
 * Text that is being generated: iterate over its pieces as they come, or wait for the `result`. It starts at once.
 * Whoever leaves the iteration early aborts it. An error is thrown by the iteration and by `result` alike.
 */
export class Generation<Result extends GenerationResult = GenerationResult> implements AsyncIterable<string> {
  readonly result: Promise<Result>;
  readonly #pieces: string[] = [];
  readonly #abort = new AbortController();
  #isDone = false;
  /** Readers that have read all there is so far. */
  readonly #waiting: (() => void)[] = [];

  /** @param run generates: gives its pieces to `emit` and ends soon after its signal. */
  constructor(run: (emit: (piece: string) => void, signal: AbortSignal) => Promise<Result>) {
    const emit = (piece: string): void => {
      this.#pieces.push(piece);
      this.#wake();
    };
    this.result = run(emit, this.#abort.signal).finally(() => {
      this.#isDone = true;
      this.#wake();
    });
    // Whoever only iterates hears of a failure there.
    this.result.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    let given = 0;
    try {
      for (;;) {
        const piece = this.#pieces[given];
        if (piece !== undefined) {
          given++;
          yield piece;
        } else if (this.#isDone) {
          await this.result;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#waiting.push(resolve);
          });
        }
      }
    } finally {
      this.#abort.abort();
    }
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
