import type { LlamaAdapter } from "../../native/llama/adapter.ts";
import type { Job } from "./job.ts";

/** The context's memory, as far as sequences are kept in it. */
export interface SequenceMemory {
  /** Tokens that all sequences together can hold; what several of them share counts once. */
  readonly contextLength: number;
  /** Whether a sequence can take over the beginning of another one. */
  readonly sharesBeginnings: boolean;
  forgetFrom(sequence: number, position: number): boolean;
  share(from: number, to: number, end: number): void;
}

/** A sequence of the context's memory. */
export interface Sequence {
  readonly id: number;
  /** The tokens that it has read. They stay when a job ends, for the next job that begins alike. */
  readonly read: number[];
  /** Where each of them is held; sequences that share a beginning have the same places there. */
  readonly cells: number[];
  /** The adapter that they were read with; with another one they mean something else. */
  adapter: LlamaAdapter | undefined;
}

/** Below so many tokens it is not worth waiting for another job to read a common beginning. */
const WORTH_WAITING = 16;

/**
 * Knows what each sequence holds, and gives jobs sequences that hold as much of their beginning as possible: what one
 * job has read (or an earlier one, whose sequence is idle) is shared with the next that begins alike, without copying.
 */
export class Sequences {
  readonly #memory: SequenceMemory;
  readonly #all: readonly Sequence[];
  /** Those without a job, the longest unused first. */
  readonly #idle: Sequence[];
  /** Cells in use by any sequence, and by sequences with a job. */
  readonly #held = new Cells();
  readonly #busy = new Cells();
  #lastCell = 0;
  readonly #beforeForgetting: (sequence: Sequence) => void;

  /** @param beforeForgetting hears of a sequence whose contents give way to others'. */
  constructor(memory: SequenceMemory, count: number, beforeForgetting: (sequence: Sequence) => void) {
    this.#memory = memory;
    this.#all = Array.from({ length: count }, (_, id) => ({ id, read: [], cells: [], adapter: undefined }));
    this.#idle = [...this.#all];
    this.#beforeForgetting = beforeForgetting;
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** Those without a job. */
  get idle(): readonly Sequence[] {
    return this.#idle;
  }

  /** How many tokens of the job's beginning some sequence holds. */
  held(job: Job): number {
    return Math.max(0, ...this.#all.map((sequence) => commonWith(sequence, job)));
  }

  /** Whether another job, which is still reading, will soon have read much more of this job's beginning. */
  isBeingRead(job: Job, others: Iterable<{ readonly job: Job; readonly sequence: Sequence }>): boolean {
    let coming = 0;
    if (!this.#memory.sharesBeginnings) return false;
    for (const { job: other, sequence } of others) {
      if (other.adapter !== job.adapter) continue;
      const common = commonLength(other.tokens, job.tokens, job.firstOutput);
      if (common > sequence.read.length) coming = Math.max(coming, common);
    }
    return coming > 0 && coming - this.held(job) >= WORTH_WAITING;
  }

  /**
   * A sequence for the job, which holds as much of its beginning as any does; undefined where there is none, or no
   * room for so many tokens of it beside the `promised` ones that other jobs may still read. One that is to be
   * `restored` shares nothing.
   */
  take(job: Job, room: number, promised: number, restored: boolean): Sequence | undefined {
    const target = this.#target(job);
    if (target === undefined) return undefined;
    const source = restored ? target : this.#source(job, target);
    const common = restored ? 0 : commonWith(source, job);
    const newlyBusy = source.cells.slice(0, common).filter((cell) => !this.#busy.has(cell)).length;
    const toCome = promised + room - common;
    if (this.#busy.size + newlyBusy + toCome > this.#memory.contextLength) return undefined;

    this.#idle.splice(this.#idle.indexOf(target), 1);
    if (source !== target) this.#shareFrom(source, target, common);
    this.#busy.add(target.cells);
    this.forgetFrom(target, common);
    target.adapter = job.adapter;
    this.#makeRoom(this.#memory.contextLength - promised - (room - target.read.length));
    return target;
  }

  /** Makes room for so many tokens that sequences with jobs read next; false where even all idle ones leave too little. */
  makeRoomFor(tokens: number): boolean {
    const most = this.#memory.contextLength - tokens;
    if (this.#busy.size > most) return false;
    this.#makeRoom(most);
    return true;
  }

  /** Notes what a sequence has read. */
  read(sequence: Sequence, tokens: readonly number[]): void {
    const cells = tokens.map(() => ++this.#lastCell);
    sequence.read.push(...tokens);
    sequence.cells.push(...cells);
    this.#held.add(cells);
    this.#busy.add(cells);
  }

  /** The job of this sequence has ended. */
  release(sequence: Sequence): void {
    this.#busy.remove(sequence.cells);
    this.#idle.push(sequence);
  }

  /** Forgets what a sequence with a job has read from a position on, or all of it where its memory cannot be cut. */
  forgetFrom(sequence: Sequence, position: number): void {
    if (position >= sequence.read.length) return;
    // Recurrent memories cannot be cut in the middle; then everything is read again.
    if (this.#memory.forgetFrom(sequence.id, position)) this.#note(sequence, position);
    else this.reset(sequence);
  }

  /** Forgets all of a sequence with a job, also what it may hold beyond what is known. */
  reset(sequence: Sequence): void {
    this.#memory.forgetFrom(sequence.id, 0);
    this.#note(sequence, 0);
  }

  /** Of the sequences without a job, the one that loses least by being taken. */
  #target(job: Job): Sequence | undefined {
    let best: Sequence | undefined;
    let most = 0;
    for (const sequence of this.#idle) {
      const common = commonWith(sequence, job);
      // More than half of what it holds would be lost: another conversation, which may go on.
      if (common > most && 2 * common >= sequence.read.length) {
        best = sequence;
        most = common;
      }
    }
    return best ?? this.#idle.find(({ read }) => read.length === 0) ?? this.#idle[0];
  }

  /** The sequence that holds most of the job's beginning; the target where none holds more. */
  #source(job: Job, target: Sequence): Sequence {
    if (!this.#memory.sharesBeginnings) return target;
    return this.#all.reduce(
      (best, sequence) => (commonWith(sequence, job) > commonWith(best, job) ? sequence : best),
      target,
    );
  }

  #shareFrom(source: Sequence, target: Sequence, end: number): void {
    this.#forget(target);
    if (end === 0) return;
    this.#memory.share(source.id, target.id, end);
    const cells = source.cells.slice(0, end);
    target.read.push(...source.read.slice(0, end));
    target.cells.push(...cells);
    this.#held.add(cells);
  }

  /** Forgets what sequences without a job hold, the longest unused first, until all hold no more than that. */
  #makeRoom(cells: number): void {
    for (const sequence of this.#idle) {
      if (this.#held.size <= cells) return;
      this.#forget(sequence);
    }
  }

  #forget(sequence: Sequence): void {
    if (sequence.read.length === 0) return;
    this.#beforeForgetting(sequence);
    this.#memory.forgetFrom(sequence.id, 0);
    this.#held.remove(sequence.cells);
    sequence.read.length = 0;
    sequence.cells.length = 0;
  }

  /** Notes that a sequence with a job holds only its first tokens. */
  #note(sequence: Sequence, length: number): void {
    const gone = sequence.cells.slice(length);
    this.#held.remove(gone);
    this.#busy.remove(gone);
    sequence.read.length = length;
    sequence.cells.length = length;
  }
}

/** Counts the sequences that hold each cell. */
class Cells {
  readonly #holders = new Map<number, number>();

  get size(): number {
    return this.#holders.size;
  }

  has(cell: number): boolean {
    return this.#holders.has(cell);
  }

  add(cells: readonly number[]): void {
    for (const cell of cells) this.#holders.set(cell, (this.#holders.get(cell) ?? 0) + 1);
  }

  remove(cells: readonly number[]): void {
    for (const cell of cells) {
      const holders = this.#holders.get(cell);
      if (holders === undefined) continue;
      if (holders > 1) this.#holders.set(cell, holders - 1);
      else this.#holders.delete(cell);
    }
  }
}

/** How much of a job's beginning a sequence holds; its first output must be computed anew. */
function commonWith({ read, adapter }: Sequence, job: Job): number {
  return adapter === job.adapter ? commonLength(read, job.tokens, job.firstOutput) : 0;
}

/** How many tokens both begin with, and at most `limit`. */
export function commonLength(one: readonly number[], other: readonly number[], limit: number): number {
  let length = 0;
  while (length < limit && length < one.length && one[length] === other[length]) length++;
  return length;
}
