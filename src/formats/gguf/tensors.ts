import { printable } from "../../printable.ts";
import type { Cursor } from "./cursor.ts";
import { contradiction, cutShort } from "./problems.ts";
import { type TensorType, tensorType } from "./tensor-types.ts";

/** ggml: a tensor has at most 4 dimensions, and a name of fewer than 64 bytes. */
const MAX_DIMENSIONS = 4;
const MAX_NAME_BYTES = 63;

/** One tensor as the header announces it. */
export interface TensorInfo {
  readonly name: string;
  /** Elements along each dimension, the fastest-changing first (ggml's `ne`). */
  readonly shape: readonly number[];
  /** Such as `F32` or `Q8_0`. */
  readonly type: string;
  /** Bytes from the start of the tensor data to the tensor. */
  readonly offset: number;
  /** Bytes the tensor takes. */
  readonly bytes: number;
}

/** Reads `count` tensor descriptions from the cursor on; each is possible by itself, and no name appears twice. */
export function readTensors(cursor: Cursor, count: number): TensorInfo[] {
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const tensor = readTensor(cursor, index);
    if (names.has(tensor.name)) {
      throw contradiction(cursor.path, {
        en: `the tensor "${printable(tensor.name)}" appears twice`,
        zh: `张量 "${printable(tensor.name)}" 出现了两次`,
      });
    }
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

/** Checks where the tensors lie: on the file's alignment, apart from each other, and within the file. */
export function checkPlaces(
  path: string,
  tensors: readonly TensorInfo[],
  dataOffset: number,
  alignment: number,
  fileBytes: number,
): void {
  const inOrder = tensors
    .filter((tensor) => tensor.bytes > 0)
    .sort((one, other) => one.offset - other.offset);
  let end = 0;
  for (const { name, offset, bytes } of inOrder) {
    if (offset % alignment !== 0) {
      throw contradiction(path, {
        en: `the tensor "${printable(name)}" begins at offset ${offset}, not a multiple of ${alignment}`,
        zh: `张量 "${printable(name)}" 起始于偏移 ${offset}，不是 ${alignment} 的倍数`,
      });
    }
    if (offset < end) {
      throw contradiction(path, {
        en: `the tensor "${printable(name)}" overlaps the one before it`,
        zh: `张量 "${printable(name)}" 与前一个张量重叠`,
      });
    }
    end = offset + bytes;
    if (dataOffset + end > fileBytes) throw cutShort(path, dataOffset + end, fileBytes);
  }
}

function readTensor(cursor: Cursor, index: number): TensorInfo {
  const nameBytes = cursor.count();
  if (nameBytes > MAX_NAME_BYTES) {
    throw contradiction(cursor.path, {
      en: `tensor ${index} has a name of ${nameBytes} bytes (at most ${MAX_NAME_BYTES} are allowed)`,
      zh: `第 ${index} 个张量的名称有 ${nameBytes} 字节（最多允许 ${MAX_NAME_BYTES}）`,
    });
  }
  const name = cursor.text(nameBytes);
  const shape = readShape(cursor, name);
  const type = readType(cursor, name);
  const offset = cursor.count();
  const bytes = bytesOf(cursor.path, name, shape, type);
  if (!Number.isSafeInteger(offset + bytes)) throw impossibleSize(cursor.path, name, [offset, bytes]);
  return { name, shape, type: type.name, offset, bytes };
}

function readShape(cursor: Cursor, name: string): number[] {
  const dimensions = cursor.u32();
  if (dimensions > MAX_DIMENSIONS) {
    throw contradiction(cursor.path, {
      en: `the tensor "${printable(name)}" has ${dimensions} dimensions (at most ${MAX_DIMENSIONS} are allowed)`,
      zh: `张量 "${printable(name)}" 有 ${dimensions} 个维度（最多允许 ${MAX_DIMENSIONS}）`,
    });
  }
  return Array.from({ length: dimensions }, () => cursor.count());
}

function readType(cursor: Cursor, name: string): TensorType {
  const number = cursor.u32();
  const type = tensorType(number);
  if (type === undefined) {
    throw contradiction(cursor.path, {
      en: `the tensor "${printable(name)}" has the unknown type ${number}`,
      zh: `张量 "${printable(name)}" 的类型 ${number} 未知`,
    });
  }
  return type;
}

function bytesOf(path: string, name: string, shape: readonly number[], type: TensorType): number {
  const elements = elementsOf(shape);
  if (!Number.isSafeInteger(elements)) throw impossibleSize(path, name, shape);
  const rowElements = shape[0] ?? 1;
  if (rowElements % type.blockElements !== 0) {
    throw contradiction(path, {
      en: `the tensor "${printable(name)}" has rows of ${rowElements}, not a multiple of the ${type.blockElements} that ${type.name} packs together`,
      zh: `张量 "${printable(name)}" 每行 ${rowElements} 个元素，不是 ${type.name} 分块大小 ${type.blockElements} 的倍数`,
    });
  }
  const bytes = (elements / type.blockElements) * type.blockBytes;
  if (!Number.isSafeInteger(bytes)) throw impossibleSize(path, name, shape);
  return bytes;
}

/** How many elements a shape holds; beyond 2^53 the product is no safe integer, and stays none. */
export function elementsOf(shape: readonly number[]): number {
  // A zero among huge dimensions would hide them.
  const largest = Math.max(1, ...shape);
  const product = shape.reduce((elements, size) => elements * size, 1);
  return Number.isSafeInteger(largest) ? product : largest;
}

function impossibleSize(path: string, name: string, numbers: readonly number[]): Error {
  return contradiction(path, {
    en: `the tensor "${printable(name)}" claims an impossible size (${numbers.join(" × ")})`,
    zh: `张量 "${printable(name)}" 声称的大小不可能（${numbers.join(" × ")}）`,
  });
}
