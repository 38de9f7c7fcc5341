import koffi from "koffi";
import { Handle, type Pointer } from "../handle.ts";

/** Where the fields of `llama_token_data_array` lie, which stands before the candidates themselves, in bytes. */
const DATA = 0;
const SIZE = 8;
const SELECTED = 16;
const SORTED = 24;
const HEADER = 32;
/** Numbers of one `llama_token_data`: id, logit, probability. */
const FIELDS = 3;

/** The candidates for the next token, in native memory: what samplers narrow down and select from. */
export class Candidates implements Disposable {
  readonly #handle: Handle;
  readonly #address: Pointer;
  readonly #header: BigInt64Array;
  readonly #sorted: Uint8Array;
  readonly #ids: Int32Array;
  readonly #logits: Float32Array;

  /** @param capacity most candidates: the vocabulary's size. */
  constructor(capacity: number) {
    const bytes = HEADER + 4 * FIELDS * capacity;
    const block: unknown = koffi.alloc("uint8_t", bytes);
    this.#address = koffi.address(block);
    this.#handle = new Handle("candidates", this.#address, () => koffi.free(block));
    const memory = koffi.view(block, bytes);
    this.#header = new BigInt64Array(memory, 0, SORTED / 8);
    this.#sorted = new Uint8Array(memory, SORTED, 1);
    this.#ids = new Int32Array(memory, HEADER);
    this.#logits = new Float32Array(memory, HEADER);
  }

  get pointer(): Pointer {
    return this.#handle.pointer;
  }

  /** All tokens that are possible and not forbidden. */
  fill(logits: Float32Array, forbidden: ReadonlySet<number>): void {
    void this.pointer; // throws when the memory is gone
    let size = 0;
    logits.forEach((logit, id) => {
      if (logit > Number.NEGATIVE_INFINITY && !forbidden.has(id)) this.#set(size++, id, logit);
    });
    this.#begin(size);
  }

  /** One token alone. */
  fillOne(id: number): void {
    void this.pointer;
    this.#set(0, id, 0);
    this.#begin(1);
  }

  /** Drops what a sampler has ruled out; gives how many are left. */
  compact(): number {
    void this.pointer;
    const before = Number(this.#header[SIZE / 8]);
    let size = 0;
    for (let at = 0; at < before; at++) {
      const id = this.#ids[FIELDS * at] ?? 0;
      const logit = this.#logits[FIELDS * at + 1] ?? Number.NEGATIVE_INFINITY;
      if (logit > Number.NEGATIVE_INFINITY) this.#set(size++, id, logit);
    }
    this.#begin(size);
    return size;
  }

  /** The token that a sampler selected. */
  get selected(): number {
    void this.pointer;
    const at = Number(this.#header[SELECTED / 8]);
    const id = this.#ids[FIELDS * at];
    if (at < 0 || id === undefined) throw new RangeError("no sampler has selected a token");
    return id;
  }

  #set(at: number, id: number, logit: number): void {
    this.#ids[FIELDS * at] = id;
    this.#logits[FIELDS * at + 1] = logit;
    this.#logits[FIELDS * at + 2] = 0;
  }

  #begin(size: number): void {
    this.#header[DATA / 8] = this.#address + BigInt(HEADER);
    this.#header[SIZE / 8] = BigInt(size);
    this.#header[SELECTED / 8] = -1n;
    this.#sorted[0] = 0;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
