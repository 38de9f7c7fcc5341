import { open, rename, rm } from "node:fs/promises";
import { notWritten } from "../disk.ts";
import { partialFor } from "../partial-file.ts";
import { jsonlLine } from "./jsonl.ts";
import { npyHeader } from "./npy.ts";

/** Formats that vectors are written in. */
export const VECTOR_FORMATS = ["jsonl", "npy", "parquet"] as const;
export type VectorFormat = (typeof VECTOR_FORMATS)[number];

/** One text with its vector. */
export interface VectorRow {
  readonly index: number;
  readonly text: string;
  readonly vector: Float32Array;
}

/**
 * Writes vectors as they come, under a temporary name that becomes the final one when all are on disk: a stopped run
 * leaves nothing half-done behind. Gives how many there were. Throws BadFileError where the file cannot be written,
 * and what the rows throw.
 *
 * @param rows all with vectors of `dimensions` numbers.
 */
export async function writeVectors(
  path: string,
  format: VectorFormat,
  dimensions: number,
  rows: AsyncIterable<VectorRow>,
): Promise<number> {
  const partial = await partialFor(path);
  const failures: unknown[] = [];
  const noted = keepingFailure(rows, failures);
  try {
    const count =
      format === "parquet"
        ? await (await import("./parquet.ts")).writeParquet(partial, noted)
        : await writePlain(partial, format, dimensions, noted);
    await rename(partial, path);
    return count;
  } catch (error) {
    await rm(partial, { force: true });
    // A failure of what gives the rows is not one of the file.
    throw failures.includes(error) ? error : notWritten(path, error);
  }
}

async function writePlain(
  path: string,
  format: "jsonl" | "npy",
  dimensions: number,
  rows: AsyncIterable<VectorRow>,
): Promise<number> {
  const file = await open(path, "w");
  try {
    let count = 0;
    let place = format === "npy" ? npyHeader(0, dimensions).length : 0;
    for await (const row of rows) {
      const { buffer, byteOffset, byteLength } = row.vector;
      const bytes =
        format === "npy"
          ? new Uint8Array(buffer, byteOffset, byteLength)
          : Buffer.from(`${jsonlLine(row)}\n`, "utf8");
      await file.write(bytes, 0, bytes.length, place);
      place += bytes.length;
      count++;
    }
    // Only now is the number of rows known.
    if (format === "npy") {
      const header = npyHeader(count, dimensions);
      await file.write(header, 0, header.length, 0);
    }
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

async function* keepingFailure(
  rows: AsyncIterable<VectorRow>,
  failures: unknown[],
): AsyncGenerator<VectorRow> {
  try {
    yield* rows;
  } catch (error) {
    failures.push(error);
    throw error;
  }
}
