import { readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LlamaVectorEngine } from "../../src/engine/llama/vector-engine.ts";
import { TextTooLongError } from "../../src/engine/vectors.ts";
import { BadInputError } from "../../src/errors.ts";
import type { RepresentingModel } from "../../src/model/embedding-model.ts";
import { open } from "../../src/model/open.ts";
import { StageMismatchError } from "../../src/stage/mismatch.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));
const GOLDEN: readonly { text: string; ids: number[]; mean: number[] }[] = JSON.parse(
  readFileSync(join(BERT, "golden.json"), "utf8"),
);

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function distance(one: ArrayLike<number> | undefined, other: ArrayLike<number> | undefined): number {
  return Math.hypot(...Array.from(one ?? [Number.NaN], (value, i) => value - (other?.[i] ?? Number.NaN)));
}

describe("an embedding model", () => {
  let model: RepresentingModel;
  beforeAll(async () => {
    const path = await writeBert(BERT, join(temporaryFolder(), "all-MiniLM-tiny.gguf"), "mean");
    model = await open(path, { for: "embed" });
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test("gives the vectors of transformers, normalised, in the order of the texts", async () => {
    expect(model.stage).toBe("embedding");
    const result = await model.embed(GOLDEN.map(({ text }) => text));
    for (const [i, { mean }] of GOLDEN.entries())
      expect(distance(unit(mean), result.vectors[i])).toBeLessThan(3e-3);
    expect(result).toMatchObject({
      dimensions: 32,
      usage: { tokens: GOLDEN.reduce((sum, { ids }) => sum + ids.length, 0) },
      pooling: "mean",
      normalized: true,
      prefix: "",
      cut: [],
      stage: "embedding",
      warnings: [],
    });
  });

  test("gives the vectors as they are, or the first dimensions alone", async () => {
    const [golden] = GOLDEN;
    const texts = [golden?.text ?? ""];
    const raw = await model.embed(texts, { normalize: false });
    expect(distance(golden?.mean, raw.vectors[0])).toBeLessThan(0.02);
    const short = await model.embed(texts, { dimensions: 8 });
    expect(distance(unit(golden?.mean.slice(0, 8) ?? []), short.vectors[0])).toBeLessThan(5e-3);
    expect(short.warnings[0]?.en).toMatch(/Nothing says that the model was trained to have its vectors cut/);
    await expect(model.embed(texts, { dimensions: 33 })).rejects.toThrow(BadInputError);
  });

  test("says when it is asked otherwise than it was trained", async () => {
    const { warnings, pooling } = await model.embed(["x"], { pooling: "last" });
    expect(pooling).toBe("last");
    expect(warnings[0]?.en).toMatch(/trained with the pooling "mean"/);
    const all = await model.embed(["x"], { pooling: "none" });
    expect(all.vectors[0]).toHaveLength(3 * 32);
    await expect(model.embed(["x"], { kind: "query", instruction: "Find" })).rejects.toThrow(
      /no instruction/,
    );
  });

  test("refuses what is too long with both counts, or cuts it and says so", async () => {
    const long = "legs ".repeat(200);
    const refused = model.embed(["x", long]);
    await expect(refused).rejects.toThrow(TextTooLongError);
    await expect(refused).rejects.toMatchObject({ index: 1, mostTokens: 96 });
    const { cut, vectors, usage } = await model.embed(["x", long], { truncate: true });
    expect(cut).toEqual([{ index: 1, textTokens: expect.any(Number), keptTokens: 96 }]);
    expect(usage.tokens).toBe(96 + 3);
    expect(vectors).toHaveLength(2);
  });

  test("reads an empty text, which its tokenizer frames, and no text at all", async () => {
    expect((await model.embed([""])).usage.tokens).toBe(2);
    expect((await model.embed([])).vectors).toEqual([]);
  });

  test("has no chat, and is refused one", async () => {
    await expect(open(model.reference, { for: "chat" })).rejects.toThrow(StageMismatchError);
  });
});

describe("Qwen3-Embedding", () => {
  test("is asked as it was trained: last token, end of text behind, an instruction before queries", async () => {
    const path = await tinyModelFile({ stage: "embedding", name: "Qwen3-Embedding-tiny", attends: true });
    await using model = await open(path, { for: "embed" });
    await using engine = await LlamaVectorEngine.load(path);
    const byHand = async (text: string): Promise<number[]> => {
      const ids = [...(await engine.tokenize(text)), TINY_IDS["<|endoftext|>"]];
      const [vector] = await engine.embed([ids], { pooling: "last" });
      return unit(Array.from(vector ?? []));
    };
    const passage = await model.embed(["a dog"]);
    expect(distance(await byHand("a dog"), passage.vectors[0])).toBeLessThan(1e-6);
    const query = await model.embed(["a dog"], { kind: "query", instruction: "Find a pet" });
    expect(query.prefix).toBe("Instruct: Find a pet\nQuery:");
    expect(distance(await byHand("Instruct: Find a pet\nQuery:a dog"), query.vectors[0])).toBeLessThan(1e-6);
    expect(distance(passage.vectors[0], query.vectors[0])).toBeGreaterThan(0.01);
  });

  test("never takes its end token from a text", async () => {
    const path = await tinyModelFile({ stage: "embedding", name: "Qwen3-Embedding-tiny" });
    await using model = await open(path, { for: "embed" });
    const { usage } = await model.embed(["<|endoftext|>"]);
    expect(usage.tokens).toBe("<|endoftext|>".length + 1);
  });
});

describe("sentence-transformers' files beside a GGUF", () => {
  test("say how long a text may be and what stands before it", async () => {
    const folder = temporaryFolder();
    await cp(new URL("../fixtures/embedding/with-prompts/", import.meta.url), folder, { recursive: true });
    await writeBert(BERT, join(folder, "model.gguf"), "mean");
    await using model = await open(folder, { for: "embed" });
    expect(model.mostTokens).toBe(24);
    expect(model.settings.prompts).toEqual({ value: { query: "how ", passage: "" }, from: "files" });
    expect(model.settings.normalizes).toEqual({ value: false, from: "files" });
    expect((await model.embed(["many legs"], { kind: "query" })).prefix).toBe("how ");
  });
});

describe("a model that was not trained for vectors", () => {
  test.each(["base", "instruct"] as const)("%s gives them with a word on what to expect", async (stage) => {
    await using model = await open(await tinyModelFile({ stage }), { for: "embed" });
    expect(model.stage).toBe(stage);
    const { vectors, pooling, warnings } = await model.embed(["a", "b"]);
    expect(vectors).toHaveLength(2);
    expect(pooling).toBe("mean");
    expect(warnings[0]?.en).toMatch(/not an embedding model\. .* never with a threshold/);
    await expect(model.embed([""])).rejects.toThrow(/Text 1 is empty/);
  });
});
