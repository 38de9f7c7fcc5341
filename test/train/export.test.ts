import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../../src/chat/chatml.ts";
import { BadFileError } from "../../src/errors.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import type { Vocabulary } from "../../src/formats/tokenizer/vocabulary.ts";
import { LlamaContext } from "../../src/native/llama/context.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { qwen3Config } from "../../src/train/arch/config.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { exportGguf, type FileType, type ModelRecord } from "../../src/train/export.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { Random } from "../../src/train/random.ts";
import { trainTokenizer } from "../../src/train/tokenizer.ts";
import { initialWeights, type WeightValues } from "../../src/train/trainer.ts";

const TEXT =
  "The red cat sleeps. The blue dog runs to the red house. 小猫喜欢苹果，小狗喜欢香蕉。 12 + 30 = 42.\n";

let folder: string;
let record: ModelRecord;
let weights: WeightValues;
let vocabulary: Vocabulary;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basewise-export-"));
  vocabulary = trainTokenizer([TEXT.repeat(3)], {
    vocabularySize: 300,
    controlTokens: [END_OF_TEXT, TURN_START, TURN_END],
  });
  const config = qwen3Config({
    vocabularySize: 300,
    hiddenSize: 64,
    layers: 3,
    heads: 4,
    kvHeads: 2,
    headSize: 32,
    feedForwardSize: 96,
    context: 128,
    ropeBase: 10000,
    epsilon: 1e-6,
  });
  const random = new Random(8);
  // larger than a model starts with, so that attention and every norm matter
  weights = new Map(
    [...initialWeights(config, random)].map(([name, values]) => [
      name,
      values.map((x) => x + 0.15 * random.normal()),
    ]),
  );
  record = {
    name: "tiny",
    stage: "base",
    config,
    vocabulary,
    chatTemplate: CHATML_TEMPLATE,
    endToken: END_OF_TEXT,
    license: "Apache-2.0",
    languages: ["en", "zh"],
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The largest difference of two lists of logits, as a share of their spread. */
function difference(a: Float32Array, b: Float32Array): number {
  const spread = Math.max(...a) - Math.min(...a);
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN)))) / spread;
}

// libllama keeps keys and values in f16, which leaves a few thousandths even with exact weights; in q8_0 it rounds
// activations to 8 bits as well, and we compare with f32 arithmetic on the same rounded weights
describe.each<[FileType, number]>([
  ["f32", 5e-3],
  ["q8_0", 5e-2],
])("llama.cpp loads the %s file unchanged", (type, tolerance) => {
  test(`and gives the trainer's logits within ${tolerance} of their spread`, async () => {
    const path = join(folder, `${type}.gguf`);
    await exportGguf(path, record, weights, type);
    const ids = new Tokenizer(vocabulary).encode(TEXT).slice(0, 60);
    const written = await readModelFile(path);
    const ours = await measureLogits(written.config, written.weights, ids, 1);
    using model = new LlamaModel(path);
    using context = new LlamaContext(model, {
      contextLength: 128,
      batchLength: 128,
      sequences: 1,
      threads: 1,
    });
    context.decode(ids.map((token, position) => ({ token, position, sequence: 0, output: true })));
    const size = vocabulary.tokens.length;
    const worst = ids.map((_, i) => difference(ours.subarray(i * size, (i + 1) * size), context.logits(i)));
    expect(Math.max(...worst)).toBeLessThan(tolerance);
    expect(Math.max(...worst)).toBeGreaterThan(0); // two computations, not one
  });

  test("and tokenizes as the trainer does", async () => {
    using model = new LlamaModel(join(folder, `${type}.gguf`));
    const tokenizer = new Tokenizer(vocabulary);
    for (const text of [TEXT, "unseen: zebra 斑马 🦓", "<|im_end|> is text", "  two  spaces\n\n\nlines"]) {
      expect(model.vocabulary.tokenize(text)).toEqual(tokenizer.encode(text));
    }
    expect(model.vocabulary.isEnd(tokenizer.controlId(END_OF_TEXT))).toBe(true);
    expect(model.vocabulary.isEnd(tokenizer.controlId(TURN_END))).toBe(true);
  });
});

test("a place that cannot be written is one clear error, and nothing half-written stays", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(exportGguf(join(folder, "file", "x.gguf"), record, weights, "f32")).rejects.toThrow(
    BadFileError,
  );
  await expect(exportGguf("/dev/full/x.gguf", record, weights, "f32")).rejects.toThrow(
    /could not be written/,
  );
  expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
});
