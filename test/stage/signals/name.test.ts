import { describe, expect, test } from "vitest";
import { nameSignal, readName } from "../../../src/stage/signals/name.ts";
import type { Stage } from "../../../src/stage/stage.ts";
import { facts } from "../facts.ts";

describe("a name says the stage by its family's rule", () => {
  test.each<[string, Stage | undefined]>([
    ["Qwen/Qwen-7B", "base"],
    ["Qwen/Qwen-7B-Chat", "instruct"],
    ["Qwen/Qwen1.5-7B", "base"],
    ["Qwen/Qwen2.5-1.5B", "base"],
    ["Qwen/Qwen2.5-1.5B-Instruct", "instruct"],
    ["qwen2.5-1.5b-instruct-q4_k_m.gguf", "instruct"],
    ["Qwen2.5-Coder-7B", "base"],
    ["Qwen/QwQ-32B", "thinking"],
    ["Qwen/Qwen3-0.6B", "hybrid"],
    ["Qwen/Qwen3-0.6B-Base", "base"],
    ["Qwen3-0.6B-Q8_0.gguf", "hybrid"],
    ["Qwen/Qwen3-4B-Instruct-2507", "instruct"],
    ["Qwen/Qwen3-4B-Thinking-2507", "thinking"],
    ["Qwen/Qwen3.5-9B", "hybrid"],
    ["Qwen/Qwen3-Embedding-0.6B", "embedding"],
    ["Qwen/Qwen3-Reranker-0.6B", "reranker"],
    ["Qwen/Qwen3-VL-Reranker-2B", "reranker"],
    ["Qwen/Qwen3Guard-Gen-0.6B", "guard"],
    ["Qwen/Qwen3-4B-SafeRL", "hybrid"],
    ["Qwen/Qwen2-VL-2B-Instruct", "other"],
    ["deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "thinking"],
    ["meta-llama/Llama-3.2-3B", "base"],
    ["meta-llama/Llama-3.2-3B-Instruct", "instruct"],
    ["google/gemma-3-4b-it", "instruct"],
    ["google/gemma-3-4b-pt", "base"],
    ["some/italian-it", undefined],
    ["intfloat/multilingual-e5-large-instruct", "embedding"],
    ["BAAI/bge-reranker-base", "reranker"],
    ["FreedomIntelligence/openPangu-Embedded-7B", "hybrid"],
    ["mini-base", "base"],
    ["mini-instruct", "instruct"],
    // A derivative: the family's rule does not reach it.
    ["someone/Qwen2.5-1.5B-poems", undefined],
    // Trainings are appended, so the last word counts.
    ["princeton-nlp/Llama-3-Base-8B-SFT-DPO", "instruct"],
    ["", undefined],
  ])("%s: %s", (name, stage) => {
    expect(readName(name)?.says).toBe(stage);
  });
});

test("a word in one name outweighs its absence in another", () => {
  const names = [
    { from: "file name", name: "Qwen2.5-1.5B" },
    { from: "general.name", name: "Qwen2.5 1.5B Instruct" },
  ] as const;
  expect(nameSignal(facts("x", { names })).map((evidence) => evidence.says)).toEqual(["instruct"]);
});

test("names that disagree both speak, names that agree speak once", () => {
  const names = [
    { from: "file name", name: "x-instruct" },
    { from: "general.name", name: "x-chat" },
    { from: "general.finetune", name: "base" },
  ] as const;
  expect(nameSignal(facts("x", { names })).map((evidence) => evidence.says)).toEqual(["instruct", "base"]);
});

test("what a model was made from says little", () => {
  const from = (source: "config" | "reference") =>
    nameSignal(facts("x", { names: [{ from: source, name: "gpt2" }] }))[0]?.weight ?? 0;
  expect(from("config")).toBeLessThan(from("reference") / 2);
});
