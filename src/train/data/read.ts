import { BadFileError } from "../../errors.ts";
import type { Example } from "../../formats/datasets/example.ts";
import { type ExampleRow, type ExampleSource, readExamples } from "../../formats/datasets/examples.ts";
import { type Mend, UnusableRow } from "../../formats/datasets/fields.ts";
import type { DropReason, Outcome, Repair } from "../../formats/datasets/outcomes.ts";
import { type DataFormat, formatOf } from "../../formats/datasets/rows.ts";
import { printable } from "../../printable.ts";
import { type PlacedPrint, printOf, type TextPrint } from "./duplicates.ts";
import { outcomeWords, SourceTally, type Truncation } from "./report.ts";

/** A data file of a recipe, with how often its samples are drawn in an epoch. */
export interface DataSource extends ExampleSource {
  readonly weight: number;
}

/** What one example came to. */
export interface Item<Value> {
  readonly value: Value;
  readonly row: number;
  /** What knows its text again. */
  readonly print: TextPrint;
}

/** What a data file came to, and what became of its rows. */
export interface SourceContent<Value> {
  readonly source: DataSource;
  readonly items: readonly Item<Value>[];
  readonly tally: SourceTally;
}

/** How the examples of one kind of recipe are used. */
export interface Use<Value> {
  /** Whether a recipe of this kind could have too long ones cut, and does not. */
  readonly couldCut?: boolean;
  /** Some rows' examples, before they are used one by one. */
  readonly prepare?: (examples: readonly Example[]) => void;
  /** A value for each example of a row, and what was cut off them. Throws {@link UnusableRow}. */
  readonly use: (
    examples: readonly Example[],
    mend: Mend,
  ) => { readonly values: readonly Value[]; readonly cost?: Omit<Truncation, "rows"> | undefined };
}

/** Examples as texts, for recipes that learn from text. */
export const USE_TEXTS: Use<string> = {
  use: (examples, mend) => ({
    values: examples.map((example) => {
      if (example.kind === "labelled") mend("label-unused");
      if (example.kind === "text" || example.kind === "labelled") return example.text;
      throw new UnusableRow("not-a-text");
    }),
  }),
};

/** Rows that are used together. */
const ROWS_AT_ONCE = 64;

/**
 * Reads data files, has the examples of each row used, and counts what became of every row. Throws what `readExamples`
 * throws, and BadFileError for a file without rows, or of which more are dropped than `keepAtLeast` (a share) allows.
 */
export async function readSources<Value>(
  sources: readonly DataSource[],
  keepAtLeast: number,
  how: Use<Value>,
): Promise<SourceContent<Value>[]> {
  const contents: SourceContent<Value>[] = [];
  for (const source of sources) contents.push(await readSource(source, keepAtLeast, how));
  return contents;
}

async function readSource<Value>(
  source: DataSource,
  keepAtLeast: number,
  { prepare, use, couldCut = false }: Use<Value>,
): Promise<SourceContent<Value>> {
  const tally = new SourceTally();
  const items: Item<Value>[] = [];
  const useRow = (row: ExampleRow): void => {
    if ("dropped" in row) {
      tally.drop(row.number, row.dropped, row.detail);
      return;
    }
    const repairs = new Set<Repair>(row.repairs);
    try {
      const { values, cost } = use(row.examples, (repair) => repairs.add(repair));
      for (const [index, value] of values.entries()) {
        const text = row.examples[index] === undefined ? "" : textOf(row.examples[index]);
        items.push({ value, row: row.number, print: printOf(text, items.length) });
      }
      tally.use(row.number, row.shape, repairs, cost);
    } catch (cause) {
      if (!(cause instanceof UnusableRow)) throw cause;
      tally.drop(row.number, cause.reason, cause.detail);
    }
  };
  let waiting: ExampleRow[] = [];
  const work = (): void => {
    prepare?.(waiting.flatMap((row) => ("dropped" in row ? [] : row.examples)));
    for (const row of waiting) useRow(row);
    waiting = [];
  };
  for await (const row of readExamples(source)) if (waiting.push(row) === ROWS_AT_ONCE) work();
  work();
  requireEnough(source.path, tally, keepAtLeast, couldCut);
  return { source, items, tally };
}

/** The prints of a file's items with their places. */
export function placedPrints({ source, items }: SourceContent<unknown>): PlacedPrint[] {
  return items.map(({ print, row }) => ({ print, place: `${printable(source.path)}:${row}` }));
}

/** All that an example says, for comparison. */
function textOf(example: Example): string {
  if (example.kind === "text" || example.kind === "labelled") return example.text;
  const turns =
    example.kind === "conversation"
      ? example.messages
      : [...example.prompt, ...example.chosen, ...example.rejected];
  return turns.map(({ content, thought = "" }) => `${thought}${content}`).join("\n");
}

const HAS_LINES: readonly DataFormat[] = ["jsonl", "csv", "text"];

function requireEnough(path: string, tally: SourceTally, keepAtLeast: number, couldCut: boolean): void {
  const { rows, droppedRows } = tally;
  const [first] = tally.droppedFor;
  if (rows === 0) {
    const shown = printable(path);
    throw new BadFileError(path, {
      en: `The data file ${shown} holds no rows; give it some, or take it out of the recipe.`,
      zh: `数据文件 ${shown} 中没有任何行；请写入数据，或将其从配方中去掉。`,
    });
  }
  if (first !== undefined && (droppedRows === rows || droppedRows > rows * (1 - keepAtLeast)))
    throw tooMuchDropped(path, tally, first, couldCut);
}

/** More rows cannot be used than the recipe allows: what is wrong with them, and with the first. */
function tooMuchDropped(
  path: string,
  tally: SourceTally,
  first: Outcome<DropReason>,
  couldCut: boolean,
): BadFileError {
  const shown = printable(path);
  const hasLines = HAS_LINES.includes(formatOf(path));
  const detail = first.detail === undefined ? "" : ` (${first.detail})`;
  const { rows, droppedRows } = tally;
  const reasons = outcomeWords(tally.droppedFor);
  // Rounded down, so that writing it does what is said.
  const share = Math.floor((1 - droppedRows / rows) * 100) / 100;
  const remedy =
    first.id === "too-long"
      ? {
          en: `raise batch.time${couldCut ? ", or write tooLong: cut" : ""}`,
          zh: `请增大 batch.time${couldCut ? "，或写 tooLong: cut" : ""}`,
        }
      : { en: "mend them", zh: "请修改它们" };
  const goOn =
    share > 0
      ? {
          en: `, or write keepAtLeast: ${share} in the recipe to go on without them`,
          zh: `，或在配方中写 keepAtLeast: ${share} 以略去它们继续`,
        }
      : { en: "", zh: "" };
  return new BadFileError(path, {
    en: `${hasLines ? "Line" : "Row"} ${first.firstRow} of ${shown} is not usable: ${first.text.en}${detail}. Of ${rows} rows ${droppedRows} are not (${reasons.en}); ${remedy.en}${goOn.en}.`,
    zh: `${shown} 第 ${first.firstRow} 行无法使用：${first.text.zh}${detail}。${rows} 行中有 ${droppedRows} 行如此（${reasons.zh}）；${remedy.zh}${goOn.zh}。`,
  });
}
