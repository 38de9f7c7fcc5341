import { describe, expect, test } from "vitest";
import { counterpartOf } from "../../src/stage/counterpart.ts";
import type { CardFacts, ModelFacts } from "../../src/stage/facts.ts";
import { plainName } from "../../src/stage/families.ts";
import type { Stage } from "../../src/stage/stage.ts";
import { facts } from "./facts.ts";

test.each<[string, Stage, string | null]>([
  ["Qwen/Qwen2.5-1.5B", "base", "Qwen/Qwen2.5-1.5B-Instruct"],
  ["Qwen/Qwen2.5-1.5B-Instruct", "instruct", "Qwen/Qwen2.5-1.5B"],
  ["Qwen2.5-1.5B-Q4_K_M", "base", "Qwen/Qwen2.5-1.5B-Instruct"],
  ["Qwen2.5 1.5B Instruct", "instruct", "Qwen/Qwen2.5-1.5B"],
  ["Qwen/Qwen1.5-7B", "base", "Qwen/Qwen1.5-7B-Chat"],
  ["Qwen/Qwen3-0.6B", "hybrid", "Qwen/Qwen3-0.6B-Base"],
  ["Qwen/Qwen3-0.6B-Base", "base", "Qwen/Qwen3-0.6B"],
  ["Qwen/Qwen3-4B-Instruct-2507", "instruct", "Qwen/Qwen3-4B-Base"],
  // No base of this size was published.
  ["Qwen/Qwen3-32B", "hybrid", null],
  ["google/gemma-2-2b-it", "instruct", "google/gemma-2-2b"],
  ["mini-base", "base", "mini-instruct"],
  ["mini-instruct", "instruct", "mini-base"],
  ["someone/Qwen2.5-1.5B-poems", "instruct", null],
  ["Qwen/Qwen3-Embedding-0.6B", "embedding", null],
])("the counterpart of %s (%s) is %s", (name, stage, counterpart) => {
  expect(counterpartOf(facts(name), stage)).toBe(counterpart);
});

test("a recorded counterpart is taken before the rule", () => {
  expect(counterpartOf(facts("mini-base", { recordedCounterpart: "other" }), "base")).toBe("other");
});

describe("a card's lineage", () => {
  const card = (changes: Partial<CardFacts>): Partial<ModelFacts> => ({
    card: {
      task: undefined,
      tags: [],
      library: undefined,
      licence: undefined,
      parents: [],
      relation: undefined,
      prose: "",
      ...changes,
    },
  });

  test.each<[Partial<CardFacts>, string | null]>([
    [{ parents: ["Qwen/Qwen2.5-1.5B"], relation: "finetune" }, "Qwen/Qwen2.5-1.5B"],
    [{ parents: ["mistralai/Mistral-7B-v0.1"] }, "mistralai/Mistral-7B-v0.1"],
    // Made from a chat model: its base is not known.
    [{ parents: ["Qwen/Qwen2.5-1.5B-Instruct"] }, null],
    [{ parents: ["Qwen/Qwen2.5-1.5B"], relation: "quantized" }, null],
    [{ parents: ["Qwen/Qwen2.5-1.5B", "Qwen/Qwen2.5-7B"] }, null],
    [{ parents: ["../Qwen2.5-1.5B"] }, null],
  ])("%j leads a chat model to %s", (changes, counterpart) => {
    expect(counterpartOf(facts("someone/assistant", card(changes)), "instruct")).toBe(counterpart);
  });

  test("leads a quantised copy to the counterpart of what it was copied from", () => {
    const copy = facts("someone/copy", { names: [{ from: "parent", name: "Qwen/Qwen2.5-1.5B-Instruct" }] });
    expect(counterpartOf(copy, "instruct")).toBe("Qwen/Qwen2.5-1.5B");
  });
});

test.each([
  ["Qwen/Qwen2.5-1.5B-Instruct-GGUF", "Qwen2.5-1.5B-Instruct"],
  ["Qwen3-14B-MLX-4bit", "Qwen3-14B"],
  ["model-Q4_K_M-00001-of-00003", "model"],
  ["Qwen2.5-7B-Instruct-GPTQ-Int4", "Qwen2.5-7B-Instruct"],
  ["Qwen3-0.6B-UD-IQ2_XXS", "Qwen3-0.6B"],
  ["Qwen2.5 1.5B", "Qwen2.5-1.5B"],
])("%s without its packaging is %s", (name, plain) => {
  expect(plainName(name)).toBe(plain);
});
