import { Random } from "../random.ts";

/** Things to draw from, and how often each is drawn in an epoch: 1 is once, 0.5 every other epoch, 2 twice. */
export interface Portion<Item> {
  readonly items: readonly Item[];
  readonly weight: number;
}

/**
 * What an epoch reads of several portions, in a fixed order: a function of the seed and the epoch alone. Of a portion with
 * another weight than 1, epochs go on through one shuffled pass after the other, so that nothing is drawn again before all
 * was drawn as often.
 */
export function drawn<Item>(portions: readonly Portion<Item>[], seed: number, epoch: number): Item[] {
  return portions.flatMap(({ items, weight }, index) => {
    if (weight === 1) return [...items];
    const from = Math.round(epoch * weight * items.length);
    const to = Math.round((epoch + 1) * weight * items.length);
    const picked: Item[] = [];
    for (let at = from; at < to; ) {
      const pass = Math.floor(at / items.length);
      const order = new Random(seed + 7919 * (index + 1) + pass).shuffle(items);
      const end = Math.min(to, (pass + 1) * items.length);
      picked.push(...order.slice(at - pass * items.length, end - pass * items.length));
      at = end;
    }
    return picked;
  });
}
