import type { Pooling } from "../vectors.ts";

/** Gathers the vectors of a text's tokens, which come one by one, into that of the text. */
export class Pool {
  readonly #pooling: Pooling;
  readonly #rows: Float32Array[] = [];
  #sum: Float64Array | undefined;
  #count = 0;

  constructor(pooling: Pooling) {
    this.#pooling = pooling;
  }

  /** Whether the vector of the text's next token changes anything; `isLast` says that it ends the text. */
  wants(isLast: boolean): boolean {
    if (this.#pooling === "last") return isLast;
    return this.#pooling !== "cls" || this.#count === 0;
  }

  add(vector: Float32Array): void {
    this.#count++;
    if (this.#pooling !== "mean") {
      this.#rows.push(vector);
      return;
    }
    // Doubles, so that a long text's mean does not depend on the order of its tokens.
    this.#sum ??= new Float64Array(vector.length);
    for (const [i, value] of vector.entries()) this.#sum[i] = (this.#sum[i] ?? 0) + value;
  }

  /** The text's vector; of `none` the vectors of its tokens, one behind the other. */
  get result(): Float32Array {
    if (this.#sum !== undefined) return Float32Array.from(this.#sum, (value) => value / this.#count);
    const length = this.#rows.reduce((sum, row) => sum + row.length, 0);
    const all = new Float32Array(length);
    let at = 0;
    for (const row of this.#rows) {
      all.set(row, at);
      at += row.length;
    }
    return all;
  }
}
