import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { packedTensors, QUANTIZATIONS } from "../../src/catalog/quantization.ts";
import { shapeOfHeader } from "../../src/catalog/shape-of.ts";
import { parameterCount } from "../../src/catalog/tensors.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { quantize } from "../support/quantized-file.ts";
import { randomModel } from "../support/random-model.ts";
import { TINY_SHAPES } from "./shapes.ts";

describe.each(Object.entries(TINY_SHAPES))("%s", (name, shape) => {
  const folder = mkdtempSync(join(tmpdir(), "basewise-quantize-"));

  test("llama.cpp loads a file with exactly these tensors, and its header tells the shape again", async () => {
    const path = await randomModel(join(folder, `${name}.gguf`), shape, "f32");
    using model = new LlamaModel(path);
    expect(model.parameterCount).toBe(parameterCount(shape));
    const { slidingWindow: _, ...rest } = shape;
    expect(shapeOfHeader(await readGgufHeader(path))).toMatchObject(rest);
  });

  test("every mix holds what llama.cpp's own quantisation writes", async () => {
    const path = await randomModel(join(folder, `${name}.gguf`), shape, "f32");
    for (const quantization of QUANTIZATIONS.filter((one) => one !== "F32")) {
      const packed = join(folder, `${name}-${quantization}.gguf`);
      quantize(path, packed, quantization);
      const header = await readGgufHeader(packed);
      const real = Object.fromEntries(header.tensors.map(({ name, type, bytes }) => [name, { type, bytes }]));
      const ours = Object.fromEntries(
        packedTensors(shape, quantization).map(({ name, type, bytes }) => [name, { type, bytes }]),
      );
      expect(ours, quantization).toEqual(real);
    }
  });
});

test.each([
  // The published files' sizes; what is over is their headers, which differ by a few hundred bytes.
  ["Qwen/Qwen3-4B-Instruct-2507", 2_497_281_120],
  ["Qwen/Qwen3-8B", 5_027_783_488],
])("the published Q4_K_M of %s is as large as ours with its header", (reference, bytes) => {
  const model = CATALOGUE.find((one) => one.reference === reference);
  if (model === undefined) throw new Error(`no ${reference}`);
  const ours = packedTensors(model.shape, "Q4_K_M").reduce((sum, tensor) => sum + tensor.bytes, 0);
  expect(bytes - ours).toBeGreaterThan(5_955_000);
  expect(bytes - ours).toBeLessThan(5_958_000);
});
