import { constants, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { missingFile, notAFile, tooLarge, unreadable } from "./gguf/problems.ts";

/** A file whose bytes are read by ranges, on this machine or on another; `await using` closes it. */
export interface FileBytes extends AsyncDisposable {
  /** Path or address; names the file in errors. */
  readonly path: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /**
   * Exactly the bytes from `offset` (0-based) to `offset + length`, which must lie within `size`.
   * Throws `BadFileError` where the file gives fewer, and for a remote file what its host answers.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A file on this machine. */
export interface LocalFile extends FileBytes {
  /**
   * Fills `target` with the bytes from `offset` on before it returns: for a large file that is read through one small
   * buffer, where new memory for every block, or the way to another thread and back, takes longer than reading.
   * Throws as {@link FileBytes.read} does.
   */
  fill(target: Uint8Array, offset: number): void;
}

/** Opening a named pipe would wait for somebody who writes to it; Windows has no such flag. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a file of this machine; pipes and devices are refused at once. Throws `NotFoundError` where there is none, `BadFileError` where it cannot be read. */
export async function openFile(path: string): Promise<LocalFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, WITHOUT_WAITING);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EISDIR") throw notAFile(path);
    throw code === "ENOENT" || code === "ENOTDIR" ? missingFile(path, cause) : unreadable(path, cause);
  }
  const close = async (): Promise<void> => handle.close();
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw notAFile(path);
    const { size } = status;
    const read = (offset: number, length: number): Promise<Uint8Array> =>
      readAt(handle, path, offset, length);
    const fill = (target: Uint8Array, offset: number): void => fillFrom(handle, path, target, offset);
    return { path, size, read, fill, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A small file as UTF-8 text. Throws what {@link openFile} throws, and `BadFileError` where it is larger. */
export async function readSmallText(path: string, maxBytes: number): Promise<string> {
  await using file = await openFile(path);
  if (file.size > maxBytes) throw tooLarge(path, file.size, maxBytes);
  return new TextDecoder().decode(await file.read(0, file.size));
}

async function readAt(file: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    try {
      const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }
  if (filled < length) throw unreadable(path, "changed while reading");
  return bytes;
}

function fillFrom({ fd }: FileHandle, path: string, target: Uint8Array, offset: number): void {
  for (let filled = 0; filled < target.length; ) {
    let bytesRead: number;
    try {
      bytesRead = readSync(fd, target, filled, target.length - filled, offset + filled);
    } catch (cause) {
      throw unreadable(path, cause);
    }
    if (bytesRead === 0) throw unreadable(path, "changed while reading");
    filled += bytesRead;
  }
}

/** A file whose first bytes are read at once, with the first read among them; for one of which every read is a request. */
export function withHead(file: FileBytes, headBytes: number): FileBytes {
  const bytes = Math.min(headBytes, file.size);
  let head: Promise<Uint8Array> | undefined;
  return {
    path: file.path,
    size: file.size,
    read: async (offset, length) => {
      if (offset + length > bytes) {
        if (offset >= bytes || head === undefined) return file.read(offset, length);
        const known = (await head).subarray(offset);
        return Buffer.concat([known, await file.read(bytes, offset + length - bytes)]);
      }
      head ??= file.read(0, bytes);
      return (await head).subarray(offset, offset + length);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
