import { type FileBytes, openFile } from "../file-bytes.ts";
import { Cursor, NeedMoreBytes } from "./cursor.ts";
import { type GgufMetadata, readMetadata } from "./metadata.ts";
import { bigEndian, contradiction, emptyFile, notGguf, wrongVersion } from "./problems.ts";
import { checkPlaces, elementsOf, readTensors, type TensorInfo } from "./tensors.ts";

/** "GGUF" as a little-endian number. */
const MAGIC = 0x46554747;
const DEFAULT_ALIGNMENT = 32;
const MAX_KEYS = 65_536;
const MAX_TENSORS = 262_144;
/** The largest vocabularies make headers of 20 MB. */
const MAX_HEADER_BYTES = 256 * 2 ** 20;

/** What the header of a GGUF file says, checked: every tensor lies within the file, apart from the others. */
export interface GgufHeader {
  readonly path: string;
  /** `general.architecture`, such as `qwen3`. */
  readonly architecture: string;
  /** `general.name`. */
  readonly name?: string;
  readonly metadata: GgufMetadata;
  readonly tensors: readonly TensorInfo[];
  /** Bytes from the start of the file to the tensor data. */
  readonly tensorDataOffset: number;
  readonly fileBytes: number;
  /** Elements of all tensors of this file; a model split over several files has more. */
  readonly parameterCount: number;
}

/**
 * Reads the header of a GGUF file (versions 2 and 3, little-endian), and no more of the file than the header.
 * Throws `NotFoundError` when there is no such file, and `BadFileError` for everything that is wrong with it.
 * Source of the format and its limits: the GGUF specification, and what the pinned native library accepts.
 *
 * `@huggingface/gguf` reads the same format, but decodes every string of the vocabulary (1.5 to 2.7 s for the
 * vocabularies of Llama 3 and Gemma 4, where this takes milliseconds) and reads zeros past the end of a cut file.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  await using file = await openFile(path);
  return await readGgufHeaderFrom(file);
}

/** How much of a file is read at first, and how many times more when the header turns out to be longer. */
export interface ReadPlan {
  readonly firstBytes: number;
  readonly growth: number;
}

const LOCAL_PLAN: ReadPlan = { firstBytes: 2 ** 20, growth: 4 };

/**
 * Reads the header of a GGUF file by ranges, wherever the file is. Throws what `readGgufHeader` throws, and what
 * `file.read` does.
 */
export async function readGgufHeaderFrom(file: FileBytes, plan: ReadPlan = LOCAL_PLAN): Promise<GgufHeader> {
  const { path, size } = file;
  if (size === 0) throw emptyFile(path);
  const limit = Math.min(size, MAX_HEADER_BYTES);
  let head: Uint8Array = new Uint8Array();
  for (let bytes = Math.min(limit, plan.firstBytes); ; bytes = Math.min(limit, bytes * plan.growth)) {
    head = Buffer.concat([head, await file.read(head.length, bytes - head.length)]);
    try {
      return parseGgufHeader(path, head, size);
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error;
      if (bytes === limit) {
        throw contradiction(path, {
          en: `its header goes on past ${MAX_HEADER_BYTES} bytes`,
          zh: `文件头超过 ${MAX_HEADER_BYTES} 字节`,
        });
      }
    }
  }
}

/**
 * The header in the first `bytes` of a file of `fileBytes` bytes. Pure: `path` only names the file in errors.
 * Throws `NeedMoreBytes` when the header goes on past `bytes`, and `BadFileError` as `readGgufHeader` does.
 */
export function parseGgufHeader(path: string, bytes: Uint8Array, fileBytes: number): GgufHeader {
  const cursor = new Cursor(path, bytes, fileBytes);
  if (fileBytes < 4 || cursor.u32() !== MAGIC) throw notGguf(path);
  readVersion(cursor);
  const tensorCount = readCount(cursor, MAX_TENSORS, { en: "tensors", zh: "个张量" });
  const keyCount = readCount(cursor, MAX_KEYS, { en: "metadata keys", zh: "个元数据键" });
  const metadata = readMetadata(cursor, keyCount);
  const tensors = readTensors(cursor, tensorCount);

  const architecture = metadata.string("general.architecture");
  if (architecture === undefined || architecture === "") {
    throw contradiction(path, {
      en: `it does not say its architecture ("general.architecture")`,
      zh: `没有说明模型架构（"general.architecture"）`,
    });
  }
  const alignment = alignmentOf(path, metadata);
  const tensorDataOffset = Math.ceil(cursor.position / alignment) * alignment;
  checkPlaces(path, tensors, tensorDataOffset, alignment, fileBytes);
  const name = metadata.string("general.name");
  return {
    path,
    architecture,
    ...(name === undefined ? {} : { name }),
    metadata,
    tensors,
    tensorDataOffset,
    fileBytes,
    parameterCount: tensors.reduce((sum, tensor) => sum + elementsOf(tensor.shape), 0),
  };
}

function readVersion(cursor: Cursor): void {
  const version = cursor.u32();
  // A big-endian 3 read as little-endian is 0x03000000.
  if (version !== 0 && version % 2 ** 16 === 0) throw bigEndian(cursor.path);
  if (version !== 2 && version !== 3) throw wrongVersion(cursor.path, version);
}

function readCount(cursor: Cursor, limit: number, what: { en: string; zh: string }): number {
  const count = cursor.count();
  if (count > limit) {
    throw contradiction(cursor.path, {
      en: `it claims ${count} ${what.en} (at most ${limit} are allowed)`,
      zh: `声称有 ${count} ${what.zh}（最多允许 ${limit}）`,
    });
  }
  return count;
}

function alignmentOf(path: string, metadata: GgufMetadata): number {
  if (!metadata.keys().includes("general.alignment")) return DEFAULT_ALIGNMENT;
  const alignment = metadata.number("general.alignment") ?? 0;
  if (!Number.isInteger(alignment) || alignment <= 0 || !Number.isInteger(Math.log2(alignment))) {
    throw contradiction(path, {
      en: `its alignment is ${alignment}, not a power of two`,
      zh: `对齐值 ${alignment} 不是 2 的幂`,
    });
  }
  return alignment;
}
