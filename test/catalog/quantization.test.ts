import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { packedTensors, type Quantization } from "../../src/catalog/quantization.ts";
import { shapeOfHeader } from "../../src/catalog/shape-of.ts";
import { parameterCount } from "../../src/catalog/tensors.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { nativeLibraries } from "../../src/native/library.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { randomModel } from "../support/random-model.ts";
import { TINY_SHAPES } from "./shapes.ts";

/** `enum llama_ftype`. */
const FILE_TYPES = {
  Q4_0: 2,
  Q8_0: 7,
  Q3_K_M: 12,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q5_K_M: 17,
  Q6_K: 18,
  F16: 1,
  BF16: 32,
  MXFP4_MOE: 38,
} as const satisfies Partial<Record<Quantization, number>>;

interface Parameters {
  readonly nthread: number;
  readonly ftype: number;
}

/** The library's own quantisation, which says what each mix really holds. */
function quantize(from: string, to: string, ftype: number): void {
  const { bind } = nativeLibraries();
  const defaults = bind<[], Parameters>(
    "llama",
    "test_quantize_params llama_model_quantize_default_params(void)",
  )();
  const code = bind<[string, string, Parameters], number>(
    "llama",
    "uint32_t llama_model_quantize(const char *, const char *, const test_quantize_params *)",
  )(from, to, { ...defaults, nthread: 1, ftype });
  expect({ code, complaints: code === 0 ? [] : nativeLibraries().takeComplaints() }).toEqual({
    code: 0,
    complaints: [],
  });
}

koffi.struct("test_quantize_params", {
  nthread: "int32_t",
  ftype: "int32_t",
  output_tensor_type: "int32_t",
  token_embedding_type: "int32_t",
  flags: koffi.array("bool", 6),
  imatrix: "void *",
  kv_overrides: "void *",
  tt_overrides: "void *",
  prune_layers: "void *",
  max_buf_size: "size_t",
});

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
    for (const [quantization, number] of Object.entries(FILE_TYPES)) {
      const packed = join(folder, `${name}-${quantization}.gguf`);
      quantize(path, packed, number);
      const header = await readGgufHeader(packed);
      const real = Object.fromEntries(header.tensors.map(({ name, type, bytes }) => [name, { type, bytes }]));
      const ours = Object.fromEntries(
        packedTensors(shape, quantization as Quantization).map(({ name, type, bytes }) => [
          name,
          { type, bytes },
        ]),
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
