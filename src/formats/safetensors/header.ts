import { type FileBytes, openFile } from "../file-bytes.ts";
import { cutShort, emptyFile } from "../gguf/problems.ts";
import { JsonError, parseJson } from "../json.ts";
import { DTYPE_BITS, type Dtype, isDtype } from "./dtypes.ts";
import { damaged, damagedTensor } from "./problems.ts";

/** The header's own length stands before it, in 64 bits. */
export const LENGTH_BYTES = 8;
/** Headers of the largest shards take some hundred kilobytes; the format itself allows 100 MB. */
const MAX_HEADER_BYTES = 32 * 2 ** 20;
const MAX_TENSORS = 262_144;
const MAX_NAME_LENGTH = 1024;
/** Convolutions over video have 5. */
const MAX_RANK = 8;
/** Entry, shape and offsets inside the header; and for a tensor, those of its fields with the numbers in them. */
const LIMITS = { depth: 3, values: MAX_TENSORS * 16 };

/** One tensor as the header announces it. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Elements along each dimension, the slowest-changing first: a matrix is [rows, columns]. */
  readonly shape: readonly number[];
  /** Bytes from the start of the file to the tensor. */
  readonly offset: number;
  /** Bytes the tensor takes. */
  readonly bytes: number;
}

/** What the header of a safetensors file says, checked: the tensors fill the rest of the file, side by side. */
export interface SafetensorsHeader {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** `__metadata__`: whatever the writer noted, such as `format`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly fileBytes: number;
}

/** Reads the header of a safetensors file on this machine. Throws as `openFile` and `readSafetensorsHeaderFrom` do. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  await using file = await openFile(path);
  return await readSafetensorsHeaderFrom(file);
}

/**
 * Reads the header of a safetensors file with two ranges, its length and itself, and no more of the file. Throws
 * `BadFileError` for everything that is wrong with it, and what `file.read` throws.
 * Source of the rules: the format's README and the reference implementation (safetensors 0.7).
 */
export async function readSafetensorsHeaderFrom(file: FileBytes): Promise<SafetensorsHeader> {
  const { path, size } = file;
  if (size === 0) throw emptyFile(path);
  if (size < LENGTH_BYTES) throw cutShort(path, LENGTH_BYTES, size);
  const length = headerLength(path, await file.read(0, LENGTH_BYTES), size);
  return parseSafetensorsHeader(path, await file.read(LENGTH_BYTES, length), size);
}

/** The length of the header, from the first 8 bytes of a file of `fileBytes` bytes. Throws `BadFileError`. */
export function headerLength(path: string, first: Uint8Array, fileBytes: number): number {
  const view = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES);
  // Beyond 2^53 the number is rounded, and still fails the limit.
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw damaged(path, {
      en: `it claims a header of ${length} bytes (at most ${MAX_HEADER_BYTES} are allowed), as files of another format seem to`,
      zh: `声称文件头有 ${length} 字节（最多允许 ${MAX_HEADER_BYTES}），可能是其他格式的文件`,
    });
  }
  if (LENGTH_BYTES + length > fileBytes) throw cutShort(path, LENGTH_BYTES + length, fileBytes);
  return length;
}

/**
 * The header in `json`, the bytes between the length and the tensors. Pure: `path` only names the file in errors.
 * Throws `BadFileError` for what is wrong with it.
 */
export function parseSafetensorsHeader(path: string, json: Uint8Array, fileBytes: number): SafetensorsHeader {
  const entries = entriesOf(path, json);
  const tensors = new Map<string, SafetensorsTensor>();
  const dataOffset = LENGTH_BYTES + json.length;
  let metadata = new Map<string, string>();
  for (const [name, value] of entries) {
    if (name === "__metadata__") metadata = metadataOf(path, value);
    else tensors.set(name, tensorOf(path, name, value, dataOffset));
  }
  if (tensors.size > MAX_TENSORS) {
    throw damaged(path, {
      en: `it claims ${tensors.size} tensors (at most ${MAX_TENSORS} are allowed)`,
      zh: `声称有 ${tensors.size} 个张量（最多允许 ${MAX_TENSORS}）`,
    });
  }
  checkPlaces(path, [...tensors.values()], dataOffset, fileBytes);
  return { path, tensors, metadata, fileBytes };
}

function entriesOf(path: string, json: Uint8Array): [string, unknown][] {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json), LIMITS);
  } catch (cause) {
    const why = cause instanceof JsonError ? cause.text : { en: "it is not UTF-8", zh: "不是 UTF-8" };
    throw damaged(path, { en: `of its header, ${why.en}`, zh: `其文件头${why.zh}` });
  }
  if (!isObject(value)) {
    throw damaged(path, { en: "its header is no JSON object", zh: "其文件头不是 JSON 对象" });
  }
  return Object.entries(value);
}

function metadataOf(path: string, value: unknown): Map<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [["", undefined] as const];
  const metadata = new Map<string, string>();
  for (const [key, text] of entries) {
    if (typeof text !== "string") {
      throw damaged(path, {
        en: `its "__metadata__" holds something else than texts`,
        zh: `其 "__metadata__" 含有文本以外的内容`,
      });
    }
    metadata.set(key, text);
  }
  return metadata;
}

function tensorOf(path: string, name: string, value: unknown, dataOffset: number): SafetensorsTensor {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH) {
    throw damaged(path, {
      en: `a tensor has a name of ${name.length} characters (1 to ${MAX_NAME_LENGTH} are allowed)`,
      zh: `有张量的名称长 ${name.length} 个字符（允许 1 到 ${MAX_NAME_LENGTH}）`,
    });
  }
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (!isDtype(dtype)) {
    throw damagedTensor(path, name, { en: "has an unknown element type", zh: "的元素类型未知" });
  }
  if (!isCounts(shape) || shape.length > MAX_RANK) {
    throw damagedTensor(path, name, {
      en: `has no sound shape (at most ${MAX_RANK} whole numbers)`,
      zh: `的形状有误（应为至多 ${MAX_RANK} 个整数）`,
    });
  }
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || end < begin) {
    throw damagedTensor(path, name, { en: "has no sound data_offsets", zh: "的 data_offsets 有误" });
  }
  const bytes = bytesOf(dtype, shape);
  if (bytes !== end - begin) {
    throw damagedTensor(path, name, {
      en: `is ${dtype} of shape [${shape.join(", ")}], and yet takes ${end - begin} bytes`,
      zh: `为 ${dtype}、形状 [${shape.join(", ")}]，却占 ${end - begin} 字节`,
    });
  }
  return { name, dtype, shape, offset: dataOffset + begin, bytes };
}

/** Bytes of a shape; no number where they are none, or so many that they would be rounded. */
function bytesOf(dtype: Dtype, shape: readonly number[]): number {
  let elements = 1;
  for (const size of shape) {
    // A zero among huge dimensions would hide them, so every product before it counts.
    elements *= Math.max(size, 1);
    if (!Number.isSafeInteger(elements)) return Number.NaN;
  }
  const bytes = shape.includes(0) ? 0 : (elements * DTYPE_BITS[dtype]) / 8;
  return Number.isSafeInteger(bytes) ? bytes : Number.NaN;
}

/** The tensors lie one behind the other, from the header's end to the end of the file. */
function checkPlaces(
  path: string,
  tensors: readonly SafetensorsTensor[],
  dataOffset: number,
  fileBytes: number,
): void {
  let end = dataOffset;
  for (const { name, offset, bytes } of tensors.toSorted(byPlace)) {
    if (offset < end) {
      throw damagedTensor(path, name, { en: "overlaps the one before it", zh: "与前一个张量重叠" });
    }
    if (offset > end) {
      throw damagedTensor(path, name, {
        en: `begins ${offset - end} bytes behind the one before it`,
        zh: `与前一个张量之间有 ${offset - end} 字节的空隙`,
      });
    }
    end = offset + bytes;
  }
  if (end > fileBytes) throw cutShort(path, end, fileBytes);
  if (end < fileBytes) {
    throw damaged(path, {
      en: `${fileBytes - end} bytes at its end belong to no tensor`,
      zh: `末尾有 ${fileBytes - end} 字节不属于任何张量`,
    });
  }
}

/** Empty tensors lie at the place where the next one begins. */
function byPlace(one: SafetensorsTensor, other: SafetensorsTensor): number {
  return one.offset - other.offset || one.bytes - other.bytes;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}
