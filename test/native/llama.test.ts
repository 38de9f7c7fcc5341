import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadFileError, BadInputError } from "../../src/errors.ts";
import { checkDefaults } from "../../src/native/defaults.ts";
import { UseAfterFreeError } from "../../src/native/handle.ts";
import type { BatchToken } from "../../src/native/llama/batch.ts";
import { LlamaContext } from "../../src/native/llama/context.ts";
import { LlamaError } from "../../src/native/llama/error.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { LlamaSampler, type Sampling } from "../../src/native/llama/sampler.ts";
import { CONTEXT_DEFAULTS, MODEL_DEFAULTS } from "../../src/native/llama/structs.ts";
import { NativeLibraryError } from "../../src/native/platform.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { TINY_CONFIG, TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

let path: string;
beforeAll(async () => {
  path = await tinyModelFile();
});

const plan = { contextLength: 64, batchLength: 32, outputs: 4, sequences: 2, threads: 1 };
const row = (tokens: readonly number[], start = 0, sequence = 0): BatchToken[] =>
  tokens.map((token, i) => ({ token, position: start + i, sequence, output: i === tokens.length - 1 }));
const greedy: Sampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  seed: 1,
};
const argmax = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));

describe("a model", () => {
  test("tells what its file holds", () => {
    using model = new LlamaModel(path);
    expect(model.vocabulary.size).toBe(TINY_CONFIG.vocabularySize);
    expect(model.trainedContext).toBe(TINY_CONFIG.context);
    expect(model.generates).toBe(true);
    expect(model.vocabulary.addsBos).toBe(false);
    expect(model.vocabulary.eos).toBe(TINY_IDS["<|endoftext|>"]);
    expect(model.metadata("general.name")).toBe("tiny");
    expect(model.metadata("basewise.stage")).toBe("base");
    expect(model.metadata("no.such.key")).toBeUndefined();
    expect(model.template).toContain("<|im_start|>");
    expect(model.metadata("tokenizer.chat_template")).toBe(model.template);
  });

  test("turns text into tokens and back; control tokens in it stay text", () => {
    using model = new LlamaModel(path);
    const text = "a<|im_end|>é中";
    const tokens = model.vocabulary.tokenize(text);
    expect(tokens).not.toContain(TINY_IDS["<|im_end|>"]);
    expect(Buffer.concat(tokens.map((token) => model.vocabulary.piece(token, true))).toString()).toBe(text);
    expect(model.vocabulary.tokenize("")).toEqual([]);
  });

  test("knows its control tokens, and which of them end", () => {
    using model = new LlamaModel(path);
    const end = TINY_IDS["<|im_end|>"];
    expect(model.vocabulary.kindOf(end)).toBe("control");
    expect(model.vocabulary.kindOf(97)).toBe("ordinary");
    expect(model.vocabulary.isEnd(end)).toBe(true);
    expect(model.vocabulary.isEnd(TINY_IDS["<|im_start|>"])).toBe(false);
    expect(model.vocabulary.textOf(end)).toBe("<|im_end|>");
    expect(Buffer.from(model.vocabulary.piece(end, true)).toString()).toBe("<|im_end|>");
    expect(model.vocabulary.piece(end, false)).toHaveLength(0);
  });

  test.each([-1, 1.5, TINY_CONFIG.vocabularySize, Number.NaN])("has no token %s", (token) => {
    using model = new LlamaModel(path);
    expect(() => model.vocabulary.piece(token, true)).toThrow(LlamaError);
    expect(() => model.vocabulary.isEnd(token)).toThrow(LlamaError);
  });

  test("used or disposed after it was disposed is an error", () => {
    const model = new LlamaModel(path);
    model[Symbol.dispose]();
    expect(() => model.vocabulary.tokenize("a")).toThrow(UseAfterFreeError);
    expect(() => model.metadata("general.name")).toThrow(UseAfterFreeError);
    expect(() => new LlamaContext(model, plan)).toThrow(UseAfterFreeError);
    expect(() => model[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });

  test("cannot be disposed while a context needs it", () => {
    using model = new LlamaModel(path);
    using _context = new LlamaContext(model, plan);
    expect(() => model[Symbol.dispose]()).toThrow(/1 open contexts/);
    expect(model.vocabulary.tokenize("a")).toEqual([97]);
  });

  test("that cannot be loaded names the file and what the library says", () => {
    const other = join(temporaryFolder(), "other.gguf");
    writeFileSync(other, "not a model");
    expect(() => new LlamaModel(other)).toThrow(BadFileError);
    expect(() => new LlamaModel(other)).toThrow(/other\.gguf cannot be loaded: invalid magic/);
    expect(() => new LlamaModel("/no/such.gguf")).toThrow(/such\.gguf cannot be loaded: failed to open/);
  });
});

describe("a context", () => {
  test("gives logits at the positions that were asked for", () => {
    using model = new LlamaModel(path);
    using context = new LlamaContext(model, plan);
    const tokens = model.vocabulary.tokenize("hello");
    context.decode(tokens.map((token, position) => ({ token, position, sequence: 0, output: position > 2 })));
    expect(context.logits(3)).toHaveLength(model.vocabulary.size);
    expect(context.logits(3)).not.toEqual(context.logits(4));
    expect(() => context.logits(0)).toThrow(LlamaError);
  });

  test("goes on from what it has read, alone or shared with another sequence", () => {
    using model = new LlamaModel(path);
    using context = new LlamaContext(model, plan);
    const tokens = model.vocabulary.tokenize("hello there");
    context.decode(row(tokens));
    const whole = context.logits(tokens.length - 1);

    expect(context.forgetFrom(0, 5)).toBe(true);
    context.decode(row(tokens.slice(5), 5));
    expect(argmax(context.logits(tokens.length - 6))).toBe(argmax(whole));

    context.clear();
    context.decode(row(tokens.slice(0, 5)));
    context.share(0, 1);
    context.decode(row(tokens.slice(5), 5, 1));
    expect(argmax(context.logits(tokens.length - 6))).toBe(argmax(whole));
  });

  test("computes the same on a pool of threads, which ends with it", () => {
    using model = new LlamaModel(path);
    const [alone, pooled] = [1, 2].map((threads) => {
      using context = new LlamaContext(model, { ...plan, threads });
      context.decode(row(model.vocabulary.tokenize("hello")));
      return context.logits(4);
    });
    expect(pooled).toHaveLength(model.vocabulary.size);
    pooled?.forEach((logit, id) => {
      expect(logit).toBeCloseTo(alone?.[id] ?? Number.NaN, 4);
    });
  });

  test("holds its length in each sequence, or in all together where they share one memory", () => {
    using model = new LlamaModel(path);
    const fill = (shared: boolean): void => {
      using context = new LlamaContext(model, { ...plan, contextLength: 256, batchLength: 256, shared });
      expect(context.contextLength).toBe(256);
      for (const sequence of [0, 1]) context.decode(row(Array(200).fill(97), 0, sequence));
    };
    expect(() => fill(false)).not.toThrow();
    expect(() => fill(true)).toThrow(LlamaError);
  });

  test("refuses what the library would abort on", () => {
    using model = new LlamaModel(path);
    using context = new LlamaContext(model, plan);
    const one = { token: 97, position: 0, sequence: 0, output: true };
    expect(() => context.decode([])).toThrow(LlamaError);
    expect(() => context.decode(Array.from({ length: 33 }, () => one))).toThrow(/33 tokens/);
    expect(() => context.decode([{ ...one, token: TINY_CONFIG.vocabularySize }])).toThrow(/no token/);
    expect(() => context.decode([{ ...one, token: -1 }])).toThrow(/no token/);
    expect(() => context.decode([{ ...one, sequence: 2 }])).toThrow(/no sequence 2/);
    expect(() => context.decode([{ ...one, position: 9999 }])).toThrow(/Position 9999/);
    expect(() =>
      context.decode(row([97, 98, 99, 97, 98]).map((token) => ({ ...token, output: true }))),
    ).toThrow(/5 outputs/);
    // Positions that leave a gap are the library's to refuse; it does so with a code.
    context.decode([one]);
    expect(() => context.decode([{ ...one, position: 7 }])).toThrow(LlamaError);
  });

  test("used after it was disposed is an error", () => {
    using model = new LlamaModel(path);
    const context = new LlamaContext(model, plan);
    context[Symbol.dispose]();
    expect(() => context.decode(row([97]))).toThrow(UseAfterFreeError);
    expect(() => context.logits(0)).toThrow(UseAfterFreeError);
    expect(() => context.clear()).toThrow(UseAfterFreeError);
    expect(() => context[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });
});

describe("a sampler", () => {
  let model: LlamaModel;
  let context: LlamaContext;
  let logits: Float32Array;
  /** Ids by their logits, the highest first. */
  let ranked: number[];
  beforeAll(() => {
    model = new LlamaModel(path);
    context = new LlamaContext(model, plan);
    context.decode(row(model.vocabulary.tokenize("hello")));
    logits = context.logits(4);
    ranked = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
  });
  afterAll(() => {
    context[Symbol.dispose]();
    model[Symbol.dispose]();
  });

  /** Draws of the same place by a new sampler. */
  function draw(sampling: Partial<Sampling>, { count = 12, lookBack = [] as number[] } = {}) {
    using sampler = new LlamaSampler(context, { ...greedy, temperature: 5, ...sampling });
    sampler.lookBackAt(lookBack);
    return Array.from({ length: count }, () => sampler.sample(4));
  }
  const first = (sampling: Partial<Sampling>, lookBack: number[] = []): number | undefined =>
    draw({ temperature: 0, ...sampling }, { count: 1, lookBack })[0];

  test("at temperature 0 takes the most likely token", () => {
    using sampler = new LlamaSampler(context, greedy);
    expect(sampler.sample(4)).toBe(argmax(logits));
    expect(() => sampler.sample(3)).toThrow(LlamaError);
  });

  test("draws the same tokens from the same seed, others from another", () => {
    expect(draw({ seed: 1 })).toEqual(draw({ seed: 1 }));
    expect(draw({ seed: 1 })).not.toEqual(draw({ seed: 2 }));
    // The library's own seed for "take one from the clock" is not taken from the clock.
    expect(draw({ seed: 0xffff_ffff })).toEqual(draw({ seed: 0xffff_ffff }));
  });

  test("draws each token as often as its probability says", () => {
    const count = 4000;
    const drawn = draw({ temperature: 1 }, { count });
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const id of ranked.slice(0, 20)) {
      const probability = Math.exp(logits[id] ?? 0) / total;
      const often = drawn.filter((token) => token === id).length;
      const deviation = Math.sqrt(count * probability * (1 - probability));
      expect(Math.abs(often - count * probability)).toBeLessThan(5 * deviation);
    }
  });

  test("keeps only the likely tokens that top-k, top-p and min-p leave", () => {
    for (const token of draw({ topK: 2 })) expect(ranked.slice(0, 2)).toContain(token);
    expect(new Set(draw({ topP: 1e-6 }))).toEqual(new Set(ranked.slice(0, 1)));
    expect(new Set(draw({ minP: 0.999999, temperature: 1 }))).toEqual(new Set(ranked.slice(0, 1)));
  });

  test("keeps the tokens whose surprise is nearest to the entropy with typical-p", () => {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const surprises = [...logits].map((logit) => Math.log(total) - logit);
    const entropy = surprises.reduce((sum, surprise) => sum + surprise * Math.exp(-surprise), 0);
    const distance = (id: number): number => Math.abs((surprises[id] ?? 0) - entropy);
    const typical = ranked.toSorted((a, b) => distance(a) - distance(b))[0];
    expect(new Set(draw({ typicalP: 1e-6, temperature: 1 }))).toEqual(new Set([typical]));
  });

  test("takes the penalties off what was there, as their formulas say", () => {
    const [best = 0, second = 0] = ranked;
    const gap = (logits[best] ?? 0) - (logits[second] ?? 0);
    expect(first({ presencePenalty: 0.99 * gap }, [best])).toBe(best);
    expect(first({ presencePenalty: 1.01 * gap }, [best])).toBe(second);
    expect(first({ frequencyPenalty: 0.51 * gap }, [best])).toBe(best);
    expect(first({ frequencyPenalty: 0.51 * gap }, [best, best])).toBe(second);
    const ratio = (logits[best] ?? 0) / (logits[second] ?? 1);
    expect(logits[second]).toBeGreaterThan(0);
    expect(first({ repetitionPenalty: 0.99 * ratio }, [best])).toBe(best);
    expect(first({ repetitionPenalty: 1.01 * ratio }, [best])).toBe(second);
    // What lies more than 64 tokens back does not count.
    const far = [best, ...Array.from({ length: 64 }, () => ranked.at(-1) ?? 0)];
    expect(first({ presencePenalty: 1.01 * gap }, far)).toBe(best);
  });

  test("takes DRY's penalty off what would make a repetition longer, by its length", () => {
    const [best = 0, second = 0, , a = 0, b = 0, c = 0] = ranked;
    const gap = (logits[best] ?? 0) - (logits[second] ?? 0);
    // a b c was followed by the best token; now a b c is there again: a repetition of three.
    const back = [a, b, c, best, second, a, b, c];
    const dry = (factor: number) => ({ dry: { multiplier: (factor * gap) / 2, base: 2, allowedLength: 2 } });
    expect(first(dry(0.99), back)).toBe(best);
    expect(first(dry(1.01), back)).toBe(second);
    expect(first({ dry: { ...dry(1.01).dry, allowedLength: 4 } }, back)).toBe(best);
  });

  test("adds the bias to a token's logit", () => {
    const [best = 0, second = 0] = ranked;
    const gap = (logits[best] ?? 0) - (logits[second] ?? 0);
    expect(first({ logitBias: new Map([[second, 0.99 * gap]]) })).toBe(best);
    expect(first({ logitBias: new Map([[second, 1.01 * gap]]) })).toBe(second);
    expect(first({ logitBias: new Map([[best, -100]]) })).toBe(second);
  });

  test("keeps to a grammar, and ends where it ends", () => {
    using sampler = new LlamaSampler(context, { ...greedy, temperature: 5 }, 'root ::= "a" [bc] "é"');
    const drawn = Array.from({ length: 5 }, () => sampler.sample(4));
    const text = Buffer.from(drawn.slice(0, 4).map((id) => id ?? 0)).toString("latin1");
    expect(drawn[4]).toBeUndefined();
    const written = Buffer.concat(
      drawn.slice(0, 4).map((id) => model.vocabulary.piece(id ?? 0, false)),
    ).toString();
    expect(written, text).toMatch(/^a[bc]é$/);
  });

  test("never takes a control token for text that the grammar allows", () => {
    using sampler = new LlamaSampler(
      context,
      { ...greedy, logitBias: new Map([[TINY_IDS["<|im_start|>"], 100]]) },
      "root ::= .{20}",
    );
    for (let count = 0; count < 20; count++) {
      const token = sampler.sample(4) ?? -1;
      expect(model.vocabulary.kindOf(token)).toBe("ordinary");
    }
  });

  test("refuses a grammar that cannot be read", () => {
    expect(() => new LlamaSampler(context, greedy, "root ::= (")).toThrow(BadInputError);
  });

  test("used after it was disposed is an error", () => {
    const sampler = new LlamaSampler(context, greedy);
    sampler[Symbol.dispose]();
    expect(() => sampler.sample(4)).toThrow(UseAfterFreeError);
  });
});

describe("struct defaults", () => {
  test("other than those of the pinned release are refused, naming the field", () => {
    expect(() => checkDefaults("s", { ...MODEL_DEFAULTS }, MODEL_DEFAULTS)).not.toThrow();
    expect(() => checkDefaults("s", { ...CONTEXT_DEFAULTS, type_k: 0 }, CONTEXT_DEFAULTS)).toThrow(
      NativeLibraryError,
    );
    expect(() => checkDefaults("s", { ...CONTEXT_DEFAULTS, type_k: 0 }, CONTEXT_DEFAULTS)).toThrow(
      /s has type_k = 0 where 1 was expected/,
    );
  });
});
