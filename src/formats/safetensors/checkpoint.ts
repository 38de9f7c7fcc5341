import { NotFoundError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { FileBytes } from "../file-bytes.ts";
import { JsonError, parseJson } from "../json.ts";
import { readSafetensorsHeaderFrom, type SafetensorsTensor } from "./header.ts";
import { damaged } from "./problems.ts";

/** The weights of a model in one file, and the list of files of one in several. */
export const SINGLE_FILE = "model.safetensors";
export const INDEX_FILE = "model.safetensors.index.json";

const MAX_INDEX_BYTES = 64 * 2 ** 20;
const MAX_SHARDS = 4096;
const INDEX_LIMITS = { depth: 3, values: 2 ** 20 };
/** A name, not a path: no separator of any system, no drive, no hidden file, no `..`. */
const SHARD_NAME = /^(?!\.)[\w.+-]{1,200}\.safetensors$/;

/** The files of a model, wherever they are; `open` throws `NotFoundError` where there is none of this name. */
export interface ModelSource {
  /** Names the model in errors. */
  readonly path: string;
  open(name: string): Promise<FileBytes>;
}

/** A tensor, and the file that holds it. */
export interface StoredTensor extends SafetensorsTensor {
  /** The name of the file within the model. */
  readonly file: string;
}

/** All tensors of a model folder, whichever files they lie in. */
export interface Checkpoint {
  /** Names of the files, in order. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Which file of a sharded model holds which tensor: tensor name → file name. */
export type ShardIndex = ReadonlyMap<string, string>;

/**
 * Reads the headers of a model's safetensors files: of `model.safetensors`, or of all that
 * `model.safetensors.index.json` names. Throws `NotFoundError` where there are none or one is missing, and
 * `BadFileError` where a header is wrong or the index and the files disagree.
 */
export async function readCheckpoint(source: ModelSource): Promise<Checkpoint> {
  const index = await readShardIndex(source);
  if (index === undefined) {
    const tensors = await tensorsOf(source, SINGLE_FILE);
    if (tensors === undefined) throw noWeights(source.path);
    return { files: [SINGLE_FILE], tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
  }
  const files = [...new Set(index.values())].sort();
  const found = new Map<string, StoredTensor>();
  for (const file of files) {
    const tensors = await tensorsOf(source, file);
    if (tensors === undefined) throw missingShard(`${source.path}/${file}`, files.length);
    for (const tensor of tensors) {
      // A file may hold more than the index says; what the index does not name there does not count.
      if (index.get(tensor.name) === file) found.set(tensor.name, tensor);
    }
  }
  for (const [name, file] of index) {
    if (!found.has(name)) {
      throw damaged(`${source.path}/${file}`, {
        en: `the index says it holds the tensor "${printable(name)}", and it does not`,
        zh: `索引称其中有张量 "${printable(name)}"，实际却没有`,
      });
    }
  }
  return { files, tensors: found };
}

/**
 * The index of a model in several files; `undefined` where it has none. Throws `BadFileError` where it is too large,
 * is no index, or names odd files.
 */
export async function readShardIndex(source: ModelSource): Promise<ShardIndex | undefined> {
  const opened = await openIfThere(source, INDEX_FILE);
  if (opened === undefined) return undefined;
  await using file = opened;
  if (file.size > MAX_INDEX_BYTES) {
    throw damaged(file.path, {
      en: `it has ${file.size} bytes (at most ${MAX_INDEX_BYTES} are allowed)`,
      zh: `有 ${file.size} 字节（最多允许 ${MAX_INDEX_BYTES}）`,
    });
  }
  return parseShardIndex(file.path, await file.read(0, file.size));
}

/** The tensors of one file; `undefined` where there is no such file. */
async function tensorsOf(source: ModelSource, name: string): Promise<StoredTensor[] | undefined> {
  const opened = await openIfThere(source, name);
  if (opened === undefined) return undefined;
  await using file = opened;
  const { tensors } = await readSafetensorsHeaderFrom(file);
  return [...tensors.values()].map((tensor) => ({ ...tensor, file: name }));
}

async function openIfThere(source: ModelSource, name: string): Promise<FileBytes | undefined> {
  try {
    return await source.open(name);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The index in these bytes. Pure: `path` only names the file in errors. */
export function parseShardIndex(path: string, bytes: Uint8Array): ShardIndex {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder().decode(bytes), INDEX_LIMITS);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw damaged(path, cause.text);
  }
  const map = isObject(value) ? value.weight_map : undefined;
  if (!isObject(map)) {
    throw damaged(path, { en: `it has no "weight_map"`, zh: `没有 "weight_map"` });
  }
  const index = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string" || !SHARD_NAME.test(file)) {
      const shown = printable(String(file));
      throw damaged(path, {
        en: `it names "${shown}", which is no safetensors file in the same folder`,
        zh: `其中的 "${shown}" 不是同一文件夹中的 safetensors 文件`,
      });
    }
    index.set(name, file);
  }
  const count = new Set(index.values()).size;
  if (count === 0 || count > MAX_SHARDS) {
    throw damaged(path, {
      en: `it names ${count} files (1 to ${MAX_SHARDS} are allowed)`,
      zh: `列出了 ${count} 个文件（允许 1 到 ${MAX_SHARDS}）`,
    });
  }
  return index;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noWeights(folder: string): NotFoundError {
  const shown = printable(folder);
  return new NotFoundError(folder, {
    en: `There are no weights in ${shown}: neither ${SINGLE_FILE} nor ${INDEX_FILE}. Download the whole model.`,
    zh: `${shown} 中没有权重：既没有 ${SINGLE_FILE}，也没有 ${INDEX_FILE}。请下载完整的模型。`,
  });
}

function missingShard(path: string, count: number): NotFoundError {
  const shown = printable(path);
  return new NotFoundError(path, {
    en: `${shown} is missing, one of ${count} files that the index names. Download it too.`,
    zh: `缺少 ${shown}，它是索引列出的 ${count} 个文件之一。请一并下载。`,
  });
}
