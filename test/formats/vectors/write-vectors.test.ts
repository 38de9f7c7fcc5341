import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { BadFileError } from "../../../src/errors.ts";
import { npyHeader } from "../../../src/formats/vectors/npy.ts";
import {
  VECTOR_FORMATS,
  type VectorFormat,
  type VectorRow,
  writeVectors,
} from "../../../src/formats/vectors/write-vectors.ts";
import { temporaryFolder } from "../../support/gguf.ts";

async function* given(rows: readonly VectorRow[]): AsyncGenerator<VectorRow> {
  yield* rows;
}

/** The texts and vectors in a file, read by another program's rules than those it was written with. */
async function read(path: string, format: VectorFormat): Promise<{ texts?: unknown[]; vectors: number[][] }> {
  if (format === "jsonl") {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const objects = lines.map((line): { text: string; embedding: number[] } => JSON.parse(line));
    return { texts: objects.map(({ text }) => text), vectors: objects.map(({ embedding }) => embedding) };
  }
  if (format === "npy") {
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]));
    const start = 10 + bytes.readUInt16LE(8);
    const header = bytes.subarray(10, start).toString("latin1");
    const shape = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(
      header,
    );
    const [rows, columns] = [Number(shape?.[1]), Number(shape?.[2])];
    expect(start % 64).toBe(0);
    expect(bytes.length).toBe(start + 4 * rows * columns);
    const value = (row: number, column: number): number =>
      bytes.readFloatLE(start + 4 * (row * columns + column));
    return {
      vectors: Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (__, column) => value(row, column)),
      ),
    };
  }
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  return { texts: rows.map(({ text }) => text), vectors: rows.map(({ embedding }) => Array.from(embedding)) };
}

test.each(VECTOR_FORMATS)("%s gives back every text and every bit of the vectors", async (format) => {
  const size = 5;
  const float = fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
  const row = fc.record({
    text: fc.string({ unit: "grapheme" }),
    vector: fc.array(float, { minLength: size, maxLength: size }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const path = join(temporaryFolder(), `vectors.${format}`);
      const all = rows.map(({ text, vector }, index) => ({ index, text, vector: Float32Array.from(vector) }));
      expect(await writeVectors(path, format, size, given(all))).toBe(rows.length);
      const found = await read(path, format);
      expect(found.vectors.map((vector) => Array.from(Float32Array.from(vector)))).toEqual(
        all.map(({ vector }) => Array.from(vector)),
      );
      if (found.texts !== undefined) expect(found.texts).toEqual(rows.map(({ text }) => text));
    }),
    { numRuns: 15 },
  );
});

test("parquet keeps more rows than one group holds", async () => {
  const path = join(temporaryFolder(), "many.parquet");
  const rows = Array.from({ length: 2500 }, (_, index) => ({
    index,
    text: `t${index}`,
    vector: Float32Array.of(index, -index),
  }));
  await writeVectors(path, "parquet", 2, given(rows));
  const found = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  expect(found).toHaveLength(2500);
  expect(found[2401]).toEqual({ index: 2401, text: "t2401", embedding: [2401, -2401] });
});

test.each(VECTOR_FORMATS)(
  "%s that fails midway leaves the former file, and nothing beside it",
  async (format) => {
    const folder = temporaryFolder();
    const path = join(folder, `vectors.${format}`);
    writeFileSync(path, "former");
    async function* failing(): AsyncGenerator<VectorRow> {
      yield { index: 0, text: "a", vector: Float32Array.of(1, 2) };
      throw new RangeError("the engine stopped");
    }
    await expect(writeVectors(path, format, 2, failing())).rejects.toThrow("the engine stopped");
    expect(readdirSync(folder)).toEqual([`vectors.${format}`]);
    expect(readFileSync(path, "utf8")).toBe("former");
  },
);

test.each(VECTOR_FORMATS)("%s in a folder that is not there is one clear error", async (format) => {
  const path = join(temporaryFolder(), "nowhere", `vectors.${format}`);
  await expect(writeVectors(path, format, 2, given([]))).rejects.toThrow(BadFileError);
});

test("a NumPy header holds counts of any size", () => {
  expect(npyHeader(Number.MAX_SAFE_INTEGER, 1_000_000)).toHaveLength(128);
});
