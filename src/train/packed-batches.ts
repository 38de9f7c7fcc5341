import type { BatchShape, Row } from "./batch.ts";
import { drawn, type Portion } from "./data/mixture.ts";
import type { Batches } from "./documents.ts";
import { Random } from "./random.ts";

/** Puts items into rows, none cut. */
export type Pack<Item> = (items: readonly Item[], time: number, random: Random) => readonly Row[];

/** Items packed into rows, shuffled and packed anew every epoch. */
export class PackedBatches<Item> implements Batches {
  readonly stepsPerEpoch: number;
  readonly #portions: readonly Portion<Item>[];
  readonly #shape: BatchShape;
  readonly #seed: number;
  readonly #packing: Pack<Item>;
  #epoch = -1;
  #rows: readonly Row[] = [];

  /** Every item must fit a row. */
  constructor(portions: readonly Portion<Item>[], shape: BatchShape, seed: number, pack: Pack<Item>) {
    this.#portions = portions;
    this.#packing = pack;
    this.#shape = shape;
    this.#seed = seed;
    // epochs differ a little in how tightly they pack; each gives as many steps as the first
    this.stepsPerEpoch = Math.max(1, Math.floor(this.#pack(0).length / shape.batch));
  }

  #pack(epoch: number): readonly Row[] {
    const random = new Random(this.#seed + epoch);
    const items = random.shuffle(drawn(this.#portions, this.#seed, epoch));
    return this.#packing(items, this.#shape.time, random);
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
