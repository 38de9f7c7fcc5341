import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import { EXIT } from "../../src/errors.ts";
import { open } from "../../src/model/open.ts";
import { adviseSampling } from "../../src/model/sampling-advice.ts";
import { tinyModelFile } from "../support/tiny-model.ts";

const THINKS = `${CHATML_TEMPLATE.trimEnd()}{%- if add_generation_prompt -%}{{- '<think>\\n' -}}{%- endif -%}`;
const question = [{ role: "user", content: "Hi." }] as const;
const drawn = { sampling: { temperature: 1, seed: 3 }, maxTokens: 40 } as const;

async function thinker() {
  const path = await tinyModelFile({ stage: "thinking", template: THINKS });
  return open(path, { for: "chat", force: true });
}

describe("the budget of a thought", () => {
  test("ends it in time, and the model answers from there", async () => {
    await using model = await thinker();
    const free = await model.chat(question, drawn).result;
    expect(free).toMatchObject({ text: "", finishReason: "length" });
    const generation = model.chat(question, { ...drawn, thinkingBudget: 9 });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    const result = await generation.result;
    expect(result.thinkingBudget).toEqual({ tokens: 9, isReached: true });
    expect(free.thinking?.startsWith(result.thinking ?? "-")).toBe(true);
    expect(result.text).toBe(pieces.join(""));
    expect(result.text).not.toBe("");
    // The closing mark and the line breaks around it count too.
    expect(result.usage.completionTokens).toBe(40);
  });

  test("of none leaves no thought", async () => {
    await using model = await thinker();
    const result = await model.chat(question, { ...drawn, thinkingBudget: 0 }).result;
    expect(result).toMatchObject({ thinking: "", thinkingBudget: { tokens: 0, isReached: true } });
    expect(result.text).not.toBe("");
  });

  test("is said not to be reached where there is no thought, and must be a number of tokens", async () => {
    await using model = await open("mini-instruct", { for: "chat" });
    const { thinkingBudget } = await model.chat(question, { maxTokens: 4, thinkingBudget: 2 }).result;
    expect(thinkingBudget).toEqual({ tokens: 2, isReached: false });
    await expect(model.chat(question, { thinkingBudget: -1 }).result).rejects.toMatchObject({
      exitCode: EXIT.badInput,
    });
  });
});

describe("the sampling that makers recommend", () => {
  const files = { temperature: 0.6, topP: 0.95, topK: 20 };
  const none = { isServed: false, files: {}, names: [], stage: "hybrid" } as const;

  test.each([
    ["Qwen3 thinking", "Qwen3-8B", "hybrid", "thinking", { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 }],
    ["Qwen3 not", "Qwen3 8B", "hybrid", "non-thinking", { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 }],
    ["its split", "Qwen/Qwen3-4B-Thinking-2507", "thinking", "thinking", { temperature: 0.6, topP: 0.95 }],
  ] as const)("is known of %s", (_, name, stage, mode, sampling) => {
    const advice = adviseSampling({ ...none, names: ["x", name], stage, mode });
    expect(advice).toMatchObject({ sampling, taken: { mode, from: "catalogue" } });
  });

  test("is the catalogue's for the mode of a hybrid, the files' for all others", () => {
    const qwen = { ...none, names: ["Qwen3-8B"], files };
    expect(adviseSampling({ ...qwen, mode: "non-thinking" }).sampling.topP).toBe(0.8);
    const tuned = adviseSampling({ ...none, names: ["My-Qwen3-8B"], files, mode: "non-thinking" });
    expect(tuned).toEqual({ sampling: files, taken: { mode: "non-thinking", from: "files", source: null } });
    const instruct = { ...none, names: ["Qwen2.5-7B-Instruct"], stage: "instruct", files } as const;
    expect(adviseSampling({ ...instruct, mode: "non-thinking" }).taken.from).toBe("files");
    expect(adviseSampling({ ...none, mode: "thinking" })).toMatchObject({
      sampling: { temperature: 0.6, topP: 0.95 },
      taken: { from: "standard" },
    });
  });

  test("stands in the result, and what the caller gives wins", async () => {
    await using model = await thinker();
    const { sampling, samplingAdvice } = await model.chat(question, {
      maxTokens: 2,
      sampling: { topK: 7 },
    }).result;
    expect(sampling).toMatchObject({ topK: 7 });
    expect(samplingAdvice.mode).toBe(model.stage === "thinking" ? "thinking" : "non-thinking");
  });
});
