import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Batcher } from "../../src/engine/llama/batcher.ts";
import { type Job, Reading } from "../../src/engine/llama/job.ts";
import { SEQUENCES } from "../../src/engine/llama/plan.ts";
import { Writing } from "../../src/engine/llama/writing.ts";
import type { BatchToken } from "../../src/native/llama/batch.ts";
import { LlamaContext } from "../../src/native/llama/context.ts";
import { LlamaError } from "../../src/native/llama/error.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { TINY_CONFIG, tinyModelFile } from "../support/tiny-model.ts";

const SLICE = 32;
const CONTEXT = TINY_CONFIG.context;

/** A context that tells what it was given to read. */
class Watched extends LlamaContext {
  readonly batches: (readonly BatchToken[])[] = [];
  override decode(tokens: readonly BatchToken[]): void {
    this.batches.push(tokens);
    super.decode(tokens);
  }
}

let model: LlamaModel;
let context: Watched;
let batcher: Batcher;
beforeAll(async () => {
  model = new LlamaModel(await tinyModelFile({ name: "attends", attends: true }));
});
beforeEach(() => {
  context?.[Symbol.dispose]();
  context = new Watched(model, {
    contextLength: CONTEXT,
    batchLength: SLICE,
    outputs: SLICE,
    sequences: SEQUENCES,
    shared: true,
    threads: 1,
  });
  batcher = new Batcher(context, SLICE);
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
});

const text = (length: number, first = "a"): number[] =>
  Array.from({ length }, (_, i) => (i === 0 ? first : "abcdefg"[i % 7])).flatMap((letter) =>
    model.vocabulary.tokenize(letter ?? ""),
  );

/** A greedy generation, what it has written, and whether it is complete. */
function write(prompt: readonly number[], maxTokens: number, signal?: AbortSignal) {
  const written: number[] = [];
  const ask = { prompt, maxTokens, sampling: { temperature: 0 }, stopTokens: [] };
  const job = new Writing(context, ask, ({ id }) => written.push(id));
  const state: { complete?: boolean } = {};
  const end = batcher.run(job, signal).then((complete) => {
    state.complete = complete;
    job[Symbol.dispose]();
  });
  return { prompt, written, state, end };
}

function finish(): void {
  while (batcher.isBusy) batcher.step();
}

/** What a prompt is continued with when nothing else is computed. */
async function alone(prompt: readonly number[], maxTokens: number): Promise<number[]> {
  const { written, end } = write(prompt, maxTokens);
  finish();
  await end;
  return written;
}

/**
 * That each token was the likeliest after all before it, says a context that has computed nothing else. Sums in another
 * order differ a little, so that of two that are as likely either will do.
 */
function expectLikeliest(prompt: readonly number[], written: readonly number[]): void {
  using fresh = new LlamaContext(model, {
    contextLength: CONTEXT,
    batchLength: CONTEXT,
    sequences: 1,
    threads: 1,
  });
  const tokens = [...prompt, ...written];
  fresh.decode(tokens.map((token, position) => ({ token, position, sequence: 0, output: true })));
  written.forEach((token, i) => {
    const logits = fresh.logits(prompt.length + i - 1);
    expect(logits[token]).toBeGreaterThan(Math.max(...logits) - 0.01);
  });
}

test("the model at hand looks at all that it has read", async () => {
  const after = (letter: string): Promise<number[]> =>
    alone(model.vocabulary.tokenize(`${letter.repeat(9)}a`), 8);
  expect(await after("x")).not.toEqual(await after("y"));
});

describe("jobs at once", () => {
  test("all go on in every batch, and each writes the likeliest after its own prompt", async () => {
    const prompts = [text(3, "x"), text(5, "y"), text(4, "z")];
    const together = prompts.map((prompt) => write(prompt, 6));
    for (let count = 1; count <= 6; count++) {
      batcher.step();
      expect(together.map(({ written }) => written.length)).toEqual([count, count, count]);
    }
    expect(batcher.isBusy).toBe(false);
    await Promise.all(together.map(({ end }) => end));
    for (const { prompt, written } of together) expectLikeliest(prompt, written);
  });

  test("a short one ends while a long one goes on", async () => {
    const long = write(text(2), 100);
    const short = write(text(2, "b"), 3);
    for (let count = 0; count < 3; count++) batcher.step();
    await short.end;
    expect(short.state.complete).toBe(true);
    expect(long.state.complete).toBeUndefined();
    expect(long.written).toHaveLength(3);
  });

  test("a long prompt is read in slices beside one that writes", () => {
    const writing = write(text(2), 50);
    batcher.step();
    const reading = new Reading(text(100, "b"), [99], () => {});
    void batcher.run(reading);
    for (let count = 2; count <= 4; count++) {
      batcher.step();
      expect(writing.written).toHaveLength(count);
      expect(context.batches.at(-1)).toHaveLength(SLICE); // what the one that writes leaves of its half
    }
  });

  test("more than there are sequences wait for one", async () => {
    const many = Array.from({ length: SEQUENCES + 2 }, (_, i) => write(text(3, "abcdefgh"[i]), 4));
    batcher.step();
    expect(many.filter(({ written }) => written.length > 0)).toHaveLength(SEQUENCES);
    finish();
    await Promise.all(many.map(({ end }) => end));
    for (const { written } of many) expect(written).toHaveLength(4);
  });

  test("one whose prompt the shared memory has no room for waits, in its turn", async () => {
    const large = write(text(CONTEXT - 20), 10);
    const next = write(text(30, "b"), 30);
    const small = write(text(2, "c"), 2); // would fit, but came later
    while (large.written.length === 0) batcher.step();
    expect([next.written, small.written]).toEqual([[], []]);
    finish();
    await Promise.all([large, next, small].map(({ end }) => end));
    expect([large, next, small].map(({ written }) => written.length)).toEqual([10, 30, 2]);
  });

  test("what they may write is not kept free for them: all begin, and the youngest gives way where it gets full", async () => {
    const jobs = [..."pqr"].map((letter) => write(text(10, letter), CONTEXT - 20));
    for (let count = 0; count < 50; count++) batcher.step();
    expect(jobs.map(({ written }) => written.length)).toEqual([50, 50, 50]);
    while (jobs[0]?.state.complete !== true) {
      batcher.step();
      await Promise.resolve();
    }
    const [, second, third] = jobs;
    expect(third?.written.length).toBeLessThan(second?.written.length ?? 0); // it had given way before
    expect(third?.written.length).toBeGreaterThanOrEqual(50); // and lost nothing of what it had written
    finish();
    await Promise.all(jobs.map(({ end }) => end));
    for (const { prompt, written } of jobs) {
      expect(written).toHaveLength(CONTEXT - 20);
      expectLikeliest(prompt, written);
    }
  });

  test("one that gave way can be aborted, and the others go on", async () => {
    const control = new AbortController();
    const old = write(text(10, "p"), CONTEXT - 20);
    const young = write(text(10, "q"), CONTEXT - 20, control.signal);
    let last = -1;
    while (young.written.length !== last) {
      last = young.written.length;
      batcher.step();
    }
    control.abort();
    await young.end;
    expect(young.state.complete).toBe(false);
    finish();
    await old.end;
    expect(old.written).toHaveLength(CONTEXT - 20);
  });
});

test("a job that the context can never hold is refused", async () => {
  await expect(batcher.run(new Reading(text(CONTEXT + 1), [CONTEXT], () => {}))).rejects.toThrow(RangeError);
  expect(batcher.isBusy).toBe(false);
});

test("whatever comes and goes, every job ends and has written the likeliest", async () => {
  const jobs = fc.array(
    fc.record({
      prompt: fc.record({ length: fc.integer({ min: 1, max: 90 }), first: fc.constantFrom("a", "b", "c") }),
      maxTokens: fc.integer({ min: 1, max: 60 }),
      begin: fc.nat(40),
      abort: fc.option(fc.nat(60)),
    }),
    { minLength: 1, maxLength: 9 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, async (plans) => {
      const started = plans.map((plan) => ({ ...plan, control: new AbortController() }));
      const states: ReturnType<typeof write>[] = [];
      for (let step = 0; step <= 60 || batcher.isBusy; step++) {
        for (const { prompt, maxTokens, begin, control } of started) {
          if (begin === step)
            states.push(write(text(prompt.length, prompt.first), maxTokens, control.signal));
        }
        for (const { abort, control } of started) if (abort === step) control.abort();
        batcher.step();
      }
      await Promise.all(states.map(({ end }) => end));
      for (const { prompt, written } of states) expectLikeliest(prompt, written);
    }),
    { numRuns: 25 },
  );
});

describe("what was read", () => {
  test("is not read again by the next job that begins alike", async () => {
    await alone(text(20), 1);
    await alone(text(5, "b"), 1);
    context.batches.length = 0;
    await alone([...text(20), ...text(3, "c")], 1);
    expect(context.batches.map((batch) => batch.length)).toEqual([3]);
  });

  test("gives way, the longest unused first, when a job needs the room", async () => {
    await alone(text(100), 1);
    await alone(text(100, "b"), 1);
    await alone(text(100, "c"), 1);
    expectLikeliest(text(100, "d"), await alone(text(100, "d"), 20));
    expect(await alone(text(100), 1)).toHaveLength(1);
    expect(context.batches.at(-4)).toHaveLength(SLICE); // all of it was read again
  });
});

describe("a common beginning", () => {
  /** Tokens that were read so far. */
  const tokensRead = (): number => context.batches.reduce((sum, { length }) => sum + length, 0);
  const common = (): number[] => text(150, "x");
  const asking = (letters: string) =>
    [...letters].map((letter) => write([...common(), ...text(3, letter)], 4));

  test("of jobs that come together is read once, and each writes the likeliest after its own prompt", async () => {
    const jobs = asking("pqrs");
    finish();
    await Promise.all(jobs.map(({ end }) => end));
    expect(tokensRead()).toBe(common().length + 4 * (3 + 3));
    for (const { prompt, written } of jobs) expectLikeliest(prompt, written);
  });

  test("of many more jobs than there are sequences is read once", async () => {
    const jobs = asking("bcdefghijklmnopq");
    finish();
    await Promise.all(jobs.map(({ end }) => end));
    expect(tokensRead()).toBe(common().length + 16 * (3 + 3));
    for (const { prompt, written } of jobs) expectLikeliest(prompt, written);
  });

  test("takes room once, so that all are computed at once", () => {
    const jobs = asking("pqrs");
    while (jobs[0]?.written.length !== 1) batcher.step();
    batcher.step();
    expect(jobs.map(({ written }) => written.length > 0)).toEqual([true, true, true, true]);
  });

  test("is taken from a conversation that goes on later, without harm to it", async () => {
    const conversation = [...common(), ...text(60, "p")];
    await alone(conversation, 1);
    await alone([...common().slice(0, 40), ...text(30, "q")], 2);
    context.batches.length = 0;
    const next = [...conversation, ...text(5, "r")];
    expectLikeliest(next, await alone(next, 3));
    expect(tokensRead()).toBe(5 + 2);
  });

  test("is read by another job where the one that reads it is aborted, at whatever point", async () => {
    for (let steps = 0; steps < 12; steps++) {
      const control = new AbortController();
      const other = write(text(4, "o"), 30); // computed all the while
      const [leader, ...followers] = [..."pqr"].map((letter) =>
        write([...common(), ...text(3, letter)], 4, letter === "p" ? control.signal : undefined),
      );
      for (let step = 0; step < steps; step++) batcher.step();
      control.abort();
      finish();
      await Promise.all([leader, other, ...followers].map((job) => job?.end));
      for (const { prompt, written } of [other, ...followers]) expectLikeliest(prompt, written);
      expect([other, ...followers].map(({ written }) => written.length)).toEqual([30, 4, 4]);
      context.clear();
      batcher = new Batcher(context, SLICE);
    }
  });
});

describe("an end", () => {
  test("by a signal comes before the next batch, for what runs and for what waits", async () => {
    const control = new AbortController();
    const running = write(text(2), 50, control.signal);
    const waiting = write(text(2), CONTEXT, control.signal);
    const other = write(text(2, "b"), 50);
    batcher.step();
    control.abort();
    await Promise.all([running.end, waiting.end]);
    expect([running.state.complete, waiting.state.complete]).toEqual([false, false]);
    finish();
    await other.end;
    expect(other.state.complete).toBe(true);
    expect(running.written).toHaveLength(1);
  });

  test("by a job's own failure leaves the others alone", async () => {
    const failing = new Reading(text(3), [2], () => {
      throw new RangeError("mine");
    });
    const failed = batcher.run(failing).catch((error: unknown) => error);
    const other = write(text(2, "b"), 4);
    finish();
    expect(await failed).toEqual(new RangeError("mine"));
    await other.end;
    expect(other.written).toHaveLength(4);
  });

  test("by a batch that cannot be computed fails its jobs, and the next job starts afresh", async () => {
    const expected = await alone(text(4), 4);
    const bad: Job = { ...new Reading([97, -1], [1], () => {}), wantsOutput: () => false };
    const failed = batcher.run(bad).catch((error: unknown) => error);
    finish();
    expect(await failed).toBeInstanceOf(LlamaError);
    expect(await alone(text(4), 4)).toEqual(expected);
  });
});

describe("news", () => {
  test("is a first output, and an end", () => {
    void batcher.run(new Reading(text(2 * SLICE), [2 * SLICE - 1], () => {}));
    expect([batcher.step(), batcher.step()]).toEqual([false, true]);
    write(text(2, "b"), 3);
    expect([batcher.step(), batcher.step(), batcher.step()]).toEqual([true, false, true]);
  });
});
