/** A binary heap: `pop` gives the item that comes `before` all others. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #before: (a: Item, b: Item) => boolean;

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before;
  }

  push(item: Item): void {
    const items = this.#items;
    let hole = items.length;
    items.push(item);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
    return top;
  }

  /** Lets the hole at the top sink to where `item` belongs. */
  #sink(item: Item): void {
    const items = this.#items;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      let child = items[below];
      if (child === undefined) break;
      const sibling = items[below + 1];
      if (sibling !== undefined && this.#before(sibling, child)) {
        below++;
        child = sibling;
      }
      if (!this.#before(child, item)) break;
      items[hole] = child;
      hole = below;
    }
    items[hole] = item;
  }
}
