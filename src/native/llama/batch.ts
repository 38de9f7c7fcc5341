import koffi from "koffi";
import { Handle } from "../handle.ts";
import type { Batch } from "./structs.ts";

/** One token of a batch. */
export interface BatchToken {
  readonly token: number;
  readonly position: number;
  readonly sequence: number;
  /** Whether its logits, those of the token after it, are wanted. */
  readonly output: boolean;
}

/** The arrays of `llama_batch` in one native block, allocated once and written through a view. */
export class BatchArrays implements Disposable {
  readonly #handle: Handle;
  readonly #batch: Omit<Batch, "n_tokens">;
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  readonly #sequences: Int32Array;
  readonly #outputs: Int8Array;

  constructor(length: number) {
    // Per token: a pointer to its sequence ids (8 bytes), then token, position, count and the one id (4 each), a flag.
    const bytes = 25 * length;
    const block: unknown = koffi.alloc("uint8_t", bytes);
    const address = koffi.address(block);
    this.#handle = new Handle("batch", address, () => koffi.free(block));
    const memory = koffi.view(block, bytes);
    const pointers = new BigUint64Array(memory, 0, length);
    const [token, position, count, sequence, output] = [8, 12, 16, 20, 24].map((size) => size * length);
    if (!token || !position || !count || !sequence || !output) throw new RangeError("an empty batch");
    this.#tokens = new Int32Array(memory, token, length);
    this.#positions = new Int32Array(memory, position, length);
    new Int32Array(memory, count, length).fill(1);
    this.#sequences = new Int32Array(memory, sequence, length);
    this.#outputs = new Int8Array(memory, output, length);
    for (let index = 0; index < length; index++) pointers[index] = address + BigInt(sequence + 4 * index);
    this.#batch = {
      token: address + BigInt(token),
      embd: null,
      pos: address + BigInt(position),
      n_seq_id: address + BigInt(count),
      seq_id: address,
      logits: address + BigInt(output),
    };
  }

  fill(tokens: readonly BatchToken[]): Batch {
    void this.#handle.pointer; // throws when the block is gone
    tokens.forEach(({ token, position, sequence, output }, index) => {
      this.#tokens[index] = token;
      this.#positions[index] = position;
      this.#sequences[index] = sequence;
      this.#outputs[index] = output ? 1 : 0;
    });
    return { n_tokens: tokens.length, ...this.#batch };
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
