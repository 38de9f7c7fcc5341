import type { LocalFile } from "../formats/file-bytes.ts";
import type { LocalModelFiles } from "../hub/model-files.ts";
import type { GgufTensor } from "../native/gguf-writer.ts";
import { FLOAT_BYTES, RowConverter, type RowType, reused, rowTypeFor } from "../native/rows.ts";
import type { PlannedTensor } from "./tensor-plan.ts";
import { UnconvertibleError } from "./unconvertible.ts";

/** What is in memory of a tensor at once, at least one row of it: so little that it stays near the processor. */
const BLOCK_BYTES = 128 * 2 ** 10;

/** The weight files of a model, each opened when a tensor of it is wanted, and the memory that they are read into. */
export class WeightFiles implements AsyncDisposable {
  readonly block = reused();
  readonly turned = reused();
  readonly converter = new RowConverter();
  readonly #source: LocalModelFiles;
  readonly #open = new Map<string, Promise<LocalFile>>();

  constructor(source: LocalModelFiles) {
    this.#source = source;
  }

  file(name: string): Promise<LocalFile> {
    const opened = this.#open.get(name) ?? this.#source.open(name);
    this.#open.set(name, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#open.values()) {
      const file = await opened.catch(() => undefined);
      await file?.[Symbol.asyncDispose]();
    }
  }
}

/**
 * The type that a tensor gets: vectors stay exact in f32, and matrices get the wanted type, or one that their rows fit.
 * Without a wanted type, the tensor keeps its own.
 */
export function typeFor({ sizes, sourceType }: PlannedTensor, wanted: RowType | undefined): RowType {
  if (sizes.length === 1) return "f32";
  return rowTypeFor(wanted ?? sourceType, sizes[0] ?? 1);
}

/**
 * The tensor as the GGUF writer takes it; its values are read and converted when they are to be written, all tensors
 * through the same memory.
 */
export function tensorOf(tensor: PlannedTensor, files: WeightFiles, type: RowType): GgufTensor {
  return { name: tensor.name, sizes: tensor.sizes, type, pieces: () => piecesOf(tensor, files, type) };
}

async function* piecesOf(
  tensor: PlannedTensor,
  files: WeightFiles,
  type: RowType,
): AsyncGenerator<Uint8Array> {
  const { source, sourceType, sizes, interleaved } = tensor;
  // A vector is one row, except that the rows of its matrix are turned with it.
  const isColumn = sizes.length === 1 && interleaved !== undefined;
  const columns = isColumn ? 1 : (sizes[0] ?? 1);
  const rowBytes = columns * FLOAT_BYTES[sourceType];
  const unit = interleaved ?? 1;
  const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / (rowBytes * unit))) * rowBytes * unit;
  const file = await files.file(source.file);
  for (let at = 0; at < source.bytes; at += blockBytes) {
    const length = Math.min(blockBytes, source.bytes - at);
    const read = new Uint8Array(files.block(blockBytes), 0, length);
    file.fill(read, source.offset + at);
    const rows =
      interleaved === undefined ? read : interleave(read, interleaved, rowBytes, files.turned(blockBytes));
    const bytes = files.converter.convert(rows, sourceType, type, columns);
    if (type === "f16" && sourceType !== "f16" && !isFinite16(bytes)) throw tooLarge(file.path, source.name);
    yield bytes;
  }
}

/** Of each head, rows i and i + half become rows 2 i and 2 i + 1. */
function interleave(
  rows: Uint8Array,
  rowsPerHead: number,
  rowBytes: number,
  memory: ArrayBuffer,
): Uint8Array {
  const result = new Uint8Array(memory, 0, rows.length);
  const half = rowsPerHead / 2;
  for (let row = 0; row * rowBytes < rows.length; row++) {
    const within = row % rowsPerHead;
    const from = row - within + (within % 2) * half + Math.floor(within / 2);
    result.set(rows.subarray(from * rowBytes, (from + 1) * rowBytes), row * rowBytes);
  }
  return result;
}

/** Whether none of these f16 is infinite or no number: two at once, since adding one to a full exponent carries. */
function isFinite16(bytes: Uint8Array): boolean {
  const pairs = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let carries = 0;
  for (const pair of pairs) carries |= (pair & 0x7c007c00) + 0x04000400;
  const last = bytes.length % 4 === 0 ? 0 : (bytes.at(-1) ?? 0) & 0x7c;
  return (carries & 0x80008000) === 0 && last !== 0x7c;
}

function tooLarge(path: string, name: string): UnconvertibleError {
  return new UnconvertibleError(
    path,
    { en: `a weight of ${name} is too large for f16`, zh: `${name} 中有权重超出 f16 的范围` },
    { en: "convert with --type bf16 or f32", zh: "请用 --type bf16 或 f32 转换" },
  );
}
