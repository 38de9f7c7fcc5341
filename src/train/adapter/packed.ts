import { PackedMatrix } from "../../native/ggml/packed.ts";
import { isQuantized, type Tensor } from "../../native/ggml/tensor.ts";
import { bytesOfFloats } from "../../native/rows.ts";
import { floatsOfRows, type StoredWeight } from "../stored-weights.ts";
import type { PackedPair } from "../tensor/operations.ts";

/** Weights that share a scale in Q8_0, and the bytes of such a block. */
const BLOCK = 32;
const BLOCK_BYTES = 34;
/** Rows that are exchanged for columns at a time. */
const ROWS_AT_ONCE = 256;

/** The frozen matrices for which there is such a layout, by name. */
export class PackedWeights implements Disposable {
  readonly #matrices: { readonly matrix: PackedMatrix; readonly bytes: () => Uint8Array }[] = [];
  readonly #pairs = new Map<string, PackedPair>();

  /** Takes room for what can be packed of these matrices; nothing is read or written yet. */
  constructor(weights: Iterable<StoredWeight>) {
    for (const weight of weights) {
      const [inputs = 1, outputs = 1, ...more] = weight.sizes;
      // the library multiplies rows of a single block wrongly: see `isOneBlock`
      const fits = [inputs, outputs].every((size) => size % BLOCK === 0 && size > BLOCK);
      if (!fits || more.length > 0 || !isQuantized(weight.type)) continue;
      const straight = PackedMatrix.of(weight.type, [inputs, outputs]);
      const transposed = PackedMatrix.of("q8_0", [outputs, inputs]);
      if (straight === undefined || transposed === undefined) {
        straight?.[Symbol.dispose]();
        transposed?.[Symbol.dispose]();
        continue;
      }
      this.#matrices.push(
        { matrix: straight, bytes: () => Buffer.concat([...weight.pieces()]) },
        { matrix: transposed, bytes: () => transposedQ8(weight) },
      );
      this.#pairs.set(weight.name, { straight: straight.tensor, transposed: transposed.tensor });
    }
  }

  /** Reads the weights and packs them. */
  write(): void {
    for (const { matrix, bytes } of this.#matrices) matrix.write(bytes());
  }

  has(name: string): boolean {
    return this.#pairs.has(name);
  }

  /** The matrices as they are. */
  straight(): Map<string, Tensor> {
    return new Map([...this.#pairs].map(([name, { straight }]) => [name, straight]));
  }

  /** What stands for these weights in products, where they are packed. */
  pairsOf(weights: ReadonlyMap<string, Tensor>): Map<Tensor, PackedPair> {
    const found = new Map<Tensor, PackedPair>();
    for (const [name, pair] of this.#pairs) {
      const tensor = weights.get(name);
      if (tensor !== undefined) found.set(tensor, pair);
    }
    return found;
  }

  /** Bytes that they take. */
  get byteCount(): number {
    return this.#matrices.reduce((sum, { matrix }) => sum + matrix.byteCount, 0);
  }

  [Symbol.dispose](): void {
    for (const { matrix } of this.#matrices) matrix[Symbol.dispose]();
  }
}

/** The transpose of a matrix [inputs, outputs] in Q8_0, both sizes multiples of 32; its values never lie unpacked as a whole. */
export function transposedQ8({ sizes, type, pieces }: StoredWeight): Uint8Array {
  const [inputs = 1, outputs = 1] = sizes;
  const rowBytes = (outputs / BLOCK) * BLOCK_BYTES;
  const result = new Uint8Array(inputs * rowBytes);
  const room = new Float32Array(inputs * ROWS_AT_ONCE);
  let [held, done] = [0, 0];
  const flush = () => {
    const turned = new Float32Array(inputs * held);
    for (let row = 0; row < held; row++)
      for (let i = 0; i < inputs; i++) turned[i * held + row] = room[row * inputs + i] ?? 0;
    const packed = bytesOfFloats(turned, "q8_0", held);
    const width = (held / BLOCK) * BLOCK_BYTES;
    const at = (done / BLOCK) * BLOCK_BYTES;
    for (let i = 0; i < inputs; i++)
      result.set(packed.subarray(i * width, (i + 1) * width), i * rowBytes + at);
    done += held;
    held = 0;
  };
  for (const piece of pieces()) {
    const rows = floatsOfRows(piece, type);
    for (let from = 0; from < rows.length; ) {
      const count = Math.min(rows.length - from, (ROWS_AT_ONCE - held) * inputs);
      room.set(rows.subarray(from, from + count), held * inputs);
      from += count;
      held += count / inputs;
      if (held === ROWS_AT_ONCE) flush();
    }
  }
  if (held > 0) flush();
  return result;
}
