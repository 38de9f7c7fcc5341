import { readFile, stat } from "node:fs/promises";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";

/** More text than any model here reads in a day. */
const LONGEST = 64 * 2 ** 20;

/** The whole text of a file. Throws BadFileError where it cannot be read, is no UTF-8, or has more than 64 MiB. */
export async function readText(path: string): Promise<string> {
  const shown = printable(path);
  let bytes: Uint8Array;
  try {
    if ((await stat(path)).size > LONGEST) throw tooLarge(path);
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof BadFileError) throw cause;
    throw new BadFileError(
      path,
      { en: `${shown} cannot be read; check the path.`, zh: `无法读取 ${shown}；请检查路径。` },
      { cause },
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BadFileError(
      path,
      {
        en: `${shown} is no text in UTF-8; convert it first.`,
        zh: `${shown} 不是 UTF-8 文本；请先转换编码。`,
      },
      { cause },
    );
  }
}

function tooLarge(path: string): BadFileError {
  const shown = printable(path);
  return new BadFileError(path, {
    en: `${shown} has more than 64 MiB of text; give a part of it.`,
    zh: `${shown} 超过 64 MiB；请只给出一部分。`,
  });
}
