import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { estimateMemory, PACKINGS } from "../../src/catalog/memory.ts";
import { QUANTIZATIONS } from "../../src/catalog/quantization.ts";
import { estimateFile } from "../../src/catalog/shape-of.ts";
import { estimateTraining, TRAINING_METHODS } from "../../src/catalog/training-memory.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { QWEN2_5_0_5B } from "../support/random-model.ts";
import { tinyModelFile } from "../support/tiny-model.ts";
import { TINY_SHAPES } from "./shapes.ts";

const shapes = fc.constantFrom(...CATALOGUE.map(({ shape }) => shape), ...Object.values(TINY_SHAPES));
const contexts = fc.integer({ min: 1, max: 262_144 });

describe("running", () => {
  // The library's own figures for these shapes, as it logs them: "KV buffer size" and "CPU_Mapped model buffer size".
  const qwen2 = QWEN2_5_0_5B;
  const llama = {
    architecture: "llama",
    layers: 30,
    hiddenSize: 576,
    heads: 9,
    kvHeads: 3,
    headSize: 64,
    feedForwardSize: 1536,
    vocabularySize: 49_152,
    tied: true,
  } as const;
  const mebibytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 100) / 100;

  test.each([
    [llama, 512, 11.25],
    [llama, 4096, 90],
    [llama, 16_384, 360],
    [qwen2, 4096, 48],
  ] as const)("the cache is what the library says (%#)", (shape, context, expected) => {
    expect(mebibytes(estimateMemory(shape, "Q8_0", { context }).cache)).toBe(expected);
  });

  test("the weights are what the library says, read from the file or laid out for AMX", () => {
    expect(mebibytes(estimateMemory(llama, "Q8_0", { context: 512 }).weights)).toBe(136.4);
    expect(mebibytes(estimateMemory(qwen2, "Q8_0", { context: 512 }).weights)).toBe(500.79);
    const packed = estimateMemory(qwen2, "Q8_0", { context: 512, packing: "amx" });
    // its 559.41 MiB, and the vectors that stay in the file
    expect(mebibytes(packed.weights)).toBeCloseTo(559.41, 0);
    expect(packed.peak).toBe(packed.total + packed.droppable);
  });

  test("the computing buffer is what the library says within a mebibyte", () => {
    const compute = (context: number, batch: number): number =>
      mebibytes(estimateMemory(qwen2, "Q8_0", { context, batch }).compute);
    expect(Math.abs(compute(16_384, 128) - 19.09)).toBeLessThan(1);
    expect(Math.abs(compute(16_384, 512) - 51.51)).toBeLessThan(1);
    expect(Math.abs(compute(4096, 512) - 39.51)).toBeLessThan(1);
  });

  test("more context never takes less, and a sliding window never more than the whole", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(...QUANTIZATIONS),
        fc.constantFrom(...PACKINGS),
        contexts,
        contexts,
        (shape, quantization, packing, one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const total = (context: number, wholeWindows = true): number =>
            estimateMemory(shape, quantization, { context, packing, wholeWindows }).total;
          expect(total(less)).toBeLessThanOrEqual(total(more));
          expect(total(more, false)).toBeLessThanOrEqual(total(more));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a file's own header gives the same as its shape", async () => {
    const header = await readGgufHeader(await tinyModelFile());
    const file = estimateFile(header, { context: 256 });
    expect(file?.weights).toBe(header.tensors.reduce((sum, { bytes }) => sum + bytes, 0));
    // one layer, one head of 16 for keys and values, 256 cells of two bytes
    expect(file?.cache).toBe(2 * 16 * 256 * 2);
  });
});

describe("training", () => {
  test("all weights take the 16 bytes each of ZeRO's count, beside activations", () => {
    const shape = TINY_SHAPES.qwen3;
    const { weights, optimizer } = estimateTraining(shape, "full", 2048);
    expect(optimizer).toBe(7 * weights);
  });

  test("an adapter takes less than all weights, and more context never takes less", () => {
    fc.assert(
      fc.property(shapes, contexts, contexts, (shape, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        for (const method of TRAINING_METHODS) {
          const total = (context: number): number => estimateTraining(shape, method, context).total;
          expect(total(less)).toBeLessThanOrEqual(total(more));
        }
        expect(estimateTraining(shape, "lora", one).total).toBeLessThan(
          estimateTraining(shape, "full", one).total,
        );
      }),
      { numRuns: 60 },
    );
  });
});
