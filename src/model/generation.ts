import type { Channel, Part } from "../chat/thoughts.ts";
import type { ToolCall } from "../chat/tools/tool.ts";
import type { FinishReason, Sampling } from "../engine/engine.ts";
import type { Text } from "../language.ts";
import type { Stage } from "../stage/stage.ts";
import type { SamplingAdviceTaken } from "./sampling-advice.ts";

/** Why a text ended: as the engine says, or by a stop rule of the caller, because it only repeats itself, or because it calls tools. */
export type Ending = FinishReason | "rule" | "loop" | "tool_calls";

/** A token that was written, and how likely it was to the model before sampling made any token more or less so. */
export interface WrittenToken extends LikelyToken {
  /** The most likely tokens there, most likely first. */
  readonly top: readonly LikelyToken[];
}

/** A token with its likelihood. */
export interface LikelyToken {
  /** Its id in the vocabulary. */
  readonly id: number;
  /** Its bytes as text; a part of a character shows as U+FFFD. */
  readonly text: string;
  /** Its bytes, which may be a part of a character. */
  readonly bytes: readonly number[];
  /** ln p. */
  readonly logProbability: number;
}

/** What was generated, with its measurements. */
export interface GenerationResult {
  /** What was written. */
  readonly text: string;
  /** `stop`: the model ended; `rule`: a stop rule did; `loop`: it repeated itself; `tool_calls`: the model ended and waits for results; `length`: a limit of tokens or context; `aborted`: the caller. */
  readonly finishReason: Ending;
  /** What was read and written, in tokens. */
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    /** Tokens of the prompt that had been read before, in memory or on disk; where the engine tells. */
    readonly cachedTokens?: number;
    /** How many of those had been guessed, where `speculation` or a draft model was asked for. */
    readonly draftedTokens?: number;
  };
  /**
   * Tokens after the first, over the time that the engine took to compute them; reading the prompt and showing the
   * text do not count. 0 where there are not two tokens.
   */
  readonly tokensPerSecond: number;
  /** How tokens were drawn, the seed included: with it the text can be repeated. */
  readonly sampling: Sampling;
  /** The tokens of the text and how likely they were, where `logprobs` was asked for. */
  readonly tokens?: readonly WrittenToken[];
  /** The stage of the model that wrote this; null where it is not known. */
  readonly stage: Stage | null;
  /** What to mind about this text. */
  readonly warnings: readonly Text[];
}

/** The reply to a conversation. Its `text` is the answer alone. */
export interface ReplyResult extends GenerationResult {
  /** What the model thought before the answer; null where it did not think. */
  readonly thinking: string | null;
  /** The tools that the model called, in their order. */
  readonly toolCalls: readonly ToolCall[];
  /** The budget of the thought, where one was given, and whether it ended the thought. */
  readonly thinkingBudget?: { readonly tokens: number; readonly isReached: boolean };
  /** Where the sampling is from that the caller did not choose. */
  readonly samplingAdvice: SamplingAdviceTaken;
}

/**
 * Text that is being generated: iterate over its pieces as they come, or wait for the `result`. It starts at once.
 * Whoever leaves the iteration early aborts it. An error is thrown by the iteration and by `result` alike.
 */
export class Generation<R extends GenerationResult = GenerationResult> implements AsyncIterable<string> {
  /** The whole text and its measurements, when it has ended. */
  readonly result: Promise<R>;
  /** Where more than one text was asked for: the others, each a generation of its own with the next seed. */
  readonly alternatives: readonly Generation<R>[];
  readonly #parts: Part[] = [];
  readonly #abort = new AbortController();
  #isDone = false;
  /** Readers that have read all there is so far. */
  readonly #waiting: (() => void)[] = [];

  /** @param run generates: gives its pieces to `emit` and ends soon after its signal. */
  constructor(
    run: (emit: (text: string, channel?: Channel) => void, signal: AbortSignal) => Promise<R>,
    alternatives: readonly Generation<R>[] = [],
  ) {
    this.alternatives = alternatives;
    const emit = (text: string, channel: Channel = "text"): void => {
      this.#parts.push({ channel, text });
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
    for await (const { channel, text } of this.parts()) if (channel === "text") yield text;
  }

  /** The pieces with what they belong to: the iteration itself leaves thoughts out. */
  async *parts(): AsyncGenerator<Part, void> {
    let given = 0;
    try {
      for (;;) {
        const piece = this.#parts[given];
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
