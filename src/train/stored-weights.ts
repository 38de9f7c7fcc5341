import { closeSync, openSync, readSync } from "node:fs";
import { BadFileError } from "../errors.ts";
import type { GgufHeader } from "../formats/gguf/header.ts";
import { tensorTypeNamed } from "../formats/gguf/tensor-types.ts";
import type { TensorInfo } from "../formats/gguf/tensors.ts";
import { rowToFloats } from "../native/ggml/dequantize.ts";
import { type TensorType, tensorTypeOf } from "../native/ggml/tensor.ts";
import { printable } from "../printable.ts";
import { UntrainableError } from "./untrainable.ts";

/** Bytes that are read at once, at least one row. */
const PIECE_BYTES = 4 * 2 ** 20;

/** A weight as its file keeps it; its values are read when they are asked for. */
export interface StoredWeight {
  readonly name: string;
  /** Fastest dimension first. */
  readonly sizes: readonly number[];
  readonly type: TensorType;
  /** Its bytes in that type, whole rows at a time. */
  pieces(): Generator<Uint8Array>;
  /** Its values, dequantised by libggml. */
  floats(): Float32Array;
}

/** The weights of a GGUF file by name. Throws UntrainableError for a type that the native library does not compute with. */
export function storedWeights(header: GgufHeader): ReadonlyMap<string, StoredWeight> {
  return new Map(header.tensors.map((tensor) => [tensor.name, storedWeight(header, tensor)]));
}

function storedWeight(header: GgufHeader, tensor: TensorInfo): StoredWeight {
  const type = tensorTypeOf(tensor.type);
  if (type === undefined) {
    throw new UntrainableError(header.path, {
      en: `its tensor ${printable(tensor.name)} is kept as ${tensor.type}`,
      zh: `其张量 ${printable(tensor.name)} 以 ${tensor.type} 保存`,
    });
  }
  const columns = tensor.shape[0] ?? 1;
  const { blockElements, blockBytes } = tensorTypeNamed(tensor.type);
  const rowBytes = (columns / blockElements) * blockBytes;
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / rowBytes)) * rowBytes;
  const start = header.tensorDataOffset + tensor.offset;

  function* pieces(): Generator<Uint8Array> {
    const file = openSync(header.path, "r");
    try {
      for (let at = 0; at < tensor.bytes; at += pieceBytes) {
        const bytes = new Uint8Array(Math.min(pieceBytes, tensor.bytes - at));
        for (let read = 0; read < bytes.length; ) {
          const count = readSync(file, bytes, read, bytes.length - read, start + at + read);
          if (count === 0) throw cutShort(header.path);
          read += count;
        }
        yield bytes;
      }
    } finally {
      closeSync(file);
    }
  }
  return {
    name: tensor.name,
    sizes: tensor.shape,
    type,
    pieces,
    floats: () => {
      const values = new Float32Array(tensor.shape.reduce((a, b) => a * b, 1));
      let at = 0;
      for (const piece of pieces()) {
        const floats = floatsOfRows(piece, type);
        values.set(floats, at);
        at += floats.length;
      }
      return values;
    },
  };
}

function cutShort(path: string): BadFileError {
  const shown = printable(path);
  return new BadFileError(path, {
    en: `${shown} ends too early or was changed while it was read; download or convert it again.`,
    zh: `${shown} 不完整，或在读取时被更改；请重新下载或转换。`,
  });
}

/** The values of whole rows that are kept in a type. */
export function floatsOfRows(bytes: Uint8Array, type: TensorType): Float32Array {
  const name = type.toUpperCase();
  const { blockElements, blockBytes } = tensorTypeNamed(name);
  const floats = rowToFloats(name, bytes, (bytes.length / blockBytes) * blockElements);
  if (floats === undefined) throw new RangeError(`no conversion from ${type}`);
  return floats;
}
