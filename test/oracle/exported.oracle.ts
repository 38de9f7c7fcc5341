import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { convert } from "../../src/convert/convert.ts";
import { exportModel } from "../../src/export/export.ts";
import { merge } from "../../src/export/merge.ts";
import { ADAPTER_KINDS } from "../../src/train/adapter/adapter.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { LibraryTokenizer } from "../../src/train/library-tokenizer.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { train } from "../../src/train/run/train.ts";
import { folderOfModel } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { tinyAdaptation } from "../support/tiny-adaptation.ts";
import { eventsOf } from "../support/tiny-recipe.ts";
import { ask, oraclePython } from "./python.ts";

/* What `export` writes, as Python's transformers and PEFT read it. */

const answer = z.object({
  logits: z.array(z.number()),
  ids: z.array(z.int()),
  chat: z.string().nullable(),
  eos: z.string().nullable(),
  stops: z.union([z.int(), z.array(z.int())]).nullable(),
});
const IDS = [5, 70, 12, 99, 31, 8, 41];
const TEXT = "It's 12 o'clock,  and 小猫 sleeps.\n\tDone!";

const python = await oraclePython();
const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

/** The greatest difference, beside the spread of the logits. */
function error(ours: Float32Array, theirs: readonly number[]): number {
  expect(theirs).toHaveLength(ours.length);
  const spread = Math.max(...theirs) - Math.min(...theirs);
  return Math.max(...theirs.map((value, i) => Math.abs(value - (ours[i] ?? 0)))) / spread;
}

describe.skipIf(python === undefined)("in Python", () => {
  const askPython = async (...args: string[]) =>
    answer.parse(await ask(python ?? "", "exported.py", ...args));

  describe.each(["tiny-qwen2-base", "tiny-qwen2-yarn", "tiny-qwen3-instruct", "tiny-llama3"] as const)(
    "%s",
    (name) => {
      const parent = join(folder, `${name}.gguf`);
      beforeAll(async () => {
        await convert(folderOfModel(name), { output: parent, type: "f32" });
      });

      test("exported to a folder computes, tokenizes and stops as before", async () => {
        const output = join(folder, `${name}-hf`);
        await exportModel(parent, { to: "hf", type: "f32", output });
        const { config, weights, vocabulary, header, chatTemplate } = await readModelFile(parent);
        const { logits, ids, chat, stops } = await askPython(output, IDS.join(), TEXT);
        expect(error(await measureLogits(config, weights, IDS, 1), logits)).toBeLessThan(1e-4);
        using tokenizer = new LibraryTokenizer(parent, vocabulary);
        expect(ids).toEqual(tokenizer.encode(TEXT));
        expect([stops].flat()).toContain(header.metadata.number("tokenizer.ggml.eos_token_id"));
        const original = await askPython(folderOfModel(name), IDS.join(), TEXT);
        expect(ids).toEqual(original.ids);
        expect(error(Float32Array.from(original.logits), logits)).toBeLessThan(1e-5);
        if (chatTemplate !== undefined) expect(chat).toBe(original.chat);
      });

      test.each(ADAPTER_KINDS)(
        "with an adapter (%s) is one model in PEFT, merged in the folder, and in GGUF",
        async (kind) => {
          const recipe = tinyAdaptation(folder, parent, kind, `${name}-${kind}`);
          await eventsOf(train(recipe));
          const at = (path: string): string => join(recipe.output, path);
          await merge(recipe.output, { output: at("merged.gguf"), type: "f32" });
          await exportModel(recipe.output, { to: "hf", type: "f32", output: at("hf") });
          await exportModel(recipe.output, { to: "peft", output: at("peft"), base: folderOfModel(name) });
          const { config, weights } = await readModelFile(at("merged.gguf"));
          const ours = await measureLogits(config, weights, IDS, 1);
          const whole = await askPython(at("hf"), IDS.join(), TEXT);
          const beside = await askPython(folderOfModel(name), at("peft"), IDS.join(), TEXT);
          expect(error(ours, whole.logits)).toBeLessThan(1e-4);
          expect(error(ours, beside.logits)).toBeLessThan(1e-4);
          const plain = await askPython(folderOfModel(name), IDS.join(), TEXT);
          expect(error(ours, plain.logits)).toBeGreaterThan(0.01);
        },
      );
    },
  );
});
