import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Sampling } from "../../src/engine/engine.ts";
import { Batcher } from "../../src/engine/llama/batcher.ts";
import { OUTPUTS, SEQUENCES } from "../../src/engine/llama/plan.ts";
import { type Drafter, PromptLookup } from "../../src/engine/llama/prompt-lookup.ts";
import { Writing, type Written } from "../../src/engine/llama/writing.ts";
import type { BatchToken } from "../../src/native/llama/batch.ts";
import { LlamaContext } from "../../src/native/llama/context.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { Random } from "../../src/train/random.ts";
import { TINY_CONFIG, tinyModelFile } from "../support/tiny-model.ts";

describe("prompt lookup", () => {
  test("proposes what followed the last three tokens the last time, and goes on with what repeats", () => {
    const lookup = new PromptLookup();
    expect(lookup.propose([1, 2, 3, 7, 8, 1, 2, 3], 2)).toEqual([7, 8]);
    expect(lookup.propose([1, 2, 3, 7, 8, 1, 2, 3, 9, 1, 2, 3], 3)).toEqual([9, 1, 2]);
    expect(lookup.propose([1, 2, 3, 7, 8, 1, 2, 3, 9, 1, 2, 3, 5], 3)).toEqual([]);
    expect(new PromptLookup().propose([4, 4, 4, 4], 5)).toEqual([4, 4, 4, 4, 4]);
    expect(new PromptLookup().propose([1, 2], 5)).toEqual([]);
  });
});

/** A context that counts what it was given to read. */
class Watched extends LlamaContext {
  readonly batches: (readonly BatchToken[])[] = [];
  override decode(tokens: readonly BatchToken[]): void {
    this.batches.push(tokens);
    super.decode(tokens);
  }
}

describe.each(["attends", "follows"] as const)("what is written by a model that %s", (kind) => {
  let model: LlamaModel;
  let context: Watched;
  let batcher: Batcher;
  beforeAll(async () => {
    model = new LlamaModel(await tinyModelFile({ name: kind, attends: kind === "attends" }));
  });
  beforeEach(() => {
    context?.[Symbol.dispose]();
    context = new Watched(model, {
      contextLength: TINY_CONFIG.context,
      batchLength: 64,
      outputs: OUTPUTS,
      sequences: SEQUENCES,
      shared: true,
      threads: 1,
    });
    batcher = new Batcher(context, 64);
  });
  afterAll(() => {
    context[Symbol.dispose]();
    model[Symbol.dispose]();
  });

  interface Plan {
    readonly prompt: readonly number[];
    readonly maxTokens: number;
    readonly sampling: Sampling;
    readonly stopTokens?: readonly number[];
    readonly grammar?: string;
  }

  /** The tokens of texts that are written at once. */
  async function write(plans: readonly Plan[], drafter: () => Drafter | undefined): Promise<Written[][]> {
    const all = plans.map(async (plan) => {
      const written: Written[] = [];
      using job = new Writing(
        context,
        { stopTokens: [], ...plan },
        (token) => written.push(token),
        drafter(),
      );
      await batcher.run(job);
      return written;
    });
    await Promise.resolve();
    while (batcher.isBusy) batcher.step();
    return Promise.all(all);
  }
  const ids = (texts: Written[][]): number[][] => texts.map((text) => text.map(({ id }) => id));

  /** Sums in another order differ a little, and where a model looks at all before, such a little grows. */
  const sampling: fc.Arbitrary<Sampling> =
    kind === "attends"
      ? fc.constant({ temperature: 0 })
      : fc.oneof(
          fc.constant({ temperature: 0 }),
          fc.record({ temperature: fc.constantFrom(0.3, 1), topK: fc.constantFrom(0, 5), seed: fc.nat(99) }),
          fc.constant({ temperature: 0, frequencyPenalty: 0.7 }),
        );
  const plan: fc.Arbitrary<Plan> = fc.record({
    prompt: fc.array(fc.integer({ min: 97, max: 101 }), { minLength: 1, maxLength: 60 }),
    maxTokens: fc.integer({ min: 1, max: 50 }),
    sampling,
    stopTokens: fc.constantFrom([], [97], [200]),
  });
  // The same runs every time: of two tokens that are as likely, either will do.
  const fixed = { seed: 1, endOnFailure: true };

  /** That both are the same; for a model that attends, up to tokens that are as likely. */
  function expectSame(one: Plan, plain: readonly number[], guessed: readonly number[]): void {
    const common = plain.findIndex((id, i) => guessed[i] !== id);
    if (kind === "follows" || common === -1) {
      expect(guessed).toEqual(plain);
      return;
    }
    using fresh = new LlamaContext(model, { contextLength: 256, batchLength: 256, sequences: 1, threads: 1 });
    const tokens = [...one.prompt, ...plain.slice(0, common)];
    fresh.decode(tokens.map((token, position) => ({ token, position, sequence: 0, output: true })));
    const logits = fresh.logits(tokens.length - 1);
    const best = Math.max(...logits);
    expect(logits[guessed[common] ?? -1]).toBeGreaterThan(best - 0.01);
    expect(logits[plain[common] ?? -1]).toBeGreaterThan(best - 0.01);
  }

  test("is the same with prompt lookup as without, whatever is asked for at once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 5 }), async (plans) => {
        const plain = ids(await write(plans, () => undefined));
        const looked = ids(await write(plans, () => new PromptLookup()));
        for (const [i, one] of plans.entries()) expectSame(one, plain[i] ?? [], looked[i] ?? []);
      }),
      { numRuns: 12, ...fixed },
    );
  });

  test("is the same however good or bad the guesses are", async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(plan, fc.nat(1000), share, async (one, seed, right) => {
        const [plain = []] = ids(await write([one], () => undefined));
        const random = new Random(seed);
        const oracle: Drafter = {
          propose: (tokens, most) => {
            const rest = [...plain.slice(tokens.length - one.prompt.length), ...Array<number>(most).fill(97)];
            return rest.slice(0, most).map((token) => (random.unit() < right ? token : 98));
          },
        };
        const [guessed = []] = ids(await write([one], () => oracle));
        expectSame(one, plain, guessed);
      }),
      { numRuns: 20, ...fixed },
    );
  });

  test("keeps to a grammar", async () => {
    const one = {
      prompt: [97, 98, 99, 97, 98, 99],
      maxTokens: 40,
      sampling: { temperature: 0 },
      grammar: 'root ::= ("abc" | "abd"){9}',
    };
    const plain = ids(await write([one], () => undefined));
    expect(ids(await write([one], () => new PromptLookup()))).toEqual(plain);
    expect(plain[0]).toHaveLength(27);
  });

  test("takes fewer steps where it repeats, and says which tokens had been guessed", async () => {
    const one = {
      prompt: [97, 98, 99],
      maxTokens: 60,
      sampling: { temperature: 0 },
      grammar: 'root ::= ("abcdef"){10}',
    };
    const [written = []] = await write([one], () => new PromptLookup());
    expect(written).toHaveLength(60);
    const guessed = written.filter(({ isDrafted }) => isDrafted).length;
    expect(guessed).toBeGreaterThan(40);
    expect(context.batches.length).toBeLessThanOrEqual(60 - guessed + 1);
  });

  test("leaves in memory what a plain text would: the next request goes on from it", async () => {
    const one = { prompt: [97, 98, 99, 97, 98, 99], maxTokens: 30, sampling: { temperature: 0 } };
    const [written = []] = ids(await write([one], () => new PromptLookup()));
    context.batches.length = 0;
    const prompt = [...one.prompt, ...written];
    await write([{ ...one, prompt, maxTokens: 1 }], () => undefined);
    expect(context.batches.flat().length).toBeLessThanOrEqual(2);
  });
});
