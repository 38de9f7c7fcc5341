import type { Store } from "../native/ggml/store.ts";
import { writeTensor } from "../native/ggml/values.ts";
import type { Inputs } from "./arch/graph.ts";

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
  let count = 0;
  for (const segment of rows.flat()) {
    for (let i = 1; i < segment.ids.length; i++) if (segment.trained?.(i) ?? true) count++;
  }
  return count;
}

/** The arrays of one batch, in the layout the training graph reads. */
export class BatchLayout {
  readonly #shape: BatchShape;
  readonly #vocabulary: number;
  readonly #groups: number;
  readonly #ids: Int32Array;
  readonly #positions: Int32Array;
  readonly #places: Int32Array;
  readonly #shares: Float32Array;
  readonly #mask: Float32Array;

  /** @param groups query heads per key head: the mask repeats so often. */
  constructor(shape: BatchShape, vocabulary: number, groups: number) {
    const tokens = shape.time * shape.batch;
    this.#shape = shape;
    this.#vocabulary = vocabulary;
    this.#groups = groups;
    this.#ids = new Int32Array(tokens);
    this.#positions = new Int32Array(tokens);
    this.#places = new Int32Array(tokens);
    this.#shares = new Float32Array(tokens);
    this.#mask = new Float32Array(shape.time * shape.time * groups * shape.batch);
  }

  /** Declares the tensors that `write` fills. */
  declare(store: Store): Inputs {
    const { time, batch } = this.#shape;
    return {
      ids: store.tensor("i32", time * batch),
      positions: store.tensor("i32", time * batch),
      mask: store.tensor("f32", time, time * this.#groups, 1, batch),
      targets: {
        places: store.tensor("i32", time * batch),
        places64: store.tensor("i64", time * batch),
        shares: store.tensor("f32", 1, time * batch),
      },
    };
  }

  /** How many tensors `declare` declares. */
  static readonly tensorCount = 6;

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
    this.#places.forEach((_, place) => {
      this.#places[place] = place * this.#vocabulary;
    });
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
    writeTensor(inputs.targets.places, this.#places);
    writeTensor(inputs.targets.places64, BigInt64Array.from(this.#places, BigInt));
    writeTensor(inputs.targets.shares, this.#shares);
    return trained;
  }

  #writeSegment(segment: Segment, start: number): number {
    let trained = 0;
    for (let i = 0; i < placesOf(segment); i++) {
      const place = start + i;
      this.#ids[place] = segment.ids[i] ?? 0;
      this.#positions[place] = i;
      this.#places[place] = place * this.#vocabulary + (segment.ids[i + 1] ?? 0);
      if (segment.trained?.(i + 1) ?? true) {
        this.#shares[place] = segment.weight?.(i + 1) ?? 1;
        trained++;
      }
    }
    return trained;
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
