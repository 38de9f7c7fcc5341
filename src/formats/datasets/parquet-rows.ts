import * as zlib from "node:zlib";
import { type Compressors, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { BadFileError, BasewiseError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { openFile } from "../file-bytes.ts";
import type { Row } from "./row.ts";

/** A group of rows is read at once; published sets have groups of some tens of megabytes. */
const LARGEST_GROUP = 2 ** 30;

/** The rows of a Parquet file, group by group. */
export async function* parquetRows(path: string): AsyncGenerator<Row> {
  await using source = await openFile(path);
  const file = {
    byteLength: source.size,
    slice: async (start: number, end: number = source.size): Promise<ArrayBuffer> =>
      Uint8Array.from(await source.read(start, end - start)).buffer,
  };
  const guarded = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (cause) {
      if (cause instanceof BasewiseError) throw cause;
      throw notParquet(path, cause);
    }
  };
  const metadata: FileMetaData = await guarded(parquetMetadataAsync(file));
  let start = 0;
  for (const group of metadata.row_groups) {
    if (group.total_byte_size > LARGEST_GROUP) throw notParquet(path, "a group of rows is larger than 1 GiB");
    const rowEnd = start + Number(group.num_rows);
    const rows = await guarded(
      parquetReadObjects({ file, metadata, rowStart: start, rowEnd, compressors: COMPRESSORS }),
    );
    for (const [index, row] of rows.entries()) yield { number: start + index + 1, value: plain(row) };
    start = rowEnd;
  }
}

/** What hyparquet lacks beside Snappy and Node has; Zstandard came to Node with 22.15 only. */
const COMPRESSORS: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
};

/** Values as JSON has them. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}

function notParquet(path: string, cause: unknown): BadFileError {
  const shown = printable(path);
  const reason = printable(cause instanceof Error ? cause.message : String(cause));
  return new BadFileError(
    path,
    {
      en: `${shown} cannot be read as Parquet (${reason}); write it again, with Snappy or GZIP and smaller groups of rows, or as JSON lines.`,
      zh: `无法将 ${shown} 作为 Parquet 读取（${reason}）；请以 Snappy 或 GZIP 压缩和较小的行组重新写入，或改用 JSON 行。`,
    },
    { cause },
  );
}
