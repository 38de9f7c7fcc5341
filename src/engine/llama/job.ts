import type { LlamaAdapter } from "../../native/llama/adapter.ts";
import type { LlamaContext } from "../../native/llama/context.ts";
import { LlamaSampler } from "../../native/llama/sampler.ts";
import type { Calls } from "./protocol.ts";

/** Tokens to read, and what becomes of the outputs of some of them: the logits of the token that follows. */
export interface Job {
  /** May grow when an output is taken. The job is complete when all have been read. */
  readonly tokens: readonly number[];
  /** Most tokens that it can grow to. */
  readonly mostTokens: number;
  /** The first position whose output is wanted. */
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

/** Reads a prompt and writes on: every output chooses a token, which is read next. */
export class Writing implements Job, Disposable {
  readonly tokens: number[];
  readonly mostTokens: number;
  readonly firstOutput: number;
  readonly #context: LlamaContext;
  readonly #sampler: LlamaSampler;
  readonly #stopTokens: ReadonlySet<number>;
  readonly #emit: (id: number, elapsed: number) => void;
  #left: number;
  #start: number | undefined;
  #isStopped = false;

  /** @param emit hears each token, and the milliseconds since the first one. */
  constructor(
    context: LlamaContext,
    { prompt, maxTokens, sampling, stopTokens }: Calls["generate"]["ask"],
    emit: (id: number, elapsed: number) => void,
  ) {
    const { temperature, topK = 0, topP = 1, minP = 0, seed = 0 } = sampling;
    this.tokens = [...prompt];
    // The last token that it writes need not be read.
    this.mostTokens = Math.min(context.contextLength, prompt.length + maxTokens - 1);
    this.firstOutput = prompt.length - 1;
    this.#context = context;
    this.#sampler = new LlamaSampler({ temperature, topK, topP, minP, seed });
    this.#stopTokens = new Set(stopTokens);
    this.#emit = emit;
    this.#left = maxTokens;
  }

  /** Whether it came to a stop token. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  wantsOutput(position: number): boolean {
    return position >= this.firstOutput;
  }

  takeOutput(_position: number, index: number): void {
    const token = this.#sampler.sample(this.#context, index);
    this.#isStopped = this.#stopTokens.has(token);
    if (this.#isStopped) return;
    const now = performance.now();
    this.#start ??= now;
    this.#emit(token, now - this.#start);
    if (--this.#left > 0 && this.tokens.length < this.mostTokens) this.tokens.push(token);
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
  }
}
