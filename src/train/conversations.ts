import type { BatchShape, Row, Segment } from "./batch.ts";
import { drawn, type Portion } from "./data/mixture.ts";
import { type Packing, packed } from "./data/packing.ts";
import type { Batches } from "./documents.ts";
import { Random } from "./random.ts";

/** Conversations packed into rows, shuffled and packed anew every epoch; none is cut. */
export class ConversationBatches implements Batches {
  readonly stepsPerEpoch: number;
  readonly #portions: readonly Portion<Segment>[];
  readonly #shape: BatchShape;
  readonly #seed: number;
  readonly #packing: Packing;
  #epoch = -1;
  #rows: readonly Row[] = [];

  /** Every segment must fit a row. */
  constructor(
    portions: readonly Portion<Segment>[],
    shape: BatchShape,
    seed: number,
    packing: Packing = "in-order",
  ) {
    this.#portions = portions;
    this.#packing = packing;
    this.#shape = shape;
    this.#seed = seed;
    // epochs differ a little in how tightly they pack; each gives as many steps as the first
    this.stepsPerEpoch = Math.max(1, Math.floor(this.#pack(0).length / shape.batch));
  }

  #pack(epoch: number): Row[] {
    const random = new Random(this.#seed + epoch);
    const segments = random.shuffle(drawn(this.#portions, this.#seed, epoch));
    return packed(segments, this.#shape.time, this.#packing, random);
  }

  at(step: number): readonly Row[] {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#rows = this.#pack(epoch);
    }
    const start = (step % this.stepsPerEpoch) * this.#shape.batch;
    return Array.from(
      { length: this.#shape.batch },
      (_, i) => this.#rows[(start + i) % this.#rows.length] ?? [],
    );
  }
}
