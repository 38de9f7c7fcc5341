import { createHash, type Hash } from "node:crypto";
import { BadFileError } from "../../errors.ts";
import { readSafetensorsHeader } from "../../formats/safetensors/header.ts";
import { tensorBytes } from "../../formats/safetensors/tensor-bytes.ts";
import { writeSafetensors } from "../../formats/safetensors/write.ts";
import { printable } from "../../printable.ts";
import { packageVersion } from "../../version.ts";
import type { Reading, Readings } from "../reading.ts";

/** The format of the tensors and their metadata; another one is refused. */
const FORMAT = "basewise-training-2";

interface StateTensor extends Reading {
  readonly name: string;
  /** The slowest-changing dimension first; one dimension unless stated. */
  readonly shape?: readonly number[];
}

/** Writes named floats, which are read twice, with the SHA-256 of all of them and the version of basewise; else as `writeTensors`. */
export async function writeState(
  path: string,
  metadata: Readonly<Record<string, string | number>>,
  tensors: readonly StateTensor[],
): Promise<void> {
  const told = { format: FORMAT, basewise: packageVersion(), ...metadata };
  const hash = hashOf(told);
  const into = spaceFor(tensors);
  for (const { values } of tensors) hash.update(bytesOf(values(into)));
  await writeTensors(path, { ...told, sha256: hash.digest("hex") }, tensors);
}

/**
 * Writes named floats as a safetensors file: under a temporary name, renamed once it is on disk. Throws
 * BadFileError.
 */
export async function writeTensors(
  path: string,
  notes: Readonly<Record<string, string | number>>,
  tensors: readonly StateTensor[],
): Promise<void> {
  const into = spaceFor(tensors);
  const strings = Object.entries(notes).map(([key, value]) => [key, String(value)]);
  await writeSafetensors(
    path,
    Object.fromEntries(strings),
    tensors.map(({ name, length, values, shape = [length] }) => ({
      name,
      dtype: "F32",
      shape,
      pieces: () => [bytesOf(values(into))],
    })),
  );
}

/** Room for each of them in turn. */
function spaceFor(tensors: readonly Reading[]): Float32Array {
  return new Float32Array(Math.max(0, ...tensors.map(({ length }) => length)));
}

/** What a file says of itself. */
type Notes = Readonly<Record<string, string>>;

/** Reads such a file whole. Throws BadFileError for one that is cut short, changed, or of another format. */
export async function readState(path: string): Promise<{
  readonly metadata: Notes;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}> {
  const { metadata, tensors } = await openState(path);
  return { metadata, tensors: new Map([...tensors].map(([name, { values }]) => [name, values()])) };
}

/** Checks such a file whole, and reads its tensors when they are asked for. Throws as `readState` does. */
export async function openState(
  path: string,
): Promise<{ readonly metadata: Notes; readonly tensors: Readings }> {
  const header = await readSafetensorsHeader(path);
  const metadata = Object.fromEntries(header.metadata);
  if (metadata.format !== FORMAT) throw otherFormat(path, metadata.basewise);
  const { sha256, ...told } = metadata;
  const hash = hashOf(told);
  const tensors = new Map<string, Reading>();
  for (const tensor of header.tensors.values()) {
    if (tensor.dtype !== "F32") throw damaged(path);
    hash.update(tensorBytes(path, tensor));
    tensors.set(tensor.name, {
      length: tensor.bytes / Float32Array.BYTES_PER_ELEMENT,
      values: () => new Float32Array(tensorBytes(path, tensor).buffer),
    });
  }
  if (hash.digest("hex") !== sha256) throw damaged(path);
  return { metadata, tensors };
}

/** A hash that has read the notes already. */
function hashOf(notes: Readonly<Record<string, string | number>>): Hash {
  const hash = createHash("sha256");
  for (const key of Object.keys(notes).sort()) hash.update(`${key}=${notes[key]}\n`);
  return hash;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function damaged(path: string): BadFileError {
  const shown = printable(path, 300);
  return new BadFileError(path, {
    en: `${shown} is damaged: its SHA-256 is not the one that was recorded.`,
    zh: `${shown} 已损坏：SHA-256 与记录不符。`,
  });
}

function otherFormat(path: string, version: string | undefined): BadFileError {
  const [shown, by] = [printable(path, 300), printable(version ?? "?")];
  return new BadFileError(path, {
    en: `${shown} was written by another version of basewise (${by}), in a format that this one (${packageVersion()}) does not read.`,
    zh: `${shown} 由其他版本的 basewise（${by}）写成，其格式本版本（${packageVersion()}）无法读取。`,
  });
}
