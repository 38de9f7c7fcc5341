import type { Store } from "../native/ggml/store.ts";
import { writeTensor } from "../native/ggml/values.ts";
import type { Inputs } from "./arch/graph.ts";
import type { Targets } from "./tensor/head-loss.ts";

/** A stretch of tokens that belong together: nothing in it sees, or is predicted from, another stretch. */
export interface Segment {
  readonly ids: ArrayLike<number>;
  /** Whether token i is learned, that is predicted with loss; all are when this is absent. */
  trained?(i: number): boolean;
  /** How much the loss of token i counts, if it is learned; 1 when this is absent. */
  weight?(i: number): number;
}

/** The first token of a segment that can be learned: nothing comes before token 0 that it could be predicted from. */
export const trainedFrom = 1;

/** Segments that share one row of a batch. A segment of n tokens takes n - 1 places: its last token is only a target. */
export type Row = readonly Segment[];

/** The sizes of a batch: `batch` rows of `time` places. */
export interface BatchShape {
  readonly time: number;
  readonly batch: number;
}

/** Places that a segment takes in a row. */
export function placesOf(segment: Segment): number {
  return Math.max(0, segment.ids.length - 1);
}

/** How many tokens these rows learn. */
export function trainedTokensOf(rows: readonly Row[]): number {
  return rows.flat().reduce((sum, segment) => sum + trainedTokensIn(segment), 0);
}

/** How many tokens a segment learns. */
export function trainedTokensIn(segment: Segment): number {
  let count = 0;
  for (let i = trainedFrom; i < segment.ids.length; i++) if (segment.trained?.(i) ?? true) count++;
  return count;
}

/** The most bytes that logits may take at a time; those of a larger batch are computed in chunks of tokens. */
const LOGITS_BYTES = 64 * 2 ** 20;
/** The same where memory counts more than time, but for so many tokens at least: each chunk reads the whole head. */
const FEW_LOGITS_BYTES = 32 * 2 ** 20;
const FEWEST_TOKENS = 96;

/** How many bytes logits may take at a time. */
export function logitsBytesFor(vocabulary: number, checkpointing: boolean): number {
  if (!checkpointing) return LOGITS_BYTES;
  return Math.min(LOGITS_BYTES, Math.max(FEW_LOGITS_BYTES, FEWEST_TOKENS * 4 * vocabulary));
}

/** Tokens by which libggml's fast product of bf16 goes: what is left over takes a slow one with it (tinyBLAS, `k % 32`). */
const EVEN = 32;

/** The arrays of one batch, in the layout the training graph reads. */
export class BatchLayout {
  readonly #shape: BatchShape;
  readonly #vocabulary: number;
  readonly #groups: number;
  readonly #ids: Int32Array;
  readonly #positions: Int32Array;
  /** The token that each place should predict. */
  readonly #wanted: Int32Array;
  readonly #shares: Float32Array;
  /** The segment that each trained place belongs to, counted over all rows; -1 where none does. */
  readonly #owner: Int32Array;
  #segments = 0;
  /** Places in the order of the targets. */
  #ordered: readonly number[] = [];
  readonly #mask: Float32Array;
  /** Tokens whose rows are learned by themselves, and where they stand: [tokens, places]. */
  readonly #rows: readonly number[];
  readonly #rowsHere: Float32Array;
  /** Tokens in a chunk; all of them where their logits are few enough. */
  readonly #chunkSize: number;
  #chunksWithLoss = 0;

  /**
   * @param groups query heads per key head: the mask repeats so often.
   * @param logitsBytes the most bytes that logits may take at a time.
   * @param rows ids of tokens whose rows are learned by themselves.
   */
  constructor(
    shape: BatchShape,
    vocabulary: number,
    groups: number,
    logitsBytes = logitsBytesFor(vocabulary, false),
    rows: readonly number[] = [],
  ) {
    const tokens = shape.time * shape.batch;
    const fitting = Math.max(1, Math.floor(logitsBytes / (4 * vocabulary)));
    const even = fitting < EVEN ? fitting : fitting - (fitting % EVEN);
    this.#chunkSize = fitting >= tokens ? tokens : even;
    this.#shape = shape;
    this.#vocabulary = vocabulary;
    this.#groups = groups;
    this.#ids = new Int32Array(tokens);
    this.#positions = new Int32Array(tokens);
    this.#wanted = new Int32Array(tokens);
    this.#shares = new Float32Array(tokens);
    this.#owner = new Int32Array(tokens);
    this.#rows = rows;
    this.#rowsHere = new Float32Array(rows.length * tokens);
    this.#mask = new Float32Array(shape.time * shape.time * groups * shape.batch);
  }

  /** Declares the tensors that `write` fills. */
  declare(store: Store): Inputs {
    const { time, batch } = this.#shape;
    const targets = (count: number) => ({
      places: store.tensor("i32", count),
      places64: store.tensor("i64", count),
      shares: store.tensor("f32", 1, count),
      ...(this.#rows.length === 0
        ? {}
        : {
            rowPlaces: {
              places: store.tensor("i32", this.#rows.length * count),
              places64: store.tensor("i64", this.#rows.length * count),
            },
          }),
    });
    return {
      ids: store.tensor("i32", time * batch),
      positions: store.tensor("i32", time * batch),
      mask: store.tensor("f32", time, time * this.#groups, 1, batch),
      ...(this.#rows.length === 0 ? {} : { rowsHere: store.tensor("f32", time * batch, this.#rows.length) }),
      targets: this.#isWhole
        ? targets(time * batch)
        : this.#chunks.map(({ length }) => ({
            ...targets(length),
            rows: store.tensor("i32", length),
            rows64: store.tensor("i64", length),
          })),
    };
  }

  /** How many tensors `declare` declares. */
  get tensorCount(): number {
    const ofRows = this.#rows.length === 0 ? 0 : 1 + 2 * this.#chunks.length;
    return 3 + (this.#isWhole ? 3 : 5 * this.#chunks.length) + ofRows;
  }

  /** In how many chunks the logits are computed. */
  get chunkCount(): number {
    return this.#chunks.length;
  }

  /** How many chunks hold a token with loss, of what was written last; they are the first ones. */
  get chunksWithLoss(): number {
    return this.#chunksWithLoss;
  }

  get #isWhole(): boolean {
    return this.#chunkSize === this.#ids.length;
  }

  /** Where the chunks begin among all tokens, and how many tokens they hold. */
  get #chunks(): { readonly start: number; readonly length: number }[] {
    const tokens = this.#ids.length;
    return Array.from({ length: Math.ceil(tokens / this.#chunkSize) }, (_, i) => {
      const start = i * this.#chunkSize;
      return { start, length: Math.min(this.#chunkSize, tokens - start) };
    });
  }

  /**
   * Lays the rows out and writes them into the tensors. The loss is the mean over trained tokens, their sum, or the
   * sum divided by a number of tokens: those of a larger batch that these rows are a part of.
   * Returns how many tokens are trained.
   */
  write(rows: readonly Row[], inputs: Inputs, loss: "mean" | "sum" | number): number {
    const { time } = this.#shape;
    this.#ids.fill(0);
    this.#positions.fill(0);
    this.#shares.fill(0);
    this.#mask.fill(Number.NEGATIVE_INFINITY);
    this.#wanted.fill(0);
    this.#owner.fill(-1);
    this.#segments = 0;
    let trained = 0;
    for (let row = 0; row < this.#shape.batch; row++) {
      let start = 0;
      for (const segment of rows[row] ?? []) {
        trained += this.#writeSegment(segment, row * time + start);
        this.#look(row, start, start + placesOf(segment));
        start += placesOf(segment);
      }
      // padding sees itself alone, so that its softmax is defined; nothing sees it
      for (let at = start; at < time; at++) this.#look(row, at, at + 1);
    }
    const divisor = loss === "mean" ? trained : loss === "sum" ? 1 : loss;
    const share = 1 / Math.max(1, divisor);
    this.#shares.forEach((marked, place) => {
      if (marked !== 0) this.#shares[place] = marked * share;
    });
    writeTensor(inputs.ids, this.#ids);
    writeTensor(inputs.positions, this.#positions);
    writeTensor(inputs.mask, this.#mask);
    if (inputs.rowsHere !== undefined) {
      const places = this.#ids.length;
      for (const [i, id] of this.#rows.entries()) {
        for (let at = 0; at < places; at++) this.#rowsHere[i * places + at] = this.#ids[at] === id ? 1 : 0;
      }
      writeTensor(inputs.rowsHere, this.#rowsHere);
    }
    this.#writeTargets(inputs.targets);
    return trained;
  }

  #writeTargets(targets: Inputs["targets"]): void {
    const every = Array.from(this.#shares.keys());
    if ("shares" in targets) {
      this.#chunksWithLoss = 1;
      this.#ordered = every;
      this.#writeTargetsOf(targets, every);
      return;
    }
    const withLoss = every.filter((place) => this.#shares[place] !== 0);
    const ordered = [...withLoss, ...every.filter((place) => this.#shares[place] === 0)];
    this.#ordered = ordered;
    // the first chunk is always computed
    this.#chunksWithLoss = Math.max(1, Math.ceil(withLoss.length / this.#chunkSize));
    for (const [i, { start, length }] of this.#chunks.entries()) {
      const chunk = targets[i];
      if (chunk === undefined) throw new RangeError("these inputs were declared by another layout");
      const places = ordered.slice(start, start + length);
      this.#writeTargetsOf(chunk, places);
      writeTensor(chunk.rows, Int32Array.from(places));
      writeTensor(chunk.rows64, BigInt64Array.from(places, BigInt));
    }
  }

  #writeTargetsOf(targets: Targets, places: readonly number[]): void {
    const among = places.map((place, i) => i * this.#vocabulary + (this.#wanted[place] ?? 0));
    writeTensor(targets.places, Int32Array.from(among));
    writeTensor(targets.places64, BigInt64Array.from(among, BigInt));
    if (targets.rowPlaces !== undefined) {
      const theirs = places.flatMap((_, i) => this.#rows.map((id) => i * this.#vocabulary + id));
      writeTensor(targets.rowPlaces.places, Int32Array.from(theirs));
      writeTensor(targets.rowPlaces.places64, BigInt64Array.from(theirs, BigInt));
    }
    writeTensor(
      targets.shares,
      Float32Array.from(places, (place) => this.#shares[place] ?? 0),
    );
  }

  #writeSegment(segment: Segment, start: number): number {
    let trained = 0;
    for (let i = 0; i < placesOf(segment); i++) {
      const place = start + i;
      this.#ids[place] = segment.ids[i] ?? 0;
      this.#positions[place] = i;
      if (segment.trained?.(i + 1) ?? true) {
        this.#wanted[place] = segment.ids[i + 1] ?? 0;
        this.#shares[place] = segment.weight?.(i + 1) ?? 1;
        this.#owner[place] = this.#segments;
        trained++;
      }
    }
    this.#segments++;
    return trained;
  }

  /**
   * Sums over the trained tokens of each segment, in the order of the rows that were written last.
   * @param chunks a value for each place, in the order of the targets; chunks without loss may be missing.
   */
  sums(chunks: readonly Float32Array[]): Float64Array {
    const sums = new Float64Array(this.#segments);
    for (const [i, { start, length }] of this.#chunks.slice(0, this.#chunksWithLoss).entries()) {
      for (let at = 0; at < length; at++) {
        const owner = this.#owner[this.#ordered[start + at] ?? -1] ?? -1;
        if (owner >= 0) sums[owner] = (sums[owner] ?? 0) + (chunks[i]?.[at] ?? Number.NaN);
      }
    }
    return sums;
  }

  /** Lets the places from `start` to `end` of a row see themselves and what came before them in that stretch. */
  #look(row: number, start: number, end: number): void {
    const { time } = this.#shape;
    for (let group = 0; group < this.#groups; group++) {
      const block = (row * this.#groups + group) * time * time;
      for (let at = start; at < end; at++)
        this.#mask.fill(0, block + at * time + start, block + at * time + at + 1);
    }
  }
}
