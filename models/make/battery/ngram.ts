/** Grows an array of 32-bit integers to a new length, keeping what it holds. */
function grown(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

/** Edges of a tree of n-grams, (node, token) → child, in one open-addressed table of typed arrays. */
class Edges {
  #parents = new Int32Array(1 << 16).fill(-1);
  #tokens = new Int32Array(1 << 16);
  #children = new Int32Array(1 << 16);
  #size = 0;

  #slot(parent: number, token: number): number {
    const mask = this.#parents.length - 1;
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) >>> 0;
    for (slot &= mask; this.#parents[slot] !== -1; slot = (slot + 1) & mask) {
      if (this.#parents[slot] === parent && this.#tokens[slot] === token) break;
    }
    return slot;
  }

  /** The child, or -1. */
  find(parent: number, token: number): number {
    const slot = this.#slot(parent, token);
    return this.#parents[slot] === -1 ? -1 : (this.#children[slot] ?? -1);
  }

  add(parent: number, token: number, child: number): void {
    if (this.#size * 2 >= this.#parents.length) this.#grow();
    this.#put(parent, token, child);
    this.#size++;
  }

  #put(parent: number, token: number, child: number): void {
    const slot = this.#slot(parent, token);
    this.#parents[slot] = parent;
    this.#tokens[slot] = token;
    this.#children[slot] = child;
  }

  #grow(): void {
    const [parents, tokens, children] = [this.#parents, this.#tokens, this.#children];
    this.#parents = new Int32Array(parents.length * 2).fill(-1);
    this.#tokens = new Int32Array(parents.length * 2);
    this.#children = new Int32Array(parents.length * 2);
    for (let slot = 0; slot < parents.length; slot++) {
      const parent = parents[slot] ?? -1;
      if (parent !== -1) this.#put(parent, tokens[slot] ?? 0, children[slot] ?? 0);
    }
  }
}

/** What is taken off a count of one, of two, and of three or more. */
type Discounts = readonly [number, number, number];

/** Chen and Goodman's discounts from the counts of counts; plain absolute discounting where the data is too small. */
function discounts([n1, n2, n3, n4]: readonly [number, number, number, number]): Discounts {
  if (n1 === 0 || n2 === 0 || n3 === 0 || n4 === 0) return [0.75, 0.75, 0.75];
  const y = n1 / (n1 + 2 * n2);
  const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
  return [clamp(1 - (2 * y * n2) / n1, 1), clamp(2 - (3 * y * n3) / n2, 2), clamp(3 - (4 * y * n4) / n3, 3)];
}

const ROOT = 0;

/**
 * An n-gram language model over token ids with interpolated modified Kneser-Ney smoothing (Chen and Goodman, 1999): the
 * honest peer of a small neural model. Every token of the vocabulary has a probability above zero after any context.
 */
export class KneserNey {
  readonly order: number;
  readonly vocabulary: number;
  readonly #edges = new Edges();
  #nodes = 1;
  #count = new Int32Array(1 << 16);
  #parent = new Int32Array(1 << 16);
  #depth = new Uint8Array(1 << 16);
  /** Of each context: the sum of its children's counts, and the probability mass its discounts set free. */
  #total = new Int32Array(0);
  #freed = new Float32Array(0);
  #discounts: readonly Discounts[] = [];

  /** `vocabulary` is the number of token ids; a text begins with a mark of its own, outside of it. */
  constructor(vocabulary: number, order: number) {
    this.vocabulary = vocabulary;
    this.order = order;
  }

  #newChild(parent: number, token: number): number {
    if (this.#nodes === this.#count.length) {
      const length = this.#nodes * 2;
      this.#count = grown(this.#count, length);
      this.#parent = grown(this.#parent, length);
      const depth = new Uint8Array(length);
      depth.set(this.#depth);
      this.#depth = depth;
    }
    const child = this.#nodes++;
    this.#edges.add(parent, token, child);
    this.#parent[child] = parent;
    this.#depth[child] = (this.#depth[parent] ?? 0) + 1;
    return child;
  }

  /** The nodes of the contexts before the first token: nothing, one mark of beginning, two, … */
  #beginning(create: boolean): Int32Array {
    const contexts = new Int32Array(this.order).fill(-1);
    contexts[0] = ROOT;
    for (let length = 1; length < this.order; length++) {
      const shorter = contexts[length - 1] ?? -1;
      const known = shorter === -1 ? -1 : this.#edges.find(shorter, this.vocabulary);
      contexts[length] = known === -1 && create ? this.#newChild(shorter, this.vocabulary) : known;
    }
    return contexts;
  }

  /** Counts the n-grams of one text. */
  count(ids: ArrayLike<number>): void {
    let contexts = this.#beginning(true);
    for (let index = 0; index < ids.length; index++) {
      const token = this.#checked(ids[index] ?? -1);
      const next = new Int32Array(this.order);
      let shorter = ROOT;
      for (let length = 1; length <= this.order; length++) {
        const context = contexts[length - 1] ?? ROOT;
        const known = this.#edges.find(context, token);
        const node = known === -1 ? this.#newChild(context, token) : known;
        // The longest n-grams count how often they occur, shorter ones after how many different tokens.
        if (length === this.order) this.#count[node] = (this.#count[node] ?? 0) + 1;
        if (known === -1 && length > 1) this.#count[shorter] = (this.#count[shorter] ?? 0) + 1;
        shorter = node;
        if (length < this.order) next[length] = node;
      }
      contexts = next;
    }
  }

  #checked(token: number): number {
    if (!Number.isInteger(token) || token < 0 || token >= this.vocabulary) {
      throw new RangeError(`Token ${token} is not in the vocabulary of ${this.vocabulary}.`);
    }
    return token;
  }

  /** Works out the discounts and each context's sums; call once, after the last text is counted. */
  finish(): void {
    const counts = Array.from({ length: this.order + 1 }, (): [number, number, number, number] => [
      0, 0, 0, 0,
    ]);
    for (let node = 1; node < this.#nodes; node++) {
      const count = this.#count[node] ?? 0;
      const ofDepth = counts[this.#depth[node] ?? 0];
      if (ofDepth && count >= 1 && count <= 4) ofDepth[count - 1] = (ofDepth[count - 1] ?? 0) + 1;
    }
    this.#discounts = counts.map(discounts);
    this.#total = new Int32Array(this.#nodes);
    this.#freed = new Float32Array(this.#nodes);
    for (let node = 1; node < this.#nodes; node++) {
      const count = this.#count[node] ?? 0;
      if (count === 0) continue;
      const parent = this.#parent[node] ?? ROOT;
      this.#total[parent] = (this.#total[parent] ?? 0) + count;
      this.#freed[parent] = (this.#freed[parent] ?? 0) + this.#discount(this.#depth[node] ?? 1, count);
    }
  }

  #discount(length: number, count: number): number {
    return this.#discounts[length]?.[Math.min(count, 3) - 1] ?? 0;
  }

  /** The probability of a token after the contexts of growing length, -1 for those never seen. */
  #probability(contexts: Int32Array, token: number): number {
    let probability = 1 / this.vocabulary;
    for (let length = 1; length <= this.order; length++) {
      const context = contexts[length - 1] ?? -1;
      const total = context === -1 ? 0 : (this.#total[context] ?? 0);
      if (total === 0) continue;
      const node = this.#edges.find(context, token);
      const count = node === -1 ? 0 : (this.#count[node] ?? 0);
      const kept = count === 0 ? 0 : count - this.#discount(length, count);
      probability = (kept + (this.#freed[context] ?? 0) * probability) / total;
    }
    return probability;
  }

  #after(contexts: Int32Array, token: number): Int32Array {
    const next = new Int32Array(this.order).fill(-1);
    next[0] = ROOT;
    for (let length = 1; length < this.order; length++) {
      const shorter = contexts[length - 1] ?? -1;
      if (shorter !== -1) next[length] = this.#edges.find(shorter, token);
    }
    return next;
  }

  /** The probability of every token of the vocabulary after a text's beginning. */
  distribution(beginning: ArrayLike<number>): Float64Array {
    let contexts = this.#beginning(false);
    for (let index = 0; index < beginning.length; index++)
      contexts = this.#after(contexts, this.#checked(beginning[index] ?? -1));
    return Float64Array.from({ length: this.vocabulary }, (_, token) => this.#probability(contexts, token));
  }

  /** The information in one text in bits: the sum of -log2 p over its tokens. */
  bits(ids: ArrayLike<number>): number {
    let contexts = this.#beginning(false);
    let bits = 0;
    for (let index = 0; index < ids.length; index++) {
      const token = this.#checked(ids[index] ?? -1);
      bits -= Math.log2(this.#probability(contexts, token));
      contexts = this.#after(contexts, token);
    }
    return bits;
  }
}

/** A model of the texts, each a sequence of token ids below `vocabulary`. Takes about 40 bytes for each different n-gram. */
export function train(texts: Iterable<ArrayLike<number>>, vocabulary: number, order = 5): KneserNey {
  const model = new KneserNey(vocabulary, order);
  for (const ids of texts) model.count(ids);
  model.finish();
  return model;
}
