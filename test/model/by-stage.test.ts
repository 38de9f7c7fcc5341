import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import { logSumExp } from "../../src/engine/distribution.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { EXIT } from "../../src/errors.ts";
import { infillPrompt, NoInfillError } from "../../src/model/infill.ts";
import { open } from "../../src/model/open.ts";
import { scoreText } from "../../src/model/score.ts";
import { measureLogits } from "../../src/train/evaluate.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

const greedy = { sampling: { temperature: 0 } } as const;

describe("a base model", () => {
  test("completes up to a stop rule, which the result names", async () => {
    await using model = await open(await tinyModelFile(), { for: "complete" });
    const { text: free } = await model.complete("Once", { maxTokens: 40, ...greedy }).result;
    const stop = free.slice(20, 22);
    const generation = model.complete("Once", { maxTokens: 40, until: [stop], ...greedy });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    const result = await generation.result;
    expect(result).toMatchObject({ text: free.slice(0, free.indexOf(stop)), finishReason: "rule" });
    expect(pieces.join("")).toBe(result.text);
  });

  test("imitates a chat and says so in every result", async () => {
    await using model = await open("mini-base");
    if (model.stage !== "base") throw new TypeError("no base");
    const said = [{ role: "user", content: "Hi." }] as const;
    const result = await model.chatInContext(said, { maxTokens: 8, ...greedy }).result;
    expect(result.warnings.map(({ en }) => en)).toEqual([expect.stringMatching(/was not trained to chat/)]);
    expect(() => model.chatInContext([])).toThrow(expect.objectContaining({ exitCode: EXIT.badInput }));
  });
});

describe("a score", () => {
  const text = "The cat sat. Die Katze saß: 猫坐着。".repeat(3);

  test("is what the trainer's own forward pass gives, and counts bytes of UTF-8", async () => {
    const path = await tinyModelFile({ attends: true });
    const ids = [...Buffer.from(text)];
    const { config, weights } = await readModelFile(path);
    const logits = await measureLogits(config, weights, ids, 1);
    const width = config.vocabularySize;
    const nats = ids.slice(1).reduce((sum, id, at) => {
      const row = logits.subarray(at * width, (at + 1) * width);
      return sum + (row[id] ?? Number.NaN) - logSumExp(row);
    }, 0);
    await using model = await open(path, { for: "complete" });
    const score = await model.score(text);
    expect(score.tokens).toHaveLength(ids.length);
    expect(score.logLikelihood / nats).toBeCloseTo(1, 3);
    expect(score.perplexity).toBeCloseTo(Math.exp(-score.logLikelihood / (ids.length - 1)), 8);
    expect(score.bitsPerByte).toBeCloseTo(-score.logLikelihood / Math.LN2 / (ids.length - 1), 8);
    expect(score.windows).toEqual({ count: 1, size: 256, overlap: 0 });
  });

  test("of a text longer than the context is read in windows that overlap", async () => {
    await using engine = await LlamaEngine.load(await tinyModelFile({ attends: true }));
    const ids = [...Buffer.from(text)].slice(0, 30);
    const score = await scoreText(
      engine,
      Buffer.from(ids)
        .toString()
        .replace(/\uFFFD+$/, ""),
      12,
    );
    const count = score.tokens.length;
    const expected: (number | null)[] = [null, ...(await engine.score(ids.slice(0, 12)))];
    for (let start = 9; expected.length < count; start += 9) {
      const values = await engine.score(ids.slice(start, Math.min(start + 12, count)));
      expected.push(...values.slice(2));
    }
    expect(score.windows).toMatchObject({ size: 12, overlap: 3 });
    score.tokens.forEach(({ logProbability }, at) => {
      const value = expected[at];
      if (value === null || value === undefined) expect(logProbability).toBeNull();
      else expect(logProbability).toBeCloseTo(value, 3);
    });
  });

  test("of one token has nothing to judge", async () => {
    await using model = await open(await tinyModelFile(), { for: "complete" });
    expect(await model.score("a")).toMatchObject({ logLikelihood: 0, perplexity: null, bitsPerByte: null });
  });
});

describe("infilling", () => {
  test("stands between the tokens that the vocabulary names, in the order of training", async () => {
    const path = await tinyModelFile({
      renames: { "<think>": "<fim_suffix>", "</think>": "<fim_middle>", "<|im_start|>": "<fim_prefix>" },
    });
    await using engine = await LlamaEngine.load(path);
    const { tokens, stopTokens } = await infillPrompt(engine, path, "a<fim_middle>", "b");
    const [prefix, suffix, middle] = [TINY_IDS["<|im_start|>"], TINY_IDS["<think>"], TINY_IDS["</think>"]];
    expect(tokens).toEqual([prefix, ...Buffer.from("a<fim_middle>"), suffix, ...Buffer.from("b"), middle]);
    expect(stopTokens).toEqual([prefix, suffix, middle]);
  });

  test("goes on from there", async () => {
    const renames = { "<think>": "[SUFFIX]", "</think>": "[PREFIX]" };
    await using model = await open(await tinyModelFile({ renames }), { for: "infill" });
    const result = await model.infill("a", "b", { maxTokens: 3, ...greedy }).result;
    expect(result.usage).toMatchObject({ promptTokens: 4, completionTokens: 3 });
  });

  test("reads the suffix first where a family was trained so", async () => {
    const path = await tinyModelFile({ renames: { "<think>": "[SUFFIX]", "</think>": "[PREFIX]" } });
    await using engine = await LlamaEngine.load(path);
    const { tokens } = await infillPrompt(engine, path, "a", "b");
    expect(tokens).toEqual([TINY_IDS["<think>"], 98, TINY_IDS["</think>"], 97]);
  });

  test("is refused where the vocabulary has no such tokens, before anything is loaded and after", async () => {
    const path = await tinyModelFile();
    await expect(open(path, { for: "infill" })).rejects.toMatchObject({
      wanted: "infill",
      exitCode: EXIT.unsuited,
    });
    await using model = await open(path, { for: "complete" });
    const failure = await model.infill("a", "b").result.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoInfillError);
    expect(failure).toMatchObject({ reference: path, exitCode: EXIT.unsuited });
  });
});

describe("a model that thinks", () => {
  const said = [{ role: "user", content: "Hi." }] as const;

  test("gives thoughts in a channel of their own, and is warned of greedy sampling", async () => {
    const template = `${CHATML_TEMPLATE}<think>`;
    await using model = await open(await tinyModelFile({ stage: "thinking", template }), { for: "chat" });
    const reply = model.chat(said, { maxTokens: 12, ...greedy });
    let answered = "";
    for await (const piece of reply) answered += piece;
    const { text, thinking, warnings } = await reply.result;
    expect({ answered, text }).toEqual({ answered: "", text: "" });
    expect(thinking).not.toBe("");
    expect(warnings.map(({ en }) => en)).toEqual([
      expect.stringMatching(/^The most likely token was always taken/),
    ]);
  });

  test("is told to think or not by its template's own switch", async () => {
    const template = `${CHATML_TEMPLATE}{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}`;
    await using model = await open(await tinyModelFile({ stage: "hybrid", template }), { for: "chat" });
    const tokens = async (thinking?: boolean): Promise<number> => {
      const options = thinking === undefined ? {} : { thinking };
      return (await model.chat(said, { maxTokens: 1, ...options }).result).usage.promptTokens;
    };
    const free = await tokens();
    expect([await tokens(true), await tokens(false)]).toEqual([free, free + 2]);
  });
});
