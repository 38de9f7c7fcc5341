import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { LONGEST_ROW, type Row } from "./row.ts";
import type { TextChunks } from "./text-chunks.ts";

/** The records of a table (RFC 4180) whose first row names the columns. Numbers are the line that a record ends on. */
export async function* csvRows(path: string, text: TextChunks, delimiter: string): AsyncGenerator<Row> {
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  const source = Readable.from(text);
  source.on("error", (error) => parser.destroy(error));
  let names: readonly string[] | undefined;
  let number = 1;
  try {
    for await (const { record, info } of source.pipe(parser)) {
      number = info.lines;
      if (names === undefined) names = namesOf(path, record);
      else if (record.length !== names.length) {
        const detail = `${record.length} / ${names.length}`;
        yield { number, dropped: "wrong-columns", detail };
      } else yield { number, value: Object.fromEntries(names.map((name, i) => [name, record[i] ?? ""])) };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    // What follows an open quotation mark cannot be told apart any more.
    if (cause.code === "CSV_QUOTE_NOT_CLOSED") yield { number: number + 1, dropped: "cut-short" };
    else throw notTable(path, printable(cause.message), cause);
  } finally {
    source.destroy();
  }
}

function namesOf(path: string, record: readonly string[]): readonly string[] {
  const names = record.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw notTable(path, `the column "${printable(twice)}" stands there twice`);
  return names;
}

function notTable(path: string, reason: string, cause?: unknown): BadFileError {
  const shown = printable(path);
  return new BadFileError(
    path,
    {
      en: `${shown} cannot be read as a table (${reason}); mend it there, or save it as CSV with one header row.`,
      zh: `无法将 ${shown} 作为表格读取（${reason}）；请修改，或存为带一行表头的 CSV。`,
    },
    { cause },
  );
}
