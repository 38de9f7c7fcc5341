import type { TextTokenizer } from "../formats/tokenizer/text-tokenizer.ts";
import type { BatchShape, Row, Segment } from "./batch.ts";
import { drawn, type Portion } from "./data/mixture.ts";
import { Random } from "./random.ts";

/** What each step learns from: a function of the step alone, so that a resumed run reads the same batches. */
export interface Batches {
  readonly stepsPerEpoch: number;
  at(step: number): readonly Row[];
}

/** The tokens around a document: one that ends it, and one before it where the tokenizer begins every text with it. */
export interface DocumentEnds {
  readonly begin?: number | undefined;
  readonly end: number;
}

/** The token before a document, if there is one. */
export function begun({ begin }: DocumentEnds): number[] {
  return begin === undefined ? [] : [begin];
}

/** Texts as one stream of tokens, each with its ends. */
export function packDocuments(
  texts: Iterable<string>,
  tokenizer: TextTokenizer,
  ends: DocumentEnds,
): Int32Array<ArrayBuffer> {
  const before = begun(ends);
  let stream = new Int32Array(2 ** 20);
  let length = 0;
  for (const text of texts) {
    const ids = before.length === 0 ? tokenizer.encode(text) : [...before, ...tokenizer.encode(text)];
    if (length + ids.length + 1 > stream.length) {
      const larger = new Int32Array(2 * (length + ids.length + 1));
      larger.set(stream.subarray(0, length));
      stream = larger;
    }
    stream.set(ids, length);
    stream[length + ids.length] = ends.end;
    length += ids.length + 1;
  }
  return stream.slice(0, length);
}

/** Cuts a stream into rows of `time` places; a row holds whole documents or pieces of them, each a segment by itself. */
export function documentRow(stream: Int32Array, endOfText: number, time: number, index: number): Row {
  const start = index * time;
  const window = stream.subarray(start, Math.min(stream.length, start + time + 1));
  const segments: Segment[] = [];
  for (let from = 0; from < window.length; ) {
    const end = window.indexOf(endOfText, from);
    const to = end === -1 ? window.length : end + 1;
    if (to - from > 1) segments.push({ ids: window.subarray(from, to) });
    from = to;
  }
  return segments;
}

/** Rows of packed documents, shuffled anew every epoch. */
export class DocumentBatches implements Batches {
  readonly stepsPerEpoch: number;
  readonly #rows: readonly Portion<RowPlace>[];
  readonly #endOfText: number;
  readonly #shape: BatchShape;
  readonly #seed: number;
  #epoch = -1;
  #order: readonly RowPlace[] = [];

  /** @param streams each with how often its rows are drawn in an epoch. */
  constructor(
    streams: readonly { readonly stream: Int32Array; readonly weight: number }[],
    endOfText: number,
    shape: BatchShape,
    seed: number,
  ) {
    this.#rows = streams.map(({ stream, weight }) => ({
      items: Array.from({ length: rowCount(stream, shape) }, (_, index) => ({ stream, index })),
      weight,
    }));
    this.#endOfText = endOfText;
    this.#shape = shape;
    this.#seed = seed;
    this.stepsPerEpoch = Math.floor(drawn(this.#rows, seed, 0).length / shape.batch);
  }

  at(step: number): readonly Row[] {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = new Random(this.#seed + epoch).shuffle(drawn(this.#rows, this.#seed, epoch));
    }
    const start = (step % this.stepsPerEpoch) * this.#shape.batch;
    return this.#order
      .slice(start, start + this.#shape.batch)
      .map(({ stream, index }) => documentRow(stream, this.#endOfText, this.#shape.time, index));
  }
}

/** A row by the stream that it is cut from. */
interface RowPlace {
  readonly stream: Int32Array;
  readonly index: number;
}

function rowCount(stream: Int32Array, { time }: BatchShape): number {
  return Math.max(0, Math.floor((stream.length - 1) / time));
}
