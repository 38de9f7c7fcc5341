import { allocated } from "./arena.ts";
import { ggml } from "./bindings.ts";
import { GgmlError, outOfOrder } from "./error.ts";
import { arenaOf, elementCount, pointerOf, type Tensor } from "./tensor.ts";

type Elements = Float32Array | Int32Array | BigInt64Array | Uint16Array | Uint8Array;

/** Copies values into a tensor; the array holds exactly the tensor's bytes. */
export function writeTensor(tensor: Tensor, values: Elements): void {
  const native = ggml();
  requireMemory(tensor);
  checkBytes(native.byteCount(pointerOf(tensor)), values.byteLength);
  native.write(pointerOf(tensor), values, 0, values.byteLength);
}

/** Copies the bytes of a tensor into it, piece by piece; together they are exactly the tensor's. */
export function writePieces(tensor: Tensor, pieces: Iterable<Uint8Array>): void {
  const native = ggml();
  requireMemory(tensor);
  const wanted = native.byteCount(pointerOf(tensor));
  let at = 0;
  for (const piece of pieces) {
    if (at + piece.length > wanted) checkBytes(wanted, at + piece.length);
    native.write(pointerOf(tensor), piece, at, piece.length);
    at += piece.length;
  }
  checkBytes(wanted, at);
}

/** Copies the values out of a tensor into an array of exactly its bytes, and returns that array. */
export function readTensor<T extends Elements>(tensor: Tensor, into: T): T {
  const native = ggml();
  requireMemory(tensor);
  checkBytes(native.byteCount(pointerOf(tensor)), into.byteLength);
  native.read(pointerOf(tensor), into, 0, into.byteLength);
  return into;
}

/** The values of an f32 tensor. */
export function readFloats(tensor: Tensor): Float32Array {
  return readTensor(tensor, new Float32Array(elementCount(tensor.shape)));
}

function requireMemory(tensor: Tensor): void {
  void pointerOf(tensor);
  if (!allocated.has(arenaOf(tensor))) {
    throw outOfOrder(
      "the tensor has no memory yet: allocate its store or plan its graph first",
      "张量尚无内存：请先分配其存储或规划其图",
    );
  }
}

function checkBytes(wanted: number, given: number): void {
  if (wanted === given) return;
  throw new GgmlError({
    en: `The tensor holds ${wanted} bytes but the array has ${given}; pass an array of the tensor's size.`,
    zh: `张量占 ${wanted} 字节，而数组有 ${given} 字节；请传入与张量大小一致的数组。`,
  });
}
