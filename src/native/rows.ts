import { ggml } from "./ggml/bindings.ts";
import { TENSOR_TYPES } from "./ggml/tensor.ts";

/** The types that weights are published in. */
export type FloatType = "f32" | "f16" | "bf16";
/** The types that weights can be converted to: floats, or blocks of 32 weights with 8 bits each and a scale. */
export type RowType = FloatType | "q8_0";

/** `general.file_type` of a file whose matrices are of one type; source: `enum llama_ftype`. */
export const FILE_TYPES: Readonly<Record<RowType, number>> = { f32: 0, f16: 1, q8_0: 7, bf16: 32 };

export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { f32: 4, f16: 2, bf16: 2 };
/** Weights of a q8_0 block, and what rows of it are a multiple of. */
const Q8_0_BLOCK = 32;

/** Whether rows of so many weights are one block, which the pinned library multiplies wrongly with several tokens. */
export function isOneBlock(columns: number): boolean {
  return columns === Q8_0_BLOCK;
}

/** The type for rows of this length: f16 for those that q8_0 cannot pack, as in other converters, or not soundly. */
export function rowTypeFor(type: RowType, columns: number): RowType {
  return type === "q8_0" && (columns % Q8_0_BLOCK !== 0 || isOneBlock(columns)) ? "f16" : type;
}

/** The values of these bytes; of f32 the very same memory, where it lies on a boundary of 4 bytes. */
export function floatsOf(bytes: Uint8Array, type: FloatType): Float32Array {
  return readFloats(bytes, type, (length) => new ArrayBuffer(length));
}

/** Values as bytes of a type, rounded to nearest; `columns` is the length of a row, a multiple of 32 for q8_0. */
export function bytesOfFloats(floats: Float32Array, type: RowType, columns: number): Uint8Array {
  return writeFloats(floats, type, columns, (length) => new ArrayBuffer(length));
}

/** Rows of one type as rows of another, through memory that is used again: what it returns is good until the next call. */
export class RowConverter {
  readonly #floats = reused();
  readonly #bytes = reused();

  /** `columns` is the length of a row, a multiple of 32 for q8_0. */
  convert(bytes: Uint8Array, from: FloatType, to: RowType, columns: number): Uint8Array {
    if (from === to) return bytes;
    return writeFloats(readFloats(bytes, from, this.#floats), to, columns, this.#bytes);
  }
}

/** Gives memory of at least so many bytes. */
type Room = (length: number) => ArrayBuffer;

/** The same memory for every call, until more is asked for. New memory costs more than what is done in it. */
export function reused(): Room {
  let memory = new ArrayBuffer(0);
  return (length) => {
    if (length > memory.byteLength) memory = new ArrayBuffer(length);
    return memory;
  };
}

function readFloats(bytes: Uint8Array, type: FloatType, room: Room): Float32Array {
  const count = bytes.length / FLOAT_BYTES[type];
  if (type === "f32" && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  }
  const floats = new Float32Array(room(4 * count), 0, count);
  if (type === "f32") new Uint8Array(floats.buffer, 0, bytes.length).set(bytes);
  else if (type === "f16") ggml().fromF16(bytes, floats, count);
  else ggml().fromBf16(bytes, floats, count);
  return floats;
}

function writeFloats(floats: Float32Array, type: RowType, columns: number, room: Room): Uint8Array {
  if (type === "f32") return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  const native = ggml();
  const rows = floats.length / columns;
  const length = native.rowSize(TENSOR_TYPES[type], columns) * rows;
  const bytes = new Uint8Array(room(length), 0, length);
  if (type === "f16") native.toF16(floats, bytes, floats.length);
  else if (type === "bf16") native.toBf16(floats, bytes, floats.length);
  else native.quantize(TENSOR_TYPES[type], floats, bytes, 0, rows, columns, null);
  return bytes;
}
