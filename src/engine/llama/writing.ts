import type { LlamaContext } from "../../native/llama/context.ts";
import { LlamaSampler } from "../../native/llama/sampler.ts";
import { highest, logSumExp } from "../distribution.ts";
import type { Sampling } from "../engine.ts";
import { Draft } from "./draft.ts";
import type { Job } from "./job.ts";
import type { Drafter } from "./prompt-lookup.ts";
import type { Calls } from "./protocol.ts";

/** A token that was written. */
export interface Written {
  readonly id: number;
  /** Milliseconds since the first one. */
  readonly elapsed: number;
  /** ln p of the token and of the most likely ones, where they were asked for. */
  readonly logProbability?: number;
  readonly top?: readonly { readonly id: number; readonly logProbability: number }[];
  /** Whether it had been guessed. */
  readonly isDrafted?: true;
}

/** Reads a prompt and writes on: every output chooses a token, which is read next. */
export class Writing implements Job, Disposable {
  /** What was read and written, and behind it what is guessed and not yet confirmed. */
  readonly tokens: number[];
  readonly mostTokens: number;
  #firstOutput: number;
  readonly #context: LlamaContext;
  readonly #sampler: LlamaSampler;
  readonly #stopTokens: ReadonlySet<number>;
  readonly #logprobs: number | undefined;
  readonly #emit: (token: Written) => void;
  readonly #draft: Draft | undefined;
  #left: number;
  #start: number | undefined;
  #isStopped = false;

  /**
   * @param emit hears each token.
   * @param drafter guesses tokens, each of which is confirmed before it is emitted: none is emitted that would not be
   * without it. Only for memories that can be cut anywhere. Source: Leviathan et al. 2023, "Fast Inference from
   * Transformers via Speculative Decoding".
   */
  constructor(
    context: LlamaContext,
    { prompt, maxTokens, sampling, stopTokens, grammar, logprobs }: Calls["generate"]["ask"],
    emit: (token: Written) => void,
    drafter?: Drafter,
  ) {
    this.tokens = [...prompt];
    // The last token that it writes need not be read.
    this.mostTokens = Math.min(context.contextLength, prompt.length + maxTokens - 1);
    this.#firstOutput = prompt.length - 1;
    this.#context = context;
    this.#sampler = samplerOf(context, sampling, grammar);
    this.#sampler.lookBackAt(prompt);
    this.#stopTokens = new Set(stopTokens);
    this.#logprobs = logprobs;
    this.#emit = emit;
    this.#draft = drafter === undefined ? undefined : new Draft(drafter);
    this.#left = maxTokens;
  }

  /** Whether it came to a stop token, or to the end of its grammar. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The position whose output chooses the next token. */
  get firstOutput(): number {
    return this.#firstOutput;
  }

  wantsOutput(position: number): boolean {
    return position >= this.#firstOutput;
  }

  takeOutput(position: number, index: number): void {
    this.#firstOutput = position + 1;
    const token = this.#sampler.sample(index);
    this.#isStopped = token === undefined || this.#stopTokens.has(token);
    if (token === undefined || this.#isStopped) {
      this.#takeBack(position + 1);
      return;
    }
    const isDrafted = this.tokens[position + 1] === token;
    if (isDrafted) this.#draft?.confirm();
    const now = performance.now();
    this.#start ??= now;
    this.#emit({
      id: token,
      elapsed: now - this.#start,
      ...this.#likelihood(token, index),
      ...(isDrafted ? { isDrafted } : {}),
    });
    const isLast = --this.#left === 0 || position + 1 === this.mostTokens;
    if (isDrafted && !isLast) return; // what was guessed behind it may be right, too
    this.#takeBack(position + 1);
    if (isLast) return;
    this.tokens.push(token);
    const most = Math.min(this.#left - 1, this.mostTokens - this.tokens.length);
    if (this.#draft !== undefined) this.tokens.push(...this.#draft.next(this.tokens, most));
  }

  /** Drops what was guessed from this position on. */
  #takeBack(position: number): void {
    this.tokens.length = position;
  }

  /** By the logits as the model gave them: samplers work on a copy. */
  #likelihood(token: number, index: number): Pick<Written, "logProbability" | "top"> {
    if (this.#logprobs === undefined) return {};
    const logits = this.#context.logits(index);
    const normalizer = logSumExp(logits);
    const logProbability = (id: number): number => (logits[id] ?? Number.NaN) - normalizer;
    return {
      logProbability: logProbability(token),
      top: highest(logits, this.#logprobs).map((id) => ({ id, logProbability: logProbability(id) })),
    };
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
  }
}

/** With everything that was left out set such that it changes nothing. */
function samplerOf(context: LlamaContext, sampling: Sampling, grammar: string | undefined): LlamaSampler {
  const { dry, logitBias = {}, ...rest } = sampling;
  const all = {
    topK: 0,
    topP: 1,
    minP: 0,
    typicalP: 1,
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    seed: 0,
    ...rest,
    logitBias: new Map(Object.entries(logitBias).map(([id, bias]) => [Number(id), bias])),
    ...(dry === undefined ? {} : { dry: { base: 1.75, allowedLength: 2, ...dry } }),
  };
  return new LlamaSampler(context, all, grammar);
}
