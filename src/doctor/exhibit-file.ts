import { BadFileError } from "../errors.ts";
import { openFile } from "../formats/file-bytes.ts";
import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import { printable } from "../printable.ts";

/** A conversation that fills the longest context has some megabytes. */
const MAX_BYTES = 8 * 2 ** 20;

/** Reads a text that a user brought. Throws what `openFile` throws, and BadFileError where it is too large or no text. */
export async function readExhibit(path: string, maxBytes: number = MAX_BYTES): Promise<string> {
  await using file = await openFile(path);
  if (file.size > maxBytes) {
    throw new BadFileError(path, {
      en: `${printable(path)} has ${file.size} bytes (at most ${maxBytes} are read). Give the part that shows the problem.`,
      zh: `${printable(path)} 有 ${file.size} 字节（最多读取 ${maxBytes}）。请只给出能体现问题的部分。`,
    });
  }
  const bytes = await file.read(0, file.size);
  const text = textOf(bytes);
  if (text === undefined) {
    throw new BadFileError(path, {
      en: `${printable(path)} is not a text in UTF-8. Give the text that was seen, or save the file as UTF-8.`,
      zh: `${printable(path)} 不是 UTF-8 文本。请给出所看到的文本，或将文件存为 UTF-8。`,
    });
  }
  return text;
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The value of a JSON text; undefined where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The objects of a JSONL text; undefined where a line is no object. */
export function jsonLinesIn(text: string): JsonObject[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const values = lines.map(jsonIn);
  return values.length > 0 && values.every(isJsonObject) ? values : undefined;
}

/** A file that holds nothing of the kind that was asked for. */
export function notOfKind(path: string, en: string, zh: string): BadFileError {
  const shown = printable(path);
  return new BadFileError(path, { en: `${shown} ${en}`, zh: `${shown} ${zh}` });
}
