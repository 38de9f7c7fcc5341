import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { linesOf } from "./json-rows.ts";
import { LONGEST_ROW, type Row } from "./row.ts";
import type { TextChunks } from "./text-chunks.ts";

/** What of a text file is one text: all of it, what empty lines part, or a line. */
export const TEXT_SPLITS = ["whole", "paragraphs", "lines"] as const;
export type TextSplit = (typeof TEXT_SPLITS)[number];

/** Characters of a text that is read whole; V8's longest string is about twice as long. */
const LONGEST_WHOLE = 2 ** 28;

/** The texts of a text file. Numbers are the line that a text begins on. */
export async function* textRows(path: string, text: TextChunks, split: TextSplit): AsyncGenerator<Row> {
  if (split === "whole") yield { number: 1, value: await wholeOf(path, text) };
  else if (split === "paragraphs") yield* paragraphs(text);
  else {
    for await (const { number, line } of linesOf(text)) {
      if (line === undefined) yield { number, dropped: "row-too-large" };
      else if (line.trim() !== "") yield { number, value: line };
    }
  }
}

async function wholeOf(path: string, text: TextChunks): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const chunk of text) {
    pieces.push(chunk);
    length += chunk.length;
    if (length > LONGEST_WHOLE) {
      const shown = printable(path);
      throw new BadFileError(path, {
        en: `${shown} holds more than ${LONGEST_WHOLE} characters, too many for one text; give it split: paragraphs or split: lines in the recipe.`,
        zh: `${shown} 超过 ${LONGEST_WHOLE} 个字符，不能作为一个文本；请在配方中为它写 split: paragraphs 或 split: lines。`,
      });
    }
  }
  return pieces.join("");
}

async function* paragraphs(text: TextChunks): AsyncGenerator<Row> {
  let open: string[] = [];
  let length = 0;
  let start = 1;
  const finish = (): Row[] => {
    const [lines, all] = [open, length];
    [open, length] = [[], 0];
    if (all > LONGEST_ROW) return [{ number: start, dropped: "row-too-large" }];
    return lines.length === 0 ? [] : [{ number: start, value: lines.join("\n") }];
  };
  for await (const { number, line } of linesOf(text)) {
    if (line !== undefined && line.trim() === "") {
      yield* finish();
      continue;
    }
    if (length === 0) start = number;
    length += (line?.length ?? LONGEST_ROW) + 1;
    if (length > LONGEST_ROW) open = [];
    else open.push(line ?? "");
  }
  yield* finish();
}
