import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { WrongParentError } from "../../src/export/errors.ts";
import { exportModel } from "../../src/export/export.ts";
import { merge } from "../../src/export/merge.ts";
import { openFile } from "../../src/formats/file-bytes.ts";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";
import { inspect } from "../../src/model/inspect.ts";
import { floatsOf } from "../../src/native/rows.ts";
import { ADAPTER_KINDS } from "../../src/train/adapter/adapter.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { train } from "../../src/train/run/train.ts";
import { folderOfModel, type ModelName } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { tinyAdaptation } from "../support/tiny-adaptation.ts";
import { eventsOf } from "../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const IDS = [5, 70, 12, 99, 31, 8];
const FLOATS = { F32: "f32", F16: "f16", BF16: "bf16" } as const;

/** Every tensor of a folder as floats. */
async function tensorsOf(path: string): Promise<Map<string, number[]>> {
  const files = readdirSync(path).filter((name) => /^model.*\.safetensors$/.test(name));
  const parts = await Promise.all(files.map((name) => tensorsIn(join(path, name))));
  return new Map(parts.flatMap((part) => [...part]));
}

/** Every tensor of a safetensors file as floats. */
async function tensorsIn(path: string): Promise<Map<string, number[]>> {
  const { tensors } = await readSafetensorsHeader(path);
  await using file = await openFile(path);
  const all = new Map<string, number[]>();
  for (const { name, dtype, offset, bytes } of tensors.values()) {
    if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") throw new Error(dtype);
    all.set(name, Array.from(floatsOf(Uint8Array.from(await file.read(offset, bytes)), FLOATS[dtype])));
  }
  return all;
}

describe.each(["tiny-qwen2-base", "tiny-qwen2-yarn", "tiny-qwen3-instruct", "tiny-llama3"] as const)(
  "%s, converted and exported again",
  (name: ModelName) => {
    const file = join(folder, `${name}.gguf`);
    const output = join(folder, `${name}-hf`);
    beforeAll(async () => {
      await convert(folderOfModel(name), { output: file, type: "f32" });
      await exportModel(file, { to: "hf", type: "f32", output });
    });

    test("has the weights that it had, under their names, in their order of rows", async () => {
      const before = await tensorsOf(folderOfModel(name));
      const after = await tensorsIn(join(output, "model.safetensors"));
      expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
      for (const [tensor, values] of before) expect(after.get(tensor)).toEqual(values);
    });

    test("says the same of its shape, and converts to the same file", async () => {
      const read = (path: string) => JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
      const [before, after] = [read(folderOfModel(name)), read(output)];
      for (const key of Object.keys(after)) {
        if (key in before && !/rope|eos|bos|pad|dtype|window/.test(key))
          expect(after[key]).toEqual(before[key]);
      }
      const again = join(folder, `${name}-again.gguf`);
      await convert(output, { output: again, type: "f32" });
      const [one, other] = [await readModelFile(file), await readModelFile(again)];
      expect(other.config).toEqual(one.config);
      expect(new Map(other.weights)).toEqual(new Map(one.weights));
      expect(other.vocabulary).toEqual(one.vocabulary);
      for (const key of one.header.metadata.keys()) {
        if (!/tokenizer\.ggml\.(?!scores)/.test(key)) continue;
        expect([key, other.header.metadata.number(key)]).toEqual([key, one.header.metadata.number(key)]);
        expect([key, other.header.metadata.string(key)]).toEqual([key, one.header.metadata.string(key)]);
      }
    });
  },
);

describe.each(["tiny-qwen2-base", "tiny-qwen3-instruct", "tiny-llama3"] as const)(
  "adapters of %s",
  (name) => {
    const parent = join(folder, `${name}-parent.gguf`);
    beforeAll(async () => {
      await convert(folderOfModel(name), { output: parent, type: "f32" });
    });

    test.each(ADAPTER_KINDS)(
      "%s: merged, and merged in the exported folder, are one model",
      async (kind) => {
        const recipe = tinyAdaptation(folder, parent, kind, `${name}-${kind}`);
        await eventsOf(train(recipe));
        const merged = join(recipe.output, "merged.gguf");
        await merge(recipe.output, { output: merged, type: "f32" });
        const before = await readModelFile(parent);
        const whole = await readModelFile(merged);
        const [old, own] = [
          await measureLogits(before.config, before.weights, IDS, 1),
          await measureLogits(whole.config, whole.weights, IDS, 1),
        ];
        expect(Math.max(...own.map((value, i) => Math.abs(value - (old[i] ?? 0))))).toBeGreaterThan(0.01);

        await exportModel(recipe.output, { to: "hf", type: "f32", output: join(recipe.output, "hf") });
        const back = join(recipe.output, "back.gguf");
        await convert(join(recipe.output, "hf"), { output: back, type: "f32" });
        expect((await readModelFile(back)).weights).toEqual(whole.weights);

        // PEFT's W + s·B·A, row by row as Hugging Face has them
        const { files } = await exportModel(recipe.output, {
          to: "peft",
          output: join(recipe.output, "peft"),
        });
        expect(files.map((file) => basename(file))).toEqual([
          "adapter_config.json",
          "adapter_model.safetensors",
          "README.md",
        ]);
        const settings = JSON.parse(readFileSync(join(recipe.output, "peft", "adapter_config.json"), "utf8"));
        const parts = await tensorsIn(join(recipe.output, "peft", "adapter_model.safetensors"));
        const weights = await tensorsOf(folderOfModel(name));
        const inFolder = await tensorsIn(join(recipe.output, "hf", "model.safetensors"));
        const scale = settings.use_rslora
          ? settings.lora_alpha / Math.sqrt(settings.r)
          : settings.lora_alpha / settings.r;
        const adapted = [...weights.keys()].filter((key) =>
          parts.has(`base_model.model.${key.replace(/weight$/, "lora_A.weight")}`),
        );
        expect(adapted).toHaveLength(7 * before.config.layers);
        for (const key of adapted) {
          const part = (suffix: string) => parts.get(`base_model.model.${key.replace(/weight$/, suffix)}`);
          const [a = [], b = [], magnitude] = [
            part("lora_A.weight"),
            part("lora_B.weight"),
            part("lora_magnitude_vector"),
          ];
          const columns = a.length / settings.r;
          const made = (weights.get(key) ?? []).map((weight, at) => {
            const [row, column] = [Math.floor(at / columns), at % columns];
            let sum = 0;
            for (let r = 0; r < settings.r; r++)
              sum += (b[row * settings.r + r] ?? 0) * (a[r * columns + column] ?? 0);
            return weight + scale * sum;
          });
          const length = (row: number) => Math.hypot(...made.slice(row * columns, (row + 1) * columns));
          const due = made.map((value, at) => {
            const row = Math.floor(at / columns);
            return magnitude === undefined ? value : (value * (magnitude[row] ?? 0)) / length(row);
          });
          const off = (inFolder.get(key) ?? []).map((value, at) => Math.abs(value - (due[at] ?? 0)));
          expect(Math.max(...off)).toBeLessThan(1e-5);
        }
      },
      60_000,
    );
  },
);

test("an adapter knows its parent: another one is refused, a mended file of the same weights is not", async () => {
  const parent = join(folder, "parent.gguf");
  const other = join(folder, "other.gguf");
  await convert(folderOfModel("tiny-qwen2-base"), { output: parent, type: "f32" });
  await convert(folderOfModel("tiny-qwen2-yarn"), { output: other, type: "f32" });
  const recipe = tinyAdaptation(folder, parent, "lora", "one");
  await eventsOf(train(recipe));
  const output = join(folder, "never.gguf");
  await expect(merge(recipe.output, { parent: other, output })).rejects.toThrow(WrongParentError);
  await expect(merge(recipe.output, { parent: other, output })).rejects.toThrow(/trained beside.*--parent/);
  expect(existsSync(output)).toBe(false);
  const adapter = await inspect(join(recipe.output, "adapter.gguf"));
  expect(adapter.stage).toBe("other");
  expect(adapter.evidence.map(({ text }) => text.en).join(" ")).toContain("adapter");
});
