import type { LlamaAdapter } from "../../native/llama/adapter.ts";
import type { BatchToken } from "../../native/llama/batch.ts";
import type { LlamaContext } from "../../native/llama/context.ts";
import type { Job } from "./job.ts";
import { OUTPUTS, SEQUENCES, shares, sliceBesideWriting } from "./plan.ts";
import { commonLength, type Sequence, Sequences } from "./sequences.ts";

/** Batches for jobs with one adapter before those with another one have their turn: a change costs some milliseconds. */
const GROUP_TURN = 8;
/** Tokens that a job must have room to write before it begins. */
const ROOM_TO_WRITE = 64;

interface Waiting {
  readonly job: Job;
  /** Whether it had begun and gave way to older jobs; it goes on where there is room for all that it may write. */
  readonly gaveWay: boolean;
  /** What was saved of its beginning. */
  readonly saved: SavedState | undefined;
  readonly resolve: (isComplete: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Running extends Waiting {
  readonly sequence: Sequence;
  /** Whether it was handed an output. */
  hasOutput: boolean;
}

/** The tokens that one job reads in one batch. */
interface Part {
  readonly running: Running;
  readonly tokens: readonly number[];
}

/** Where sequences that give way are saved, and come back from. */
export interface StateStore {
  /** The longest saved beginning of a job's tokens, if it is worth more than the `held` tokens that are in memory. */
  find(job: Job, held: number): Promise<SavedState | undefined>;
  /** Hears of tokens that give way; `state` copies what the context holds of them. */
  save(tokens: readonly number[], adapter: LlamaAdapter | undefined, state: () => Uint8Array): void;
}

export interface BatcherOptions {
  /** Jobs that are computed at once; 4 unless stated. */
  readonly sequences?: number;
  readonly store?: StateStore | undefined;
  /** Hears that there is something to compute. */
  readonly wake?: (() => void) | undefined;
}

/** A beginning and the context's state after it. */
export interface SavedState {
  readonly tokens: readonly number[];
  readonly state: Uint8Array;
}

/**
 * Computes all jobs at once, one batch after the other (continuous batching, Yu et al. 2022, "Orca"): each job reads
 * its next token, or a slice of its prompt, in every batch. Jobs share one memory, and in it what they begin with.
 * A job begins where there is room for its prompt and some tokens more; where those that run have filled the memory,
 * the youngest gives way, and goes on when there is room for all that it may write (preemption by recomputing, Kwon et
 * al. 2023, "PagedAttention"). The oldest never gives way, so that all come to their end.
 */
export class Batcher {
  readonly #context: LlamaContext;
  readonly #slice: number;
  readonly #outputs: number;
  readonly #store: StateStore | undefined;
  readonly #sequences: Sequences;
  readonly #wake: () => void;
  #waiting: Waiting[] = [];
  #running: Running[] = [];
  #adapter: LlamaAdapter | undefined;
  #turn = 0;

  /** @param slice most tokens of one batch. */
  constructor(
    context: LlamaContext,
    slice: number,
    { sequences = SEQUENCES, store, wake = () => {} }: BatcherOptions = {},
  ) {
    this.#context = context;
    this.#slice = slice;
    this.#outputs = Math.max(OUTPUTS, sequences);
    this.#store = store;
    this.#wake = wake;
    this.#sequences = new Sequences(context, sequences, (sequence) => this.#save(sequence));
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
    const { contextLength } = this.#context;
    if (job.mostTokens > contextLength) throw new RangeError(`${job.mostTokens} of ${contextLength} tokens`);
    const saved =
      this.#store === undefined ? undefined : await this.#store.find(job, this.#sequences.held(job));
    if (signal?.aborted) return false;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, gaveWay: false, saved, resolve, reject });
      signal?.addEventListener("abort", () => this.#drop(job), { once: true });
      this.#wake();
    });
  }

  /** Computes one batch. Gives whether there is news to tell: a job's first output, or its end. */
  step(): boolean {
    const jobs = this.#waiting.length + this.#running.length;
    this.#begin();
    const parts = this.#fittingParts();
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

  /** Saves what sequences without a job hold, for another time. */
  save(): void {
    for (const sequence of this.#sequences.idle) this.#save(sequence);
  }

  /** Ends a job, wherever it is, before it is complete. */
  #drop(job: Job): void {
    const running = this.#running.find((one) => one.job === job);
    if (running !== undefined) this.#end(running, () => running.resolve(false));
    for (const { resolve } of this.#waiting.filter((one) => one.job === job)) resolve(false);
    this.#waiting = this.#waiting.filter((one) => one.job !== job);
  }

  /**
   * Gives sequences to waiting jobs, in their order, for as long as there is room. A job whose beginning another one
   * is just reading waits for that, so that it is read once.
   */
  #begin(): void {
    for (const next of this.#waiting) {
      if (!this.#sequences.hasIdle) return;
      const { job, saved } = next;
      if (this.#sequences.isBeingRead(job, this.#running)) continue;
      const promised = this.#running.reduce(
        (sum, running) => sum + roomFor(running) - running.sequence.read.length,
        0,
      );
      const sequence = this.#sequences.take(job, roomFor(next), promised, saved !== undefined);
      if (sequence === undefined) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      if (saved !== undefined) this.#restore(sequence, saved, job);
      if (!next.gaveWay) job.begin?.(sequence.read.length);
      this.#running.push({ ...next, sequence, hasOutput: false });
    }
  }

  /** The parts of the next batch; where the memory has no room for them, the youngest jobs give way. */
  #fittingParts(): Part[] {
    for (;;) {
      const parts = this.#parts(this.#group());
      const tokens = parts.reduce((sum, part) => sum + part.tokens.length, 0);
      if (this.#sequences.makeRoomFor(tokens)) return parts;
      this.#giveWay();
    }
  }

  /** Puts the youngest job back before all that wait; what it has read stays for as long as there is room. */
  #giveWay(): void {
    const youngest = this.#running.pop();
    if (youngest === undefined) return;
    const { job, resolve, reject, sequence } = youngest;
    this.#sequences.release(sequence);
    this.#waiting.unshift({ job, gaveWay: true, saved: undefined, resolve, reject });
  }

  /** Where the state cannot be restored, the job reads its beginning itself. */
  #restore(sequence: Sequence, { tokens, state }: SavedState, job: Job): void {
    if (this.#context.restore(sequence.id, state)) {
      this.#sequences.read(sequence, tokens);
      this.#sequences.forgetFrom(sequence, commonLength(tokens, job.tokens, job.firstOutput));
    } else this.#sequences.reset(sequence);
  }

  #save({ id, read, adapter }: Sequence): void {
    this.#store?.save(read, adapter, () => this.#context.state(id));
  }

  /** The jobs of the next batch: those with one adapter, the others in their turn. */
  #group(): Running[] {
    const adapters = [...new Set(this.#running.map(({ job }) => job.adapter))];
    const at = adapters.indexOf(this.#adapter);
    if (at === -1 || ++this.#turn > GROUP_TURN) {
      this.#adapter = adapters[(at + 1) % adapters.length];
      this.#turn = 1;
    }
    return this.#running.filter(({ job }) => job.adapter === this.#adapter);
  }

  /** What each job reads next: a share of the batch, so that none waits for another. */
  #parts(group: readonly Running[]): Part[] {
    const writes = group.filter(({ job, sequence }) => sequence.read.length >= job.firstOutput).length;
    const isMixed = writes > 0 && writes < group.length;
    const wanted = group.map(({ job, sequence }) => job.tokens.length - sequence.read.length);
    const tokens = shares(wanted, isMixed ? sliceBesideWriting(this.#slice) : this.#slice);
    const mostOutputs = Math.max(1, Math.floor(this.#outputs / group.length));
    return group.map((running, i) => {
      const { job, sequence } = running;
      const start = sequence.read.length;
      const limit = start + (tokens[i] ?? 0);
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
    this.#context.useAdapter(this.#adapter);
    this.#context.decode(batch);
  }

  /** Hands a job its outputs of the last batch, which begin at `index`; gives whether its first one is among them. */
  #take(running: Running, tokens: readonly number[], index: number): boolean {
    const { job, sequence } = running;
    const start = sequence.read.length;
    const hadOutput = running.hasOutput;
    this.#sequences.read(sequence, tokens);
    try {
      const end = this.#hand(running, start, tokens, index);
      this.#sequences.forgetFrom(sequence, end);
    } catch (error) {
      this.#end(running, () => running.reject(error));
      return false;
    }
    if (sequence.read.length === job.tokens.length) this.#end(running, () => running.resolve(true));
    return running.hasOutput && !hadOutput;
  }

  /** Hands outputs over until the job takes back a token that was only a guess; gives how far they go. */
  #hand(running: Running, start: number, tokens: readonly number[], index: number): number {
    const { job } = running;
    for (const [i, token] of tokens.entries()) {
      if (job.tokens[start + i] !== token) return start + i;
      if (!job.wantsOutput(start + i)) continue;
      job.takeOutput(start + i, index + i);
      running.hasOutput = true;
    }
    return start + tokens.length;
  }

  #end(running: Running, tell: () => void): void {
    this.#running = this.#running.filter((other) => other !== running);
    this.#sequences.release(running.sequence);
    tell();
  }

  /** After a failed batch it is not known what the sequence holds. */
  #fail(running: Running, error: unknown): void {
    this.#sequences.reset(running.sequence);
    this.#end(running, () => running.reject(error));
  }
}

/** How many tokens there must be room for, those included that it has read. */
function roomFor({ job, gaveWay }: Waiting): number {
  return gaveWay ? job.mostTokens : Math.min(job.mostTokens, job.tokens.length + ROOM_TO_WRITE);
}
