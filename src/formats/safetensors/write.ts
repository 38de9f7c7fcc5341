import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BasewiseError } from "../../errors.ts";
import { notWritten, requireSpace } from "../disk.ts";
import { DTYPE_BITS, type Dtype } from "./dtypes.ts";

/** A tensor to write. */
export interface SafetensorsOutput {
  readonly name: string;
  readonly dtype: Dtype;
  /** The slowest-changing dimension first. */
  readonly shape: readonly number[];
  /** Its bytes, asked for when its turn comes. */
  readonly pieces: () => Iterable<Uint8Array>;
}

/**
 * Writes a safetensors file under a temporary name and renames it once it is on disk. Throws BadFileError, NoSpaceError
 * before anything is written, and the signal's reason; nothing is left behind then.
 */
export async function writeSafetensors(
  path: string,
  notes: Readonly<Record<string, string>>,
  tensors: readonly SafetensorsOutput[],
  signal?: AbortSignal,
): Promise<void> {
  const partial = `${path}.part`;
  try {
    const header = headerOf(notes, tensors);
    await requireSpace(path, header.length + tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0));
    const file = await open(partial, "w");
    try {
      await file.writeFile(header);
      for (const tensor of tensors) {
        for (const piece of tensor.pieces()) {
          signal?.throwIfAborted();
          await file.writeFile(piece);
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {}); // the first error is the one to tell
    if (cause instanceof BasewiseError || signal?.aborted) throw cause;
    throw notWritten(path, cause);
  }
}

function bytesOf({ dtype, shape }: SafetensorsOutput): number {
  return (DTYPE_BITS[dtype] / 8) * shape.reduce((product, size) => product * size, 1);
}

function headerOf(
  notes: Readonly<Record<string, string>>,
  tensors: readonly SafetensorsOutput[],
): Uint8Array {
  let at = 0;
  const entries = tensors.map((tensor) => {
    const [start, end] = [at, at + bytesOf(tensor)];
    at = end;
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] }];
  });
  const json = JSON.stringify({ __metadata__: notes, ...Object.fromEntries(entries) });
  const padded = Buffer.from(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded]);
}

/** Makes a rename lasting; not every system opens folders. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
