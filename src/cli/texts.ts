import { BadFileError } from "../errors.ts";
import { readText } from "../model/text-file.ts";
import { printable } from "../printable.ts";
import { pipedText } from "./piped-text.ts";
import { UsageError } from "./usage.ts";

/**
 * The texts of a command: as options, else one a line in a file (`.jsonl`: strings, or objects with a `text`), else one
 * a line in the pipe.
 */
export async function textsFrom(file: string | undefined, given: readonly string[]): Promise<string[]> {
  if (given.length > 0 && file !== undefined) {
    throw new UsageError({
      en: "There are texts as options and in a file; give one or the other.",
      zh: "既有选项中的文本，又有文件；请只给其一。",
    });
  }
  if (given.length > 0) return [...given];
  if (file === undefined) return linesOf(await pipedText());
  const source = await readText(file);
  const lines = linesOf(source.replace(/\r?\n$/, ""));
  return /\.(jsonl|ndjson)$/i.test(file) ? lines.map((line, i) => textOf(file, line, i + 1)) : lines;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/\r?\n/);
}

function textOf(file: string, line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const text = typeof value === "object" && value !== null && "text" in value ? value.text : value;
  if (typeof text === "string") return text;
  throw new BadFileError(file, {
    en: `Line ${number} of ${printable(file)} is neither a JSON string nor an object with a "text"; correct it.`,
    zh: `${printable(file)} 的第 ${number} 行既不是 JSON 字符串，也不是带 "text" 的对象；请改正。`,
  });
}
