import { describe, expect, test } from "vitest";
import { embeddingSettings, promptWith } from "../../src/stage/embedding.ts";
import { blankFacts, type ModelFacts } from "../../src/stage/facts.ts";
import { NO_FILES } from "../../src/stage/file-facts.ts";

function named(name: string, more: Partial<ModelFacts> = {}): ModelFacts {
  return { ...blankFacts("ref", "GGUF"), names: [{ from: "file name", name }], ...more };
}

describe("how a model is asked for vectors", () => {
  test("is what its files say, before all else", () => {
    const facts = named("Qwen3-Embedding-0.6B", {
      pooling: "cls",
      modules: ["Transformer", "Pooling"],
      window: 4096,
      files: {
        ...NO_FILES,
        sentence: { prompts: { query: "ask: ", document: "doc: " }, maxTokens: 512, dimensions: [16, 64] },
      },
    });
    expect(embeddingSettings(facts, true)).toEqual({
      pooling: { value: "cls", from: "files" },
      normalizes: { value: false, from: "files" },
      prompts: { value: { query: "ask: ", passage: "doc: " }, from: "files" },
      endToken: { value: "<|endoftext|>", from: "family" },
      leastDimensions: { value: 16, from: "files" },
      mostTokens: 512,
    });
  });

  test.each([
    ["Qwen3-Embedding-0.6B-Q8_0.gguf", "last", /^Instruct: .*\nQuery:$/, "", "<|endoftext|>", 32],
    ["multilingual-e5-small-q8_0.gguf", "mean", /^query: $/, "passage: ", null, null],
    ["multilingual-e5-large-instruct", "mean", /^Instruct: .*\nQuery: $/, "", null, null],
    ["bge-large-zh-v1.5", "cls", /^为这个句子/, "", null, null],
    ["bge-small-en-v1.5-f16", "cls", /^Represent this sentence/, "", null, null],
    ["bge-m3-Q4_K_M", "cls", /^$/, "", null, null],
    ["nomic-embed-text-v1.5.Q4_K_M", "mean", /^search_query: $/, "search_document: ", null, 64],
    ["embeddinggemma-300M-Q8_0", "mean", /^task: search result/, "title: none | text: ", null, 128],
  ])("is what is known of its family: %s", (name, pooling, query, passage, endToken, least) => {
    const settings = embeddingSettings(named(name), true);
    expect(settings).toMatchObject({
      pooling: { value: pooling, from: "family" },
      leastDimensions: { value: least },
      endToken: { value: endToken },
    });
    expect(settings.prompts.value.query).toMatch(query);
    expect(settings.prompts.value.passage).toBe(passage);
    expect(settings.normalizes.value).toBe(true);
  });

  test("is only usual where nothing says it: the last token of a decoder, the mean of an encoder", () => {
    expect(embeddingSettings(named("x", { architecture: "qwen2" }), true).pooling).toEqual({
      value: "last",
      from: "usual",
    });
    expect(embeddingSettings(named("x", { architecture: "bert" }), true).pooling.value).toBe("mean");
  });

  test("of a model that was not trained for it is plain, whatever its name is like", () => {
    expect(embeddingSettings(named("Qwen3-Embedding-like"), false)).toMatchObject({
      pooling: { value: "mean", from: "usual" },
      prompts: { value: { query: "", passage: "" } },
      endToken: { value: null },
    });
  });
});

test("an instruction takes the place of the usual one, whatever is written in it", () => {
  expect(promptWith("Instruct: Find.\nQuery:", "Cost $& more")).toBe("Instruct: Cost $& more\nQuery:");
  expect(promptWith("query: ", "Find")).toBeUndefined();
});
