import type { BatchToken } from "../../native/llama/batch.ts";
import type { LlamaContext } from "../../native/llama/context.ts";
import type { Job } from "./job.ts";

/** Sequences that are computed together. */
export const SEQUENCES = 4;
/** Outputs of one batch: enough to score text quickly, little memory even for large vocabularies. */
export const OUTPUTS = 32;

/** A sequence of the context's memory. */
interface Sequence {
  readonly id: number;
  /** The tokens that it has read. They stay when a job ends, for the next job that begins alike. */
  readonly read: number[];
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (isComplete: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Running extends Waiting {
  readonly sequence: Sequence;
}

/** The tokens that one job reads in one batch. */
interface Part {
  readonly running: Running;
  readonly tokens: readonly number[];
}

/**
 * Computes all jobs at once, one batch after the other (continuous batching, Yu et al. 2022, "Orca"): each job reads
 * its next token, or a slice of its prompt, in every batch. Jobs share one memory; where it has no room for another
 * job, that one waits.
 */
export class Batcher {
  readonly #context: LlamaContext;
  readonly #slice: number;
  #waiting: Waiting[] = [];
  #running: Running[] = [];
  /** Sequences without a job, the longest unused first. */
  readonly #idle: Sequence[] = Array.from({ length: SEQUENCES }, (_, id) => ({ id, read: [] }));

  /** @param slice most tokens of one batch. */
  constructor(context: LlamaContext, slice: number) {
    this.#context = context;
    this.#slice = slice;
  }

  /** Whether there is something to compute. */
  get isBusy(): boolean {
    return this.#waiting.length + this.#running.length > 0;
  }

  /**
   * Computes a job in the steps to come; gives false where its signal ended it before it was complete. Throws RangeError
   * for a job that the context can never hold, and what the computation throws.
   */
  async run(job: Job, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    const { contextLength } = this.#context;
    if (job.mostTokens > contextLength) throw new RangeError(`${job.mostTokens} of ${contextLength} tokens`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      signal?.addEventListener("abort", () => this.#drop(job), { once: true });
    });
  }

  /** Computes one batch. Gives whether there is news to tell: a job's first output, or its end. */
  step(): boolean {
    const jobs = this.#waiting.length + this.#running.length;
    this.#begin();
    const parts = this.#parts();
    try {
      this.#decode(parts);
    } catch (error) {
      for (const { running } of parts) this.#fail(running, error);
      return true;
    }
    let index = 0;
    let isFirst = false;
    for (const { running, tokens } of parts) {
      isFirst = this.#take(running, tokens, index) || isFirst;
      index += tokens.length;
    }
    return isFirst || this.#waiting.length + this.#running.length < jobs;
  }

  /** Ends a job, wherever it is, before it is complete. */
  #drop(job: Job): void {
    const running = this.#running.find((one) => one.job === job);
    if (running !== undefined) this.#end(running, () => running.resolve(false));
    for (const { resolve } of this.#waiting.filter((one) => one.job === job)) resolve(false);
    this.#waiting = this.#waiting.filter((one) => one.job !== job);
  }

  /** Gives sequences to waiting jobs, in their order, for as long as there is room. */
  #begin(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { job } = next;
      const taken = this.#running.reduce((sum, running) => sum + running.job.mostTokens, 0);
      if (taken + job.mostTokens > this.#context.contextLength) return;
      const sequence = this.#takeIdle(job);
      if (sequence === undefined) return;
      this.#waiting.shift();
      this.#forgetFrom(sequence, commonLength(sequence.read, job.tokens, job.firstOutput));
      this.#makeRoom(this.#context.contextLength - taken - job.mostTokens);
      this.#running.push({ ...next, sequence });
    }
  }

  /** Of the sequences without a job the one that begins most alike; of equals the longest unused. */
  #takeIdle({ tokens, firstOutput }: Job): Sequence | undefined {
    const common = this.#idle.map(({ read }) => commonLength(read, tokens, firstOutput));
    return this.#idle.splice(common.indexOf(Math.max(...common)), 1)[0];
  }

  /** Forgets what sequences without a job hold, the longest unused first, until they hold no more than that. */
  #makeRoom(tokens: number): void {
    let held = this.#idle.reduce((sum, { read }) => sum + read.length, 0);
    for (const sequence of this.#idle) {
      if (held <= tokens) return;
      held -= sequence.read.length;
      this.#forgetFrom(sequence, 0);
    }
  }

  /** What each job reads next: at most an equal share of the batch, so that none waits for another. */
  #parts(): Part[] {
    const mostTokens = Math.max(1, Math.floor(this.#slice / this.#running.length));
    const mostOutputs = Math.max(1, Math.floor(OUTPUTS / this.#running.length));
    return this.#running.map((running) => {
      const { job, sequence } = running;
      const start = sequence.read.length;
      const limit = Math.min(job.tokens.length, start + mostTokens);
      let outputs = 0;
      let end = start;
      for (; end < limit && outputs < mostOutputs; end++) if (job.wantsOutput(end)) outputs++;
      return { running, tokens: job.tokens.slice(start, end) };
    });
  }

  #decode(parts: readonly Part[]): void {
    if (parts.length === 0) return;
    const batch = parts.flatMap(({ running: { job, sequence }, tokens }) =>
      tokens.map((token, i): BatchToken => {
        const position = sequence.read.length + i;
        return { token, position, sequence: sequence.id, output: job.wantsOutput(position) };
      }),
    );
    this.#context.decode(batch);
  }

  /** Hands a job its outputs of the last batch, which begin at `index`; gives whether its first one is among them. */
  #take(running: Running, tokens: readonly number[], index: number): boolean {
    const { job, sequence } = running;
    const start = sequence.read.length;
    sequence.read.push(...tokens);
    try {
      tokens.forEach((_, i) => {
        if (job.wantsOutput(start + i)) job.takeOutput(start + i, index + i);
      });
    } catch (error) {
      this.#end(running, () => running.reject(error));
      return false;
    }
    if (sequence.read.length === job.tokens.length) this.#end(running, () => running.resolve(true));
    return start <= job.firstOutput && job.firstOutput < start + tokens.length;
  }

  #end(running: Running, tell: () => void): void {
    this.#running = this.#running.filter((other) => other !== running);
    this.#idle.push(running.sequence);
    tell();
  }

  /** After a failed batch it is not known what the sequence holds. */
  #fail(running: Running, error: unknown): void {
    this.#context.forgetFrom(running.sequence.id, 0);
    running.sequence.read.length = 0;
    this.#end(running, () => running.reject(error));
  }

  #forgetFrom(sequence: Sequence, position: number): void {
    if (position >= sequence.read.length) return;
    // Recurrent memories cannot be cut in the middle; then everything is read again.
    const isCut = this.#context.forgetFrom(sequence.id, position);
    if (!isCut) this.#context.forgetFrom(sequence.id, 0);
    sequence.read.length = isCut ? position : 0;
  }
}

/** How many tokens both begin with, and at most `limit`. */
function commonLength(one: readonly number[], other: readonly number[], limit: number): number {
  let length = 0;
  while (length < limit && length < one.length && one[length] === other[length]) length++;
  return length;
}
