import { extname } from "node:path";
import { csvRows } from "./csv-rows.ts";
import { jsonLineRows, jsonRows } from "./json-rows.ts";
import type { Row } from "./row.ts";
import { openText } from "./text-chunks.ts";
import { type TextSplit, textRows } from "./text-rows.ts";

/** How a data file is written. */
export const DATA_FORMATS = ["jsonl", "json", "csv", "parquet", "text"] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** The format of a data file by its name; whatever has another ending is text. */
export function formatOf(path: string): DataFormat {
  switch (extensionOf(path)) {
    case ".jsonl":
    case ".ndjson":
      return "jsonl";
    case ".json":
      return "json";
    case ".csv":
    case ".tsv":
      return "csv";
    case ".parquet":
      return "parquet";
    default:
      return "text";
  }
}

/**
 * Reads a data file row by row, with memory for a few rows (Parquet: for a group of rows). A `.gz` is unpacked on the
 * way. Throws `NotFoundError`, and `BadFileError` where the file as a whole cannot be read.
 */
export async function* readRows(path: string, split: TextSplit = "whole"): AsyncGenerator<Row> {
  const format = formatOf(path);
  if (format === "parquet") {
    yield* (await import("./parquet-rows.ts")).parquetRows(path);
    return;
  }
  const text = await openText(path);
  switch (format) {
    case "jsonl":
      yield* jsonLineRows(text);
      return;
    case "json":
      yield* jsonRows(text);
      return;
    case "csv":
      yield* csvRows(path, text, extensionOf(path) === ".tsv" ? "\t" : ",");
      return;
    case "text":
      yield* textRows(path, text, split);
  }
}

function extensionOf(path: string): string {
  const plain = path.toLowerCase();
  return extname(plain.endsWith(".gz") ? plain.slice(0, -3) : plain);
}
