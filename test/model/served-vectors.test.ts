import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { LlamaVectorEngine } from "../../src/engine/llama/vector-engine.ts";
import { TextTooLongError } from "../../src/engine/vectors.ts";
import { open } from "../../src/model/open.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { type Dialect, ModelServer } from "../support/model-server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));
const GOLDEN: readonly { text: string; ids: number[]; mean: number[] }[] = JSON.parse(
  readFileSync(join(BERT, "golden.json"), "utf8"),
);
const TEXTS = GOLDEN.map(({ text }) => text);
const NAME = "all-MiniLM-tiny";

let embedder: LlamaVectorEngine;
const servers = new Map<Dialect, ModelServer>();
beforeAll(async () => {
  embedder = await LlamaVectorEngine.load(
    await writeBert(BERT, join(temporaryFolder(), `${NAME}.gguf`), "mean"),
  );
  for (const dialect of ["llama-server", "Ollama", "vLLM", "OpenAI"] as const) {
    const server = await ModelServer.start(dialect, "mini-base", NAME);
    server.embedder = embedder;
    servers.set(dialect, server);
  }
});
afterAll(() => embedder[Symbol.asyncDispose]());

function server(dialect: Dialect): ModelServer {
  const found = servers.get(dialect);
  if (found === undefined) throw new Error(`no ${dialect}`);
  found.mischief.length = 0;
  found.asked.length = 0;
  return found;
}

function distance(one: readonly number[], other: Float32Array | undefined): number {
  const length = Math.hypot(...one);
  return Math.hypot(...one.map((value, i) => value / length - (other?.[i] ?? Number.NaN)));
}

describe.each(["llama-server", "Ollama", "vLLM", "OpenAI"] as const)("vectors of %s", (dialect) => {
  test("are those of the reference, in the order of the texts", async () => {
    await using model = await open(server(dialect).url, { for: "embed" });
    expect(model).toMatchObject({ stage: "embedding", isHere: false });
    const result = await model.embed(TEXTS);
    for (const [i, { mean }] of GOLDEN.entries())
      expect(distance(mean, result.vectors[i])).toBeLessThan(3e-3);
    expect(result).toMatchObject({
      dimensions: 32,
      pooling: null,
      normalized: true,
      usage: { tokens: GOLDEN.reduce((sum, { ids }) => sum + ids.length, 0) },
      warnings: [],
    });
    const short = await model.embed(TEXTS.slice(0, 1), { dimensions: 8 });
    expect(Math.hypot(...(short.vectors[0] ?? []))).toBeCloseTo(1, 5);
    expect(short.dimensions).toBe(8);
    await expect(model.embed(TEXTS, { dimensions: 64 })).rejects.toThrow(/gives 32/);
  });

  test("what a server cannot be asked for is refused by name", async () => {
    const served = server(dialect);
    await using model = await open(served.url, { for: "embed" });
    served.asked.length = 0;
    for (const options of [{ pooling: "cls" }, { normalize: false }, { truncate: true }] as const) {
      await expect(model.embed(TEXTS, options)).rejects.toMatchObject({ name: "UnsupportedByServerError" });
    }
    await expect(model.embed(["a", ""])).rejects.toThrow("Text 2 is empty");
    expect(served.asked).toEqual([]);
  });

  test("an answer that lacks a vector is no answer", async () => {
    const served = server(dialect);
    await using model = await open(served.url, { for: "embed" });
    const body = JSON.stringify({ data: [{ index: 0, embedding: [1, 2] }], embeddings: [[1, 2]] });
    served.mischief.push((path) => (/embed/.test(path) ? { body } : undefined));
    await expect(model.embed(["one", "two"])).rejects.toMatchObject({ name: "ServerError", fault: "broken" });
  });

  test("a server without vectors says so", async () => {
    const served = await ModelServer.start(dialect, "mini-base", NAME);
    await using model = await open(served.url, { for: "embed" });
    await expect(model.embed(TEXTS)).rejects.toMatchObject({ name: "UnsupportedByServerError", exitCode: 2 });
  });
});

test("a text that is too long is named, with both counts", async () => {
  await using model = await open(server("llama-server").url, { for: "embed" });
  const long = "the ".repeat(embedder.model.contextSize);
  const failure = await model.embed(["the", long, "the"]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TextTooLongError);
  expect(failure).toMatchObject({ index: 1, mostTokens: embedder.model.contextSize });
});

test("a model that was not trained for vectors is embedded with a warning, also there", async () => {
  const served = await ModelServer.start("llama-server", "mini-base");
  await using model = await open(served.url, { for: "embed" });
  expect(model.stage).toBe("base");
  served.embedder = embedder;
  const { warnings } = await model.embed(TEXTS);
  expect(warnings.map(({ en }) => en)).toEqual([
    expect.stringContaining("is a base model, not an embedding model"),
  ]);
});

describe("ranks", () => {
  test.each(["llama-server", "vLLM", "OpenAI"] as const)("of %s are in its own measure", async (dialect) => {
    await using model = await open(server(dialect).url, { for: "rerank" });
    const [query = "", ...documents] = TEXTS;
    const { results, by, usage } = await model.rerank(query, [...documents, query]);
    expect(by).toBe("server");
    expect(results).toHaveLength(documents.length + 1);
    expect(results[0]).toMatchObject({ index: documents.length, score: expect.closeTo(5, 2) });
    expect(results.map(({ score }) => score)).toEqual(
      results.map(({ score }) => score).sort((a, b) => b - a),
    );
    expect(usage.tokens).toBeGreaterThan(0);
    await expect(model.rerank(query, documents, { instruction: "x" })).rejects.toMatchObject({
      name: "UnsupportedByServerError",
    });
  });

  test("Ollama gives none", async () => {
    await using model = await open(server("Ollama").url, { for: "rerank" });
    await expect(model.rerank("a", ["b"])).rejects.toMatchObject({ name: "UnsupportedByServerError" });
  });
});
