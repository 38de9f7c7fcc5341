import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { openFile } from "../file-bytes.ts";

/** Text in pieces of some kilobytes. */
export type TextChunks = AsyncIterable<string>;

/**
 * A file's text in pieces: unpacked where its name ends in `.gz`, UTF-16 where a byte order mark says so, else UTF-8, in
 * which bytes that are none become U+FFFD. Throws `NotFoundError` or `BadFileError`, at once or while it is read.
 */
export async function openText(path: string): Promise<TextChunks> {
  // A stream would open pipes and folders, and fail later.
  const file = await openFile(path);
  const head = await file.read(0, Math.min(2, file.size));
  await file[Symbol.asyncDispose]();
  if (path.toLowerCase().endsWith(".gz")) return decoded(path, unpacked(path), "utf-8");
  const encoding =
    head[0] === 0xff && head[1] === 0xfe
      ? "utf-16le"
      : head[0] === 0xfe && head[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  return decoded(path, createReadStream(path), encoding);
}

function unpacked(path: string): Readable {
  const source = createReadStream(path);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  gunzip.on("close", () => source.destroy());
  return source.pipe(gunzip);
}

/** The decoder drops a byte order mark by itself. */
async function* decoded(path: string, bytes: Readable, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  try {
    for await (const chunk of bytes) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a stream of bytes gives something else");
      const text = decoder.decode(chunk, { stream: true });
      if (text !== "") yield text;
    }
  } catch (cause) {
    const reason = printable(cause instanceof Error ? cause.message : String(cause));
    throw new BadFileError(
      path,
      {
        en: `The data file ${printable(path)} cannot be read to its end (${reason}); download or write it again.`,
        zh: `无法完整读取数据文件 ${printable(path)}（${reason}）；请重新下载或生成该文件。`,
      },
      { cause },
    );
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}
