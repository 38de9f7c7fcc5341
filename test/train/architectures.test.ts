import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { ModelShape } from "../../src/catalog/shape.ts";
import { convert } from "../../src/convert/convert.ts";
import { quantize } from "../../src/convert/quantize.ts";
import {
  ADAPTER_KINDS,
  type AdapterConfig,
  adapterSpecs,
  rowLengths,
  weightOf,
} from "../../src/train/adapter/adapter.ts";
import { PROJECTIONS } from "../../src/train/arch/config.ts";
import { weightSpecs } from "../../src/train/arch/weights.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { openModelFile, readModelFile, type TrainableModel } from "../../src/train/model-file.ts";
import { folderOfModel, MODELS } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { randomModel } from "../support/random-model.ts";
import { gradientsOf } from "./gradients-of.ts";

/** What `test/oracle/train_models.py` writes. */
interface Golden {
  readonly ids: readonly number[];
  readonly loss: number;
  readonly lastLogits: readonly number[];
  readonly gradients: Readonly<Record<string, GoldenGradient>>;
  readonly adapters: Readonly<
    Record<string, { readonly loss: number; readonly gradients: Readonly<Record<string, GoldenGradient>> }>
  >;
}
interface GoldenGradient {
  readonly norm: number;
  readonly step: number;
  readonly values: readonly number[];
}

const RANK = 4;
const ALPHA = 6;

/** The golden file of a model, from another folder where the oracle has just written there. */
function goldenOf(name: string): Golden {
  const folder = process.env.BASEWISE_TRAIN_GOLDENS;
  const path =
    folder === undefined
      ? new URL(`../fixtures/train/${name}.json`, import.meta.url)
      : `${folder}/${name}.json`;
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The largest difference from the elements that the golden file keeps, as a share of the whole gradient's size. */
function difference(gradient: Float32Array, { norm, step, values }: GoldenGradient): number {
  const typical = norm / Math.sqrt(gradient.length);
  const differences = values.map(
    (value, i) => Math.abs(value - (gradient[i * step] ?? Number.NaN)) / typical,
  );
  return Math.max(...differences, Math.abs(Math.hypot(...gradient) / norm - 1));
}

/** The adapter weights that the oracle computes too. */
function wave(index: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => 0.1 * Math.sin(1.3 * k + index));
}

describe.each(MODELS)("%s", (name) => {
  const golden = goldenOf(name);
  const row = [{ ids: golden.ids, trained: (i: number) => i % 3 !== 0 }];
  const time = golden.ids.length - 1;
  let model: TrainableModel;
  beforeAll(async () => {
    const output = `${temporaryFolder()}/${name}.gguf`;
    model = await readModelFile((await convert(folderOfModel(name), { output, type: "f32" })).path);
  });

  test("gives the logits of transformers", async () => {
    const ids = golden.ids.slice(0, -1);
    const found = await measureLogits(model.config, model.weights, ids, 1);
    const last = found.subarray((ids.length - 1) * model.config.vocabularySize);
    const spread = Math.max(...golden.lastLogits) - Math.min(...golden.lastLogits);
    const worst = golden.lastLogits.map((logit, i) => Math.abs(logit - (last[i] ?? Number.NaN)) / spread);
    expect(Math.max(...worst)).toBeLessThan(1e-4);
  });

  test("gives PyTorch's loss and gradients of every weight", async () => {
    const specs = weightSpecs(model.config);
    const learned = new Map(
      [...model.weights].map(([key, values]) => [
        key,
        { values, sizes: specs.find((spec) => spec.name === key)?.sizes ?? [] },
      ]),
    );
    const constants = [...model.weights.keys()].filter((key) => !specs.some((spec) => spec.name === key));
    const found = await gradientsOf({ config: model.config, learned, row, time, skip: constants });
    expect(found.loss).toBeCloseTo(golden.loss, 4);
    expect([...found.gradients.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
    for (const [key, gradient] of found.gradients) {
      const wanted = golden.gradients[key];
      expect(wanted === undefined ? 1 : difference(gradient, wanted), key).toBeLessThan(2e-3);
    }
  });

  test.each(
    ADAPTER_KINDS.flatMap((kind) => [
      { kind, logits: "at once", tokens: 1000 },
      { kind, logits: "in chunks", tokens: 5 },
    ]),
  )(
    "gives PEFT's loss and gradients of every part of a $kind adapter, logits $logits",
    async ({ kind, tokens }) => {
      const adapter: AdapterConfig = { kind, rank: RANK, alpha: ALPHA, targets: PROJECTIONS };
      let index = 0;
      const learned = new Map(
        adapterSpecs(model.config, adapter).map(({ name: key, sizes }) => {
          const count = sizes.reduce((a, b) => a * b, 1);
          const weight = weightOf(key);
          const columns = weightSpecs(model.config).find((spec) => spec.name === weight)?.sizes[0] ?? 1;
          const values = key.endsWith("magnitude")
            ? rowLengths(model.weights.get(weight) ?? new Float32Array(), columns)
            : wave(index++, count);
          return [key, { sizes, values }];
        }),
      );
      const frozen = { weights: model.stored, adapter };
      const logitsBytes = tokens * 4 * model.config.vocabularySize;
      const found = await gradientsOf({ config: model.config, learned, frozen, row, time, logitsBytes });
      const wanted = golden.adapters[kind];
      expect(found.loss).toBeCloseTo(wanted?.loss ?? Number.NaN, 4);
      expect([...found.gradients.keys()].sort()).toEqual(Object.keys(wanted?.gradients ?? {}).sort());
      for (const [key, gradient] of found.gradients) {
        const part = wanted?.gradients[key];
        expect(part === undefined ? 1 : difference(gradient, part), key).toBeLessThan(2e-3);
      }
    },
  );
});

test.each([
  ["Q8_0", 0.999],
  ["Q4_K", 0.98],
] as const)("learns beside weights in %s as beside the same weights unpacked", async (type, cosine) => {
  const path = await quantizedModel(type);
  const model = await openModelFile(path);
  const adapter: AdapterConfig = { kind: "lora", rank: RANK, alpha: ALPHA, targets: PROJECTIONS };
  const learned = new Map(
    adapterSpecs(model.config, adapter).map(({ name, sizes }, index) => [
      name,
      {
        sizes,
        values: wave(
          index,
          sizes.reduce((a, b) => a * b, 1),
        ),
      },
    ]),
  );
  const unpacked = new Map(
    [...model.stored].map(([name, weight]) => {
      const floats = weight.floats();
      const pieces = function* () {
        yield new Uint8Array(floats.buffer);
      };
      return [name, { ...weight, type: "f32", pieces, floats: () => floats } as const];
    }),
  );
  const row = [{ ids: Array.from({ length: 25 }, (_, i) => (i * 37) % 250) }];
  const job = { config: model.config, learned, row, time: 24 };
  expect([...model.stored.values()].some((weight) => weight.type === type.toLowerCase())).toBe(true);
  const packed = await gradientsOf({ ...job, frozen: { weights: model.stored, adapter } });
  const exact = await gradientsOf({ ...job, frozen: { weights: unpacked, adapter } });
  // activations are rounded to 8 bits beside packed weights, as in inference
  expect(Math.abs(packed.loss - exact.loss)).toBeLessThan(0.02);
  for (const [name, gradient] of exact.gradients) {
    const other = packed.gradients.get(name) ?? new Float32Array();
    const dot = gradient.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
    expect(dot / (Math.hypot(...gradient) * Math.hypot(...other)), name).toBeGreaterThan(cosine);
  }
});

/** A random model whose rows are long enough for every type. */
async function quantizedModel(type: "Q8_0" | "Q4_K"): Promise<string> {
  const folder = temporaryFolder();
  const shape: ModelShape = {
    architecture: "qwen3",
    vocabularySize: 260,
    layers: 2,
    hiddenSize: 256,
    feedForwardSize: 256,
    heads: 4,
    kvHeads: 2,
    headSize: 64,
    tied: true,
  };
  const path = await randomModel(`${folder}/plain.gguf`, shape, "f32");
  const output = `${folder}/packed.gguf`;
  await quantize(path, { output, type: type === "Q4_K" ? "Q4_K_M" : type, threads: 1 });
  return output;
}
