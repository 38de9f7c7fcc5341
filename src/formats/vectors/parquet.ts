import { fileWriter, parquetWriteRows } from "hyparquet-writer";
import type { VectorRow } from "./write-vectors.ts";

/** Rows that are held in memory at once. */
const GROUP = 1000;

/**
 * Writes a Parquet file with the columns `index` (INT32), `text` (STRING) and `embedding` (LIST of FLOAT, in the three
 * levels that the format prescribes); gives how many rows there were.
 */
export async function writeParquet(path: string, rows: AsyncIterable<VectorRow>): Promise<number> {
  let count = 0;
  async function* records(): AsyncGenerator<Record<string, unknown>> {
    for await (const { index, text, vector } of rows) {
      count++;
      yield { index, text, embedding: Array.from(vector) };
    }
  }
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: records(),
    columns: [{ name: "index" }, { name: "text" }, { name: "embedding" }],
    schema: [
      { name: "root", num_children: 3 },
      { name: "index", type: "INT32", repetition_type: "REQUIRED" },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      { name: "embedding", converted_type: "LIST", num_children: 1, repetition_type: "REQUIRED" },
      { name: "list", num_children: 1, repetition_type: "REPEATED" },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ],
    rowGroupSize: GROUP,
    createdBy: "basewise",
  });
  return count;
}
