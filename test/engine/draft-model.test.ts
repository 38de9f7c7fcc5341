import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Sampling } from "../../src/engine/engine.ts";
import { Batcher } from "../../src/engine/llama/batcher.ts";
import { DraftModel } from "../../src/engine/llama/draft-model.ts";
import { DraftMismatchError } from "../../src/engine/llama/draft-plan.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { OUTPUTS } from "../../src/engine/llama/plan.ts";
import type { Drafter } from "../../src/engine/llama/prompt-lookup.ts";
import { Writing, type Written } from "../../src/engine/llama/writing.ts";
import { BadFileError } from "../../src/errors.ts";
import { LlamaContext } from "../../src/native/llama/context.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { Random } from "../../src/train/random.ts";
import { childrenOf } from "../support/processes.ts";
import { TINY_CONFIG, tinyModelFile } from "../support/tiny-model.ts";

const PLAN = { contextLength: TINY_CONFIG.context, sequences: 4, threads: 1 };

/** The tiny model changed: with other embeddings in part, or such that it takes the unlikeliest for the likeliest. */
const changedFile = (name: "same" | "near" | "wrong"): Promise<string> =>
  tinyModelFile({
    name,
    change: (weights) => {
      const random = new Random(11);
      if (name === "near") {
        weights.get("token_embd.weight")?.forEach((value, at, all) => {
          if (value !== 0) all[at] = 0.7 * value + 0.2 * (random.unit() - 0.5);
        });
      } else if (name === "wrong") {
        weights.get("output_norm.weight")?.forEach((value, at, all) => {
          all[at] = -value;
        });
      }
    },
  });

let model: LlamaModel;
let context: LlamaContext;
let batcher: Batcher;
const drafts: DraftModel[] = [];
beforeAll(async () => {
  model = new LlamaModel(await tinyModelFile({ name: "target" }));
  context = new LlamaContext(model, { ...PLAN, batchLength: 64, outputs: OUTPUTS, shared: true });
  for (const name of ["same", "near", "wrong"] as const) {
    drafts.push(new DraftModel(await changedFile(name), { ...PLAN, beside: context }));
  }
});
beforeEach(() => {
  context.clear();
  batcher = new Batcher(context, 64);
});
afterAll(() => {
  for (const draft of drafts) draft[Symbol.dispose]();
  context[Symbol.dispose]();
  model[Symbol.dispose]();
});

async function write(
  prompt: readonly number[],
  maxTokens: number,
  sampling: Sampling,
  drafter?: Drafter,
): Promise<Written[]> {
  const written: Written[] = [];
  const ask = { prompt, maxTokens, sampling, stopTokens: [] };
  using job = new Writing(context, ask, (token) => written.push(token), drafter);
  const end = batcher.run(job);
  while (batcher.isBusy) batcher.step();
  await end;
  return written;
}
const ids = (written: readonly Written[]): number[] => written.map(({ id }) => id);
const PROMPT = Array.from({ length: 40 }, (_, i) => 97 + (i % 7));

describe("with a draft model", () => {
  test("the greedy text is the same as without one, however well it guesses", async () => {
    const guessed: number[] = [];
    for (const length of [1, 2, 40]) {
      const prompt = PROMPT.slice(0, length);
      const alone = ids(await write(prompt, 60, { temperature: 0 }));
      for (const draft of drafts) {
        using drafter = draft.drafter(prompt);
        const written = await write(prompt, 60, { temperature: 0 }, drafter);
        expect(ids(written)).toEqual(alone);
        guessed.push(written.filter(({ isDrafted }) => isDrafted).length);
      }
    }
    expect(guessed[0]).toBeGreaterThan(45); // the very same model
    expect(Math.min(...guessed)).toBeLessThan(40); // one that guesses wrong
  });

  test("the drawn text is the same as without one for every seed", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const sampling = { temperature: 4, topK: 6, seed };
      using drafter = drafts[1]?.drafter(PROMPT);
      expect(ids(await write(PROMPT, 40, sampling, drafter))).toEqual(ids(await write(PROMPT, 40, sampling)));
    }
  });

  test("what is drawn has the model's own distribution, guessed or not (chi-square)", async () => {
    const TOP = 5;
    const runs = 1500;
    const counts = new Map<number, number>();
    let right = 0;
    for (let seed = 0; seed < runs; seed++) {
      using drafter = drafts[1]?.drafter([97]);
      const written = await write([97], 4, { temperature: 4, topK: TOP, seed: seed * 7919 }, drafter);
      const third = written[2];
      counts.set(third?.id ?? -1, (counts.get(third?.id ?? -1) ?? 0) + 1);
      if (third?.isDrafted) right++;
    }
    // Both happened often, so a rule that bends either way would show.
    expect(right / runs).toBeGreaterThan(0.1);
    expect(right / runs).toBeLessThan(0.9);

    // What comes next follows from the last token alone.
    const memo = new Map<number, Map<number, number>>();
    const after = (token: number): Map<number, number> => {
      const known = memo.get(token);
      if (known !== undefined) return known;
      context.clear();
      context.decode([{ token, position: 0, sequence: 0, output: true }]);
      const top = [...context.logits(0).entries()].sort(([, a], [, b]) => b - a).slice(0, TOP);
      const sum = top.reduce((total, [, logit]) => total + Math.exp(logit / 4), 0);
      const found = new Map(top.map(([id, logit]) => [id, Math.exp(logit / 4) / sum]));
      memo.set(token, found);
      return found;
    };
    let distribution = new Map([[97, 1]]);
    for (let step = 0; step < 3; step++) {
      const next = new Map<number, number>();
      for (const [token, probability] of distribution) {
        for (const [id, p] of after(token)) next.set(id, (next.get(id) ?? 0) + probability * p);
      }
      distribution = next;
    }
    const often = [...distribution].filter(([, p]) => runs * p >= 5);
    const rest = runs * (1 - often.reduce((sum, [, p]) => sum + p, 0));
    const seen = often.reduce((sum, [id]) => sum + (counts.get(id) ?? 0), 0);
    const chi =
      often.reduce((sum, [id, p]) => sum + ((counts.get(id) ?? 0) - runs * p) ** 2 / (runs * p), 0) +
      (rest > 1 ? (runs - seen - rest) ** 2 / rest : runs - seen);
    const freedom = often.length;
    expect(freedom).toBeGreaterThan(4);
    // Wilson and Hilferty's cube root: less than once in 10,000 by chance.
    expect(chi).toBeLessThan(freedom * (1 - 2 / (9 * freedom) + 3.72 * Math.sqrt(2 / (9 * freedom))) ** 3);
  });

  test("texts at once each have guesses of their own, and those for which there is none left are the same", async () => {
    const [draft] = drafts;
    const prompts = Array.from({ length: 6 }, (_, i) => PROMPT.slice(i, i + 10 + i));
    const drafters = prompts.map((prompt) => draft?.drafter(prompt));
    expect(drafters.filter((one) => one !== undefined)).toHaveLength(PLAN.sequences);
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(ids(await write(prompt, 20, { temperature: 0 })));
    const jobs = prompts.map(async (prompt, i) => {
      const written: Written[] = [];
      const ask = { prompt, maxTokens: 20, sampling: { temperature: 0 }, stopTokens: [] };
      using job = new Writing(context, ask, (token) => written.push(token), drafters[i]);
      await batcher.run(job);
      return ids(written);
    });
    await Promise.resolve();
    while (batcher.isBusy) batcher.step();
    expect(await Promise.all(jobs)).toEqual(alone);
    for (const drafter of drafters) drafter?.[Symbol.dispose]();
    using again = draft?.drafter(PROMPT);
    expect(again).toBeDefined();
  });

  test("what was read of an earlier text gives way to a later one", () => {
    const [draft] = drafts;
    for (let turn = 0; turn < 12; turn++) {
      const prompt = Array.from({ length: 200 }, (_, i) => 97 + ((i + turn) % 20));
      using drafter = draft?.drafter(prompt);
      expect(drafter?.propose(prompt, 4)).toHaveLength(4);
    }
  });

  test("nothing is guessed where a text leaves no room, or has a token that the draft does not know", () => {
    using drafter = drafts[0]?.drafter(PROMPT);
    expect(drafter?.propose(PROMPT, 0)).toEqual([]);
    expect(drafter?.propose([...PROMPT, TINY_CONFIG.vocabularySize], 4)).toEqual([]);
    const full = Array.from({ length: TINY_CONFIG.context - 2 }, () => 97);
    expect(drafter?.propose(full, 4)).toEqual([]);
    expect(drafter?.propose(PROMPT, 3)).toHaveLength(3);
  });
});

describe("an engine with a draft model", () => {
  const [base, instruct] = ["mini-base", "mini-instruct"].map((name) =>
    fileURLToPath(new URL(`../../models/${name}.gguf`, import.meta.url)),
  );
  const generate = async (engine: LlamaEngine, text: string) => {
    const written: { id: number; isDrafted?: true }[] = [];
    const request = { maxTokens: 40, sampling: { temperature: 0 }, stopTokens: [] };
    for await (const token of engine.generate(await engine.tokenize(text), request)) written.push(token);
    return written;
  };

  test("writes what it writes without, some of it guessed, and says so", async () => {
    const texts = ["One day, a little cat", "The sun", "从前"];
    await using plain = await LlamaEngine.load(base ?? "");
    await using drafting = await LlamaEngine.load(base ?? "", { draft: instruct ?? "" });
    expect([plain.model.drafts, drafting.model.drafts]).toEqual([false, true]);
    let guessed = 0;
    for (const text of texts) {
      const [one, other] = [await generate(plain, text), await generate(drafting, text)];
      expect(other.map(({ id }) => id)).toEqual(one.map(({ id }) => id));
      expect(one.some(({ isDrafted }) => isDrafted)).toBe(false);
      guessed += other.filter(({ isDrafted }) => isDrafted).length;
    }
    expect(guessed).toBeGreaterThan(0);
  });

  test("refuses one of another vocabulary, or that is no model, before anything is loaded", async () => {
    const tiny = await tinyModelFile();
    await expect(LlamaEngine.load(tiny, { draft: base ?? "" })).rejects.toThrow(DraftMismatchError);
    const renamed = await tinyModelFile({ name: "renamed", renames: { "<think>": "<thought>" } });
    const error = await LlamaEngine.load(tiny, { draft: renamed }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DraftMismatchError);
    if (error instanceof DraftMismatchError) {
      expect(error.draft).toBe(renamed);
      expect(error.text.en).toContain('token 259 is "<thought>" there, and "<think>" here');
    }
    const broken = fileURLToPath(import.meta.url);
    await expect(LlamaEngine.load(tiny, { draft: broken })).rejects.toThrow(BadFileError);
    expect(await childrenOf(process.pid)).toHaveLength(0);
  });
});
