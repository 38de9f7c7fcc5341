import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { jsonLineRows, jsonRows } from "../../../src/formats/datasets/json-rows.ts";
import type { Row } from "../../../src/formats/datasets/row.ts";
import { readRows } from "../../../src/formats/datasets/rows.ts";
import type { TextSplit } from "../../../src/formats/datasets/text-rows.ts";
import { temporaryFolder } from "../../support/gguf.ts";

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const read: Row[] = [];
  for await (const row of rows) read.push(row);
  return read;
}

async function rowsOf(name: string, content: string | Uint8Array, split?: TextSplit): Promise<Row[]> {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return all(readRows(path, split));
}

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

const values = (rows: readonly Row[]): unknown[] =>
  rows.map((row) => ("value" in row ? row.value : row.dropped));

test("a JSON file gives the same values however its text is cut, as an array and one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.string())),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(undefined, 2),
      async (items, size, indent) => {
        const expected = JSON.parse(JSON.stringify(items));
        const array = JSON.stringify(items, undefined, indent);
        expect(values(await all(jsonRows(inPieces(array, size))))).toEqual(expected);
        const lines = items.map((item) => `${JSON.stringify(item)}\n`).join("");
        expect(values(await all(jsonLineRows(inPieces(lines, size))))).toEqual(expected);
        const records = items.filter((item) => typeof item === "object");
        const joined = records.map((item) => JSON.stringify(item, undefined, indent)).join("\n");
        expect(values(await all(jsonRows(inPieces(joined, size))))).toEqual(
          JSON.parse(JSON.stringify(records)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("bad rows are given with the reason and their number, and the good ones around them stay", async () => {
  expect(await rowsOf("a.jsonl", '{"text":"a"}\r\n\n{"text": \n{"text":"b"}')).toEqual([
    { number: 1, value: { text: "a" } },
    { number: 3, dropped: "not-json", detail: "it is not JSON" },
    { number: 4, value: { text: "b" } },
  ]);
  expect(await rowsOf("a.json", '[{"a":1}, {"b":nope}, 7, {"a":1,"a":2}, {"c": [1, 2')).toEqual([
    { number: 1, value: { a: 1 } },
    { number: 2, dropped: "not-json", detail: "it is not JSON" },
    { number: 3, value: 7 },
    { number: 4, dropped: "not-json", detail: 'the key "a" appears twice' },
    { number: 5, dropped: "cut-short" },
  ]);
});

test("a line longer than a row may be is passed over, whatever stands in it", async () => {
  const long = `{"text":"${"x".repeat(2 ** 24)}"}`;
  const rows = await rowsOf("a.jsonl", `${long}\n{"text":"b"}\n${long}`);
  expect(rows).toEqual([
    { number: 1, dropped: "row-too-large" },
    { number: 2, value: { text: "b" } },
    { number: 3, dropped: "row-too-large" },
  ]);
  expect(values(await rowsOf("a.json", `[${long},{"text":"b"}]`))).toEqual(["row-too-large", { text: "b" }]);
});

test("tables keep quoted commas, quotes and line ends", async () => {
  const rows = await rowsOf("a.csv", '\uFEFFtext,label\n"a, ""b""\nc",x\nd\n"e",y\n');
  expect(rows).toEqual([
    { number: 3, value: { text: 'a, "b"\nc', label: "x" } },
    { number: 4, dropped: "wrong-columns", detail: "1 / 2" },
    { number: 5, value: { text: "e", label: "y" } },
  ]);
  expect(values(await rowsOf("a.tsv", "text\tlabel\na,b\tx\n"))).toEqual([{ text: "a,b", label: "x" }]);
  expect(values(await rowsOf("cut.csv", 'text\na\n"b\nc\n'))).toEqual([{ text: "a" }, "cut-short"]);
  await expect(rowsOf("twice.csv", "a,a\n1,2\n")).rejects.toThrow(/column "a" stands there twice/);
});

test("Parquet gives the rows that were written, nested lists included", async () => {
  const messages = [[{ role: "user", content: "你好" }], [{ role: "assistant", content: "b" }]];
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "text", data: ["a", "b", "c"], type: "STRING" },
      { name: "count", data: [1n, 2n, 3n], type: "INT64" },
      { name: "messages", data: [...messages, []], type: "JSON" },
    ],
    rowGroupSize: 2,
  });
  expect(await rowsOf("a.parquet", new Uint8Array(buffer))).toEqual([
    { number: 1, value: { text: "a", count: 1, messages: messages[0] } },
    { number: 2, value: { text: "b", count: 2, messages: messages[1] } },
    { number: 3, value: { text: "c", count: 3, messages: [] } },
  ]);
  await expect(rowsOf("bad.parquet", "no parquet at all")).rejects.toThrow(/cannot be read as Parquet/);
  await expect(rowsOf("cut.parquet", new Uint8Array(buffer).slice(40))).rejects.toThrow(/Parquet/);
});

test("a packed file is read like the file in it, and a damaged one is named", async () => {
  const packed = gzipSync('{"text":"a"}\n{"text":"b"}\n');
  expect(values(await rowsOf("a.jsonl.gz", packed))).toEqual([{ text: "a" }, { text: "b" }]);
  await expect(rowsOf("a.jsonl.gz", packed.subarray(0, 20))).rejects.toThrow(/cannot be read to its end/);
});

test("texts may be whole, paragraphs or lines, and come in UTF-16 too", async () => {
  const text = "one\ntwo\n\n\nthree\n";
  expect(values(await rowsOf("a.txt", text))).toEqual([text]);
  expect(await rowsOf("a.txt", text, "paragraphs")).toEqual([
    { number: 1, value: "one\ntwo" },
    { number: 5, value: "three" },
  ]);
  expect(values(await rowsOf("a.md", text, "lines"))).toEqual(["one", "two", "three"]);
  expect(values(await rowsOf("a.txt", Buffer.from("\uFEFF小猫", "utf16le")))).toEqual(["小猫"]);
  expect(values(await rowsOf("a.txt", Buffer.from([0x61, 0xff, 0x62])))).toEqual(["a\uFFFDb"]);
});

test("what is no file is refused, not waited for", async () => {
  await expect(all(readRows(temporaryFolder()))).rejects.toThrow();
  await expect(all(readRows(join(temporaryFolder(), "none.jsonl")))).rejects.toThrow();
});
