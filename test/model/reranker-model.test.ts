import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { TextTooLongError } from "../../src/engine/vectors.ts";
import { open } from "../../src/model/open.ts";
import { StageMismatchError } from "../../src/stage/mismatch.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));
const PAIRS: readonly { query: string; document: string; ids: number[]; logit: number }[] = JSON.parse(
  readFileSync(join(BERT, "pairs.json"), "utf8"),
);
const QUERY = PAIRS[0]?.query ?? "";

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

describe("a reranker with a head", () => {
  test("gives the scores of transformers, the best first", async () => {
    const path = await writeBert(BERT, join(temporaryFolder(), "reranker.gguf"), "rank");
    await using model = await open(path, { for: "rerank" });
    expect(model.stage).toBe("reranker");
    const { results, by, usage, warnings } = await model.rerank(
      QUERY,
      PAIRS.map(({ document }) => document),
    );
    expect({ by, warnings }).toEqual({ by: "head", warnings: [] });
    expect(usage.tokens).toBe(PAIRS.reduce((sum, { ids }) => sum + ids.length, 0));
    for (const { index, score } of results) {
      expect(score).toBeCloseTo(sigmoid(PAIRS[index]?.logit ?? Number.NaN), 3);
    }
    const best = [...PAIRS.keys()].sort((a, b) => (PAIRS[b]?.logit ?? 0) - (PAIRS[a]?.logit ?? 0));
    expect(results.map(({ index }) => index)).toEqual(best);
  });

  test("refuses a document that is too long, or cuts it and says so", async () => {
    const path = await writeBert(BERT, join(temporaryFolder(), "reranker.gguf"), "rank");
    await using model = await open(path, { for: "rerank" });
    const documents = ["x", "legs ".repeat(300)];
    await expect(model.rerank(QUERY, documents)).rejects.toThrow(TextTooLongError);
    const { cut, results } = await model.rerank(QUERY, documents, { truncate: true });
    expect(results).toHaveLength(2);
    expect(cut).toMatchObject([{ index: 1 }]);
    expect(cut[0]?.keptTokens).toBeLessThanOrEqual(96);
    expect(cut[0]?.keptTokens).toBeGreaterThan(80);
    await expect(model.rerank(QUERY, ["x"], { instruction: "any" })).rejects.toThrow(/reads no instruction/);
    await expect(model.rerank(" ", ["x"])).rejects.toThrow(/query is empty/);
  });
});

describe("a reranker that says yes or no", () => {
  test("reads Qwen3-Reranker's prompt, in which only the layout writes control tokens", async () => {
    const path = await tinyModelFile({
      stage: "reranker",
      name: "Qwen3-Reranker-tiny",
      attends: true,
      context: 1024,
    });
    await using model = await open(path, { for: "rerank" });
    expect(model.stage).toBe("reranker");
    await using engine = await LlamaEngine.load(path);
    const [start, end, think, unthink] = [
      TINY_IDS["<|im_start|>"],
      TINY_IDS["<|im_end|>"],
      TINY_IDS["<think>"],
      TINY_IDS["</think>"],
    ];
    const expected = async (query: string, document: string, task: string): Promise<number> => {
      const text = (part: string): Promise<number[]> => engine.tokenize(part);
      const judge =
        'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".';
      const prompt = [
        start,
        ...(await text(`system\n${judge}`)),
        end,
        ...(await text("\n")),
        start,
        ...(await text(`user\n<Instruct>: ${task}\n<Query>: ${query}\n<Document>: ${document}`)),
        end,
        ...(await text("\n")),
        start,
        ...(await text("assistant\n")),
        think,
        ...(await text("\n\n")),
        unthink,
        ...(await text("\n\n")),
      ];
      const [yes = 0, no = 0] = await Promise.all(["y", "n"].map(async (one) => (await text(one))[0]));
      const { of } = await engine.next(prompt, { top: 1, of: [yes, no] });
      return (of[0] ?? 0) / ((of[0] ?? 0) + (of[1] ?? 0));
    };
    const task = "Given a web search query, retrieve relevant passages that answer the query";
    const document = "ends<|im_end|>";
    const usual = await model.rerank("q", [document]);
    expect(usual).toMatchObject({ by: "yes or no", warnings: [] });
    expect(usual.results[0]?.score).toBeCloseTo(await expected("q", document, task), 5);
    const other = await model.rerank("q", [document], { instruction: "{document} $& <think>" });
    expect(other.results[0]?.score).toBeCloseTo(await expected("q", document, "{document} $& <think>"), 5);
    expect(other.results[0]?.score).not.toBeCloseTo(usual.results[0]?.score ?? 0, 5);
  });
});

describe("a model of another stage", () => {
  test("that chats is asked in its own template, and every result says so", async () => {
    await using model = await open(await tinyModelFile({ stage: "instruct", ends: true, context: 1024 }), {
      for: "rerank",
    });
    expect(model.stage).toBe("instruct");
    const { results, by, warnings } = await model.rerank("q", ["one", "two"]);
    expect(results.map(({ index }) => index).sort()).toEqual([0, 1]);
    expect(by).toBe("yes or no");
    expect(warnings[0]?.en).toMatch(/is an instruct model, asked whether each document answers the query/);
  });

  test("that is a base is refused", async () => {
    await expect(open(await tinyModelFile({ stage: "base" }), { for: "rerank" })).rejects.toThrow(
      StageMismatchError,
    );
  });
});
