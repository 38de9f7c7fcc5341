import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { quantize } from "../../src/convert/quantize.ts";
import { QUANTIZE_TYPES } from "../../src/convert/types.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { ggufBytes, temporaryFile, temporaryFolder, tinyModel } from "../support/gguf.ts";
import { folderOfModel, goldenLogits } from "./models.ts";

const NAME = "tiny-qwen3-instruct";
const place = (name: string): string => join(temporaryFolder(), name);
let exact: string;
beforeAll(async () => {
  exact = (await convert(folderOfModel(NAME), { output: place("exact.gguf"), type: "f32" })).path;
});

test("all metadata is kept", async () => {
  const made = await quantize(exact, { type: "Q8_0", output: place("out.gguf"), threads: 1 });
  const [before, after] = [await readGgufHeader(exact), await readGgufHeader(made.path)];
  expect(after.metadata.string("basewise.stage")).toBe("instruct");
  expect(after.metadata.keys().sort()).toEqual(before.metadata.keys().sort());
  expect(after.tensors.map(({ name }) => name).sort()).toEqual(before.tensors.map(({ name }) => name).sort());
  expect(made).toMatchObject({ bytes: after.fileBytes, bytesBefore: before.fileBytes });
  expect(made.bytes).toBeLessThan(made.bytesBefore / 2);
});

test("Q8_0 gives the logits of transformers within 0.04 of their spread", async () => {
  const { path } = await quantize(exact, { type: "Q8_0", output: place("out.gguf"), threads: 1 });
  await using engine = await LlamaEngine.load(path);
  const { ids, positions, logits } = await goldenLogits(NAME);
  const found = await engine.logits(ids, positions);
  for (const [at, golden] of logits.entries()) {
    const spread = Math.max(...golden) - Math.min(...golden);
    const worst = Math.max(...golden.map((value, id) => Math.abs(value - (found[at]?.[id] ?? Number.NaN))));
    expect(worst / spread).toBeLessThan(0.04);
  }
});

// Rows of 64 are too short for K-quants; libllama takes a type for those that fits.
test.each(QUANTIZE_TYPES)("makes a %s that loads", { timeout: 60_000 }, async (type) => {
  const { path } = await quantize(exact, { type, output: place("out.gguf"), threads: 1 });
  await using engine = await LlamaEngine.load(path);
  const { top } = await engine.next([1, 2, 3], { top: 1 });
  expect(top[0]?.probability).toBeGreaterThan(0);
  expect((await readGgufHeader(path)).tensors.some((tensor) => !/^B?F\d/.test(tensor.type))).toBe(true);
});

describe("is refused with one clear sentence", () => {
  test("a file that is quantised already", async () => {
    const { path } = await quantize(exact, { type: "Q8_0", output: place("out.gguf"), threads: 1 });
    await expect(quantize(path, { type: "Q4_K_M" })).rejects.toThrow(/is quantised already \(Q8_0\)/);
  });

  test("a folder that was not converted", async () => {
    await expect(quantize(folderOfModel(NAME), { type: "Q4_0" })).rejects.toThrow(
      /is no GGUF file yet; convert it first: basewise convert/,
    );
  });

  test("a file that libllama refuses, and nothing is left", async () => {
    const path = temporaryFile("odd.gguf", ggufBytes(tinyModel({}, { dataBytes: 2 ** 12 })));
    const output = place("out.gguf");
    await expect(quantize(path, { type: "Q4_0", output })).rejects.toMatchObject({
      name: expect.stringMatching(/LlamaError|EngineCrashedError/),
    });
    expect(readdirSync(join(output, ".."))).toEqual([]);
  });

  test("an output that exists", async () => {
    const output = temporaryFile("out.gguf", new Uint8Array(1));
    await expect(quantize(exact, { type: "Q4_0", output })).rejects.toThrow(/exists already/);
  });

  test("a place that cannot be written", async () => {
    const output = join(temporaryFile("file", new Uint8Array(1)), "out.gguf");
    await expect(quantize(exact, { type: "Q4_0", output, force: true })).rejects.toThrow(
      /could not be written/,
    );
  });
});

test("stopped, nothing is left", async () => {
  const output = place("out.gguf");
  const stopping = new AbortController();
  const stopped = quantize(exact, { type: "Q4_0", output, signal: stopping.signal });
  setTimeout(() => stopping.abort(), 5);
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  expect(readdirSync(join(output, ".."))).toEqual([]);
});
