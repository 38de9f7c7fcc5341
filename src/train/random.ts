/**
 * A small deterministic source of chance (mulberry32): the same seed gives the same text on every machine and in every
 * version of Node, which `Math.random` does not promise.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Spread neighbouring seeds over the whole state, so seed 1 and seed 2 share nothing.
    this.#state =
      Math.imul((seed >>> 0) + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(Math.floor(seed / 2 ** 32), 0xc2b2ae35);
    this.unit();
  }

  /** A number in [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** An integer in [from, to], both ends included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One item of a list; throws a RangeError for an empty list. */
  pick<Item>(items: readonly Item[]): Item {
    const index = this.below(items.length);
    if (index >= items.length) throw new RangeError("Nothing to pick from: the list is empty.");
    return items[index] as Item;
  }

  /** `count` different items of a list in random order; throws a RangeError when the list is shorter. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    if (count > items.length) throw new RangeError(`Cannot sample ${count} of ${items.length} items.`);
    return this.shuffle(items).slice(0, count);
  }

  /** The same items in random order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const held = shuffled[last] as Item;
      shuffled[last] = shuffled[other] as Item;
      shuffled[other] = held;
    }
    return shuffled;
  }

  /** Two different items of a list. */
  two<Item>(items: readonly Item[]): [Item, Item] {
    const [first, second] = this.sample(items, 2);
    return [first as Item, second as Item];
  }

  /** Three different items of a list. */
  three<Item>(items: readonly Item[]): [Item, Item, Item] {
    const [first, second, third] = this.sample(items, 3);
    return [first as Item, second as Item, third as Item];
  }

  /** A normally distributed number of mean 0 and deviation 1 (Box & Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return radius * Math.cos(2 * Math.PI * this.unit());
  }
}
