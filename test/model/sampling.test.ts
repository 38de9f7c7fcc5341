import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadInputError } from "../../src/errors.ts";
import { GrammarError } from "../../src/formats/grammar/gbnf.ts";
import { JsonSchemaError } from "../../src/formats/grammar/schema-error.ts";
import type { GenerationResult } from "../../src/model/generation.ts";
import { type CompletingModel, open } from "../../src/model/open.ts";
import type { GenerateOptions } from "../../src/model/text-model.ts";
import { tinyModelFile } from "../support/tiny-model.ts";

let model: CompletingModel;
beforeAll(async () => {
  model = await open(await tinyModelFile(), { for: "complete" });
}, 120_000);
afterAll(() => model[Symbol.asyncDispose]());

const greedy = { temperature: 0 };
const complete = (text: string, options: GenerateOptions): Promise<GenerationResult> =>
  model.complete(text, { maxTokens: 12, sampling: greedy, ...options }).result;

describe("a seed", () => {
  test("is drawn, reported and repeats the text", async () => {
    const sampling = { temperature: 2 };
    const [one, other] = [await complete("a", { sampling }), await complete("a", { sampling })];
    expect(one.sampling.seed).not.toBe(other.sampling.seed);
    const again = await complete("a", { sampling: { ...sampling, seed: one.sampling.seed ?? -1 } });
    expect(again.text).toBe(one.text);
  });
});

describe("stop strings", () => {
  test("end the text, which holds nothing of them, and the stream neither", async () => {
    const { text } = await complete("hello", { maxTokens: 10, grammar: 'root ::= "one two three"' });
    expect(text).toBe("one two th");
    const generation = model.complete("hello", {
      sampling: greedy,
      grammar: 'root ::= "one two three"',
      until: ["two t", "zzz"],
    });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    const result = await generation.result;
    expect(pieces.join("")).toBe("one ");
    expect(result).toMatchObject({ text: "one ", finishReason: "rule" });
  });
});

describe("characters whose bytes are tokens of their own", () => {
  test("come whole in the stream, also before a stop string", async () => {
    const generation = model.complete("x", {
      sampling: greedy,
      maxTokens: 60,
      grammar: 'root ::= "中é🎉中🎉"',
      until: ["🎉中🎉"],
    });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    expect(pieces).toEqual(["中", "é"]);
  });

  test("that the limit cuts show as one mark at the end", async () => {
    const { text } = await complete("x", { maxTokens: 5, grammar: 'root ::= "中🎉"' });
    expect(text).toBe("中\ufffd");
  });
});

describe("likelihoods", () => {
  test("are those of the model itself, whatever sampling does", async () => {
    const next = await model.next("hello", { top: 3 });
    const second = next[1];
    const { tokens = [] } = await complete("hello", {
      maxTokens: 1,
      logprobs: 3,
      sampling: { temperature: 0, logitBias: { [second?.id ?? -1]: 100 } },
    });
    expect(tokens).toHaveLength(1);
    expect(tokens[0]?.id).toBe(second?.id);
    expect(tokens[0]?.logProbability).toBeCloseTo(Math.log(second?.probability ?? 0), 5);
    expect(tokens[0]?.top.map(({ id }) => id)).toEqual(next.map(({ id }) => id));
    tokens[0]?.top.forEach(({ logProbability }, i) => {
      expect(logProbability).toBeCloseTo(Math.log(next[i]?.probability ?? 0), 5);
    });
  });

  test("are not given unasked, and stop where the text does", async () => {
    expect(await complete("hello", {})).not.toHaveProperty("tokens");
    const { tokens } = await complete("a", { logprobs: 0, grammar: 'root ::= "abcdef"', until: ["cd"] });
    expect(tokens?.map(({ text }) => text)).toEqual(["a", "b"]);
    expect(tokens?.[0]?.top).toEqual([]);
  });
});

describe("several texts", () => {
  test("have seeds of their own, and are what each seed gives alone", async () => {
    const sampling = { temperature: 3, seed: 5 };
    const generation = model.complete("hello", { n: 3, maxTokens: 8, sampling });
    const results = [await generation.result];
    for (const { result } of generation.alternatives) results.push(await result);
    expect(results.map(({ sampling: { seed } }) => seed)).toEqual([5, 6, 7]);
    for (const { text, sampling: own } of results)
      expect((await complete("hello", { maxTokens: 8, sampling: own })).text).toBe(text);
    expect(new Set(results.map(({ text }) => text)).size).toBe(3);
  });
});

test("several replies to one conversation, each what its seed gives alone", async () => {
  await using instruct = await open("mini-instruct", { for: "chat" });
  const asked = [{ role: "user" as const, content: "Tell me about cats." }];
  const options = { maxTokens: 24, sampling: { temperature: 5, topK: 0, topP: 1, minP: 0, seed: 5 } };
  const generation = instruct.chat(asked, { ...options, n: 3 });
  const results = [await generation.result];
  for (const { result } of generation.alternatives) results.push(await result);
  expect(results.map(({ sampling: { seed } }) => seed)).toEqual([5, 6, 7]);
  for (const { text, sampling } of results)
    expect((await instruct.chat(asked, { ...options, sampling }).result).text).toBe(text);
  expect(new Set(results.map(({ text }) => text)).size).toBeGreaterThan(1);
});

describe("JSON of a schema", () => {
  test("is what is written, by a model that knows nothing of it", async () => {
    const jsonSchema = {
      type: "object",
      properties: {
        name: { type: "string", maxLength: 4 },
        age: { type: "integer", minimum: 0, maximum: 99 },
      },
      required: ["name", "age"],
    };
    for (let seed = 0; seed < 5; seed++) {
      const { text, finishReason } = await complete("x", {
        maxTokens: 200,
        jsonSchema,
        sampling: { temperature: 1, seed },
      });
      expect(finishReason).toBe("stop");
      const value = JSON.parse(text) as { name: string; age: number };
      expect(Object.keys(value)).toEqual(["name", "age"]);
      expect(value.age).toBeGreaterThanOrEqual(0);
      expect(value.age).toBeLessThanOrEqual(99);
    }
  });
});

describe("speculation", () => {
  test("changes no text, and is counted", async () => {
    const options = { maxTokens: 60, grammar: 'root ::= ("abcdef"){9}' };
    const [plain, guessed] = [
      await complete("x", options),
      await complete("x", { ...options, speculation: "lookup" }),
    ];
    expect(guessed.text).toBe(plain.text);
    expect(guessed.usage.draftedTokens).toBeGreaterThan(30);
    expect(plain.usage).not.toHaveProperty("draftedTokens");
  });
});

describe("what cannot be is one error before anything is computed, and others go on", () => {
  const wrong: [GenerateOptions, new (...args: never[]) => Error, RegExp][] = [
    [{ grammar: "root ::= (" }, GrammarError, /line 1, column 11/],
    [{ grammar: "root ::= root" }, GrammarError, /begin with itself/],
    [{ jsonSchema: { multipleOf: 2 } }, JsonSchemaError, /multipleOf/],
    [{ grammar: 'root ::= "a"', jsonSchema: true }, BadInputError, /at once/],
    [{ n: 2 }, BadInputError, /temperature 0/],
    [{ n: 0 }, BadInputError, /n cannot be 0/],
    [{ logprobs: 101 }, BadInputError, /logprobs/],
    [{ until: [""] }, BadInputError, /cannot be empty/],
    [{ sampling: { typicalP: 0 } }, BadInputError, /typicalP/],
    [{ sampling: { repetitionPenalty: 0 } }, BadInputError, /repetitionPenalty/],
    [{ sampling: { presencePenalty: Number.NaN } }, BadInputError, /presencePenalty/],
    [{ sampling: { dry: { multiplier: -1 } } }, BadInputError, /dry\.multiplier/],
    [{ sampling: { logitBias: { 97: 1000 } } }, BadInputError, /logitBias of 97/],
    [{ sampling: { temperature: 0, logitBias: { 5000: 1 } } }, BadInputError, /token 5000/],
    [{ sampling: { topK: 2 ** 40 } }, BadInputError, /topK/],
  ];
  test.each(wrong)("%j", async (options, kind, reason) => {
    const other = complete("hello", { maxTokens: 40 });
    const failure = await complete("hello", options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(kind);
    expect(String(failure)).toMatch(reason);
    expect(failure).toMatchObject({ exitCode: 2, text: { zh: expect.stringMatching(/\p{Script=Han}/u) } });
    expect((await other).usage.completionTokens).toBe(40);
  });
});
