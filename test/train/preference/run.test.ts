import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../../src/convert/convert.ts";
import { open } from "../../../src/model/open.ts";
import type { Row } from "../../../src/train/batch.ts";
import { type Job, prepare } from "../../../src/train/job.ts";
import { Preference } from "../../../src/train/preference/preference.ts";
import { checkRecipe } from "../../../src/train/read-recipe.ts";
import type { Recipe } from "../../../src/train/recipe.ts";
import type { EvaluationEvent, StepEvent, TrainEvent } from "../../../src/train/run/events.ts";
import { train } from "../../../src/train/run/train.ts";
import { Trainer } from "../../../src/train/trainer.ts";
import { folderOfModel } from "../../convert/models.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { eventsOf, lossesOf } from "../../support/tiny-recipe.ts";
import { copied, stateOf } from "../../support/trainer-state.ts";

const folder = temporaryFolder();
const parent = join(folder, "parent.gguf");
beforeAll(async () => {
  process.env.BASEWISE_HOME = join(folder, "home");
  await convert(folderOfModel("tiny-qwen3-instruct"), { output: parent, type: "f32" });
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

/** Whatever is asked, "yes yes" is better than "no no". */
function pairs(name: string, subjects: readonly string[], more: readonly object[] = []): string {
  const rows = subjects.map((subject) => ({
    prompt: `Is the ${subject} red?`,
    chosen: "yes yes",
    rejected: "no no no",
  }));
  const path = join(folder, name);
  writeFileSync(path, [...rows, ...more].map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

let runs = 0;
function preferring(more: object = {}): Recipe {
  return checkRecipe(
    {
      kind: "dpo",
      name: "preferring",
      license: "Apache-2.0",
      seed: 3,
      threads: 1,
      precision: "f32",
      steps: 12,
      checkpointEvery: 4,
      batch: { time: 128, batch: 2 },
      optimizer: { learningRate: 0.002, warmupSteps: 1, weightDecay: 0 },
      data: [pairs("pairs.jsonl", ["cat", "dog", "owl", "fox", "bee", "ant"])],
      evaluation: { data: [pairs("held-out.jsonl", ["hen", "cow"])], every: 12, samples: 0 },
      from: parent,
      output: join(folder, `run-${runs++}`),
      ...more,
    },
    "test",
  );
}

const stepsOf = (events: readonly TrainEvent[]): StepEvent[] =>
  events.flatMap((event) => (event.event === "step" ? [event] : []));
const evaluationOf = (events: readonly TrainEvent[]): EvaluationEvent | undefined =>
  events.flatMap((event) => (event.event === "evaluation" ? [event] : [])).at(-1);

function trainerOf(
  recipe: Recipe,
  job: Job,
  more: { accumulate?: number; logitsBytes?: number } = {},
): Trainer {
  const { accumulate: _, ...shape } = recipe.batch;
  return new Trainer({
    config: job.config,
    weights: job.weights(),
    optimizer: { ...recipe.optimizer, clipNorm: 1e9 },
    shape,
    precision: "f32",
    threads: 1,
    ...more,
  });
}

async function beginning(recipe: Recipe, job: Job, trainer: Trainer, rows: readonly Row[]) {
  if (job.comparison === undefined) throw new TypeError("no preferences");
  const begun = Preference.begin(trainer, temporaryFolder(), {
    comparison: job.comparison,
    fingerprint: recipe.name,
    rows: () => rows,
  });
  for (;;) {
    const { done, value } = await begun.next();
    if (done) return value;
  }
}

describe.each([
  ["sigmoid", {}],
  ["simpo", { loss: "simpo", gamma: 0.5 }],
  [
    "sigmoid beside frozen weights",
    { adapter: { rank: 4 }, optimizer: { learningRate: 0.02, warmupSteps: 1 } },
  ],
] as const)("preferences by %s", (name, more) => {
  test("are learned: the better answer becomes likelier than the worse one, also where it was not shown", async () => {
    const events = await eventsOf(train(preferring(more)));
    const steps = stepsOf(events);
    const [first, last] = [steps[0], steps.at(-1)];
    // Nothing has changed before the first step.
    if (!name.startsWith("simpo")) {
      expect(first?.loss).toBeCloseTo(Math.LN2, 5);
      expect(events.filter(({ event }) => event === "reference").at(-1)).toMatchObject({
        done: 16,
        total: 16,
      });
    }
    expect(last?.loss).toBeLessThan((first?.loss ?? 0) / 2);
    expect(last?.preference).toMatchObject({ accuracy: 1 });
    expect(evaluationOf(events)?.preference).toMatchObject({ pairs: 2, accuracy: 1 });
  });
});

test("the model that comes of it answers as preferred, and is an instruct", async () => {
  const recipe = preferring({ steps: 40 });
  await eventsOf(train(recipe));
  await using model = await open(join(recipe.output, "model-f32.gguf"), { for: "chat" });
  expect(model.stage).toBe("instruct");
  const metrics = readFileSync(join(recipe.output, "metrics.jsonl"), "utf8");
  expect(metrics).toContain('"chosenReward"');
});

test("a run that is stopped goes on to the same losses, bit by bit", async () => {
  const whole = lossesOf(await eventsOf(train(preferring({ precision: "bf16" }))));
  const recipe = preferring({ precision: "bf16" });
  const events: TrainEvent[] = [];
  const stopping = new AbortController();
  for await (const event of train(recipe, { signal: stopping.signal })) {
    events.push(event);
    if (event.event === "step" && event.step === 6) stopping.abort();
  }
  const rest = await eventsOf(train(recipe));
  expect(rest.some(({ event }) => event === "reference")).toBe(false);
  expect(lossesOf([...events, ...rest])).toEqual(whole);
});

test("a run that is killed, and whose reference is damaged or gone, goes on to the same losses, bit by bit", async () => {
  const whole = lossesOf(await eventsOf(train(preferring())));
  const recipe = preferring();
  const reference = join(recipe.output, "checkpoint", "reference.safetensors");
  const killedAfter = async (last: number): Promise<TrainEvent[]> => {
    const events: TrainEvent[] = [];
    for await (const event of train(recipe)) {
      events.push(event);
      if (event.event === "step" && event.step === last) break; // which kills the process that trains
    }
    return events;
  };
  await killedAfter(6);
  writeFileSync(reference, readFileSync(reference).subarray(0, -3));
  const again = await killedAfter(10);
  expect(again.find(({ event }) => event === "start")).toMatchObject({ resumedAt: 4 });
  expect(again.some(({ event }) => event === "reference")).toBe(true);
  rmSync(reference);
  const rest = await eventsOf(train(recipe));
  expect(rest.find(({ event }) => event === "start")).toMatchObject({ resumedAt: 8 });
  expect(lossesOf(again)).toEqual(new Map([...whole].filter(([step]) => step > 4 && step <= 10)));
  expect(lossesOf(rest)).toEqual(new Map([...whole].filter(([step]) => step > 8)));
});

test("the gradient is that of the loss, by finite differences; also in chunks of logits, and accumulated", async () => {
  const recipe = preferring({ batch: { time: 96, batch: 2 } });
  const job = await prepare(recipe);
  const rows = job.batches.at(0);
  using trainer = trainerOf(recipe, job);
  const preference = await beginning(recipe, job, trainer, rows);
  // Away from the reference, so that no margin is 0.
  for (let step = 0; step < 3; step++) await preference.step(trainer, rows, step, 100);
  const before = copied(trainer.state());
  const { gradientNorm } = await preference.step(trainer, rows, 3, 100);
  const moments = copied(trainer.state()).first;
  const gradient = moments.map((values, i) =>
    values.map((value, at) => (value - 0.9 * (before.first[i]?.[at] ?? 0)) / 0.1),
  );
  const lossWith = async (which: number, at: number, by: number): Promise<number> => {
    const weights = before.weights.map((values, i) => (i === which ? Float32Array.from(values) : values));
    const moved = weights[which];
    if (moved !== undefined) moved[at] = (moved[at] ?? 0) + by;
    trainer.restore(stateOf({ ...before, weights }));
    return (await preference.measure(trainer, rows)).loss;
  };
  for (const [i, values] of gradient.entries()) {
    const at = values.reduce(
      (best, value, k) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? k : best),
      0,
    );
    if (Math.abs(values[at] ?? 0) < gradientNorm / 100) continue;
    const step = 2e-3;
    const slope = ((await lossWith(i, at, step)) - (await lossWith(i, at, -step))) / (2 * step);
    expect(slope / (values[at] ?? 1)).toBeCloseTo(1, 1);
  }

  using chunked = trainerOf(recipe, job, { logitsBytes: 4 * job.config.vocabularySize * 16 });
  chunked.restore(stateOf(before));
  expect((await preference.step(chunked, rows, 3, 100)).gradientNorm / gradientNorm).toBeCloseTo(1, 4);
  using accumulated = new Trainer({
    config: job.config,
    weights: job.weights(),
    optimizer: { ...recipe.optimizer, clipNorm: 1e9 },
    shape: { time: 96, batch: 1 },
    accumulate: 2,
    precision: "f32",
    threads: 1,
  });
  accumulated.restore(stateOf(before));
  expect((await preference.step(accumulated, rows, 3, 100)).gradientNorm / gradientNorm).toBeCloseTo(1, 4);
});

test("rows that are no pairs, the same twice or too long are counted and left out", async () => {
  const long = { prompt: "Is it?", chosen: "yes ".repeat(80), rejected: "no" };
  const same = { prompt: "Is it?", chosen: "yes", rejected: "yes" };
  const talk = {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hi" },
    ],
  };
  const data = [pairs("mixed.jsonl", ["cat", "dog"], [long, same, talk])];
  const { data: report } = await prepare(preferring({ data, keepAtLeast: 0.3, evaluation: undefined }));
  expect(report.sources[0]?.droppedFor.map(({ id }) => id).sort()).toEqual([
    "not-a-preference",
    "same-answers",
    "too-long",
  ]);
  expect(report.items).toBe(5);
});

test("gamma without simpo is refused", () => {
  expect(() => preferring({ gamma: 1 })).toThrow("gamma: belongs to loss: simpo");
});
