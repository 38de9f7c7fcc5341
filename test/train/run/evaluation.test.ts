import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { measureLoss } from "../../../src/train/evaluate.ts";
import { prepare } from "../../../src/train/job.ts";
import { readModelFile } from "../../../src/train/model-file.ts";
import { checkRecipe } from "../../../src/train/read-recipe.ts";
import type { EvaluationEvent, TrainEvent } from "../../../src/train/run/events.ts";
import { train } from "../../../src/train/run/train.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { eventsOf, lossesOf, tinyRecipe } from "../../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const evaluationsOf = (events: readonly TrainEvent[]): EvaluationEvent[] =>
  events.flatMap((event) => (event.event === "evaluation" ? [event] : []));

test("measures held-out data, writes samples, and leaves training as it is without them", async () => {
  const evaluation = { share: 0.25, every: 5, samples: 2 };
  const recipe = tinyRecipe(folder, "measured", { evaluation });
  const job = await prepare(recipe);
  expect(job.data).toMatchObject({ items: 9, heldOut: 3 });
  const events = await eventsOf(train(recipe));
  const measured = evaluationsOf(events);
  expect(measured.map(({ step }) => step)).toEqual([5, 10, 12]);
  for (const { samples } of measured) {
    expect(samples).toHaveLength(2);
    for (const { prompt } of samples) expect(prompt.length).toBeGreaterThan(3);
  }
  const done = events.at(-1);
  const best = measured.toSorted((one, other) => one.loss - other.loss)[0];
  expect(done).toMatchObject({ event: "done", from: best?.step, reason: "steps" });
  // the exported weights give that very loss on the rows that were held out
  const { config, weights } = await readModelFile(join(recipe.output, "model-f32.gguf"));
  const rows = job.heldOut?.sources[0]?.rows ?? [];
  const { nats, tokens } = await measureLoss(config, weights, rows, { time: 32, batch: 2 }, 1);
  expect(nats / tokens).toBeCloseTo(best?.loss ?? Number.NaN, 4);
  expect(tokens).toBe(best?.tokens);
  expect(best?.bitsPerByte).toBeCloseTo(nats / Math.LN2 / (job.heldOut?.sources[0]?.bytes ?? 0), 4);

  const seldom = await eventsOf(
    train(tinyRecipe(folder, "seldom", { evaluation: { ...evaluation, every: 12, samples: 0 } })),
  );
  expect(lossesOf(seldom)).toEqual(lossesOf(events));
}, 60_000);

test("ends when the held-out loss falls no more, keeps the best, and stays ended", async () => {
  // it learns one text by heart and is measured on quite another
  writeFileSync(join(folder, "other.txt"), "9 8 7 6 5 4 3 2 1 0 ".repeat(20));
  const recipe = tinyRecipe(folder, "patient", {
    steps: 200,
    optimizer: { learningRate: 0.02, warmupSteps: 1, schedule: "constant" },
    evaluation: { data: [join(folder, "other.txt")], every: 2, patience: 3, samples: 0 },
  });
  const events = await eventsOf(train(recipe));
  const measured = evaluationsOf(events);
  const last = measured.at(-1)?.step ?? 0;
  const best = measured.filter(({ isBest }) => isBest).at(-1)?.step;
  expect(last).toBeLessThan(200);
  expect(best).toBe(last - 6);
  expect(events.at(-1)).toMatchObject({ event: "done", step: last, from: best, reason: "patience" });
  const file = readFileSync(join(recipe.output, "model-f32.gguf"));
  const again = await eventsOf(train(recipe));
  expect(again.map(({ event }) => event)).toEqual(["start", "done"]);
  // all but the memory, which no two processes take alike
  expect(again.at(-1)).toEqual({ ...events.at(-1), peakBytes: expect.any(Number) });
  expect(readFileSync(join(recipe.output, "model-f32.gguf")).equals(file)).toBe(true);
}, 60_000);

test("a tuned model is measured on the answers of held-out conversations, and asked to answer", async () => {
  const base = tinyRecipe(folder, "base", { steps: 2 });
  await eventsOf(train(base));
  const line = (i: number): string =>
    JSON.stringify({
      messages: [
        { role: "user", content: `cat ${i}` },
        { role: "assistant", content: "dog runs" },
      ],
    });
  const data = join(folder, "conversations.jsonl");
  writeFileSync(data, Array.from({ length: 24 }, (_, i) => line(i)).join("\n"));
  const recipe = checkRecipe(
    {
      ...{ kind: "sft", name: "tuned", license: "Apache-2.0", seed: 1, threads: 1, steps: 150 },
      batch: { time: 64, batch: 2 },
      optimizer: { learningRate: 0.005, warmupSteps: 2 },
      from: join(base.output, "model-f32.gguf"),
      data: [data],
      output: join(folder, "tuned"),
      evaluation: { share: 0.2, every: 75, samples: 3 },
    },
    "test",
  );
  const measured = evaluationsOf(await eventsOf(train(recipe)));
  const last = measured.at(-1);
  expect(last?.loss).toBeLessThan(0.1);
  expect(last?.samples).toEqual(
    Array.from({ length: 3 }, () => ({
      prompt: expect.stringMatching(/^cat \d+$/),
      text: "dog runs",
      isEnded: true,
    })),
  );
}, 60_000);

test("evaluation asks for one of data and share", () => {
  const evaluation = { every: 5 };
  expect(() => tinyRecipe(folder, "none", { evaluation })).toThrow(/evaluation: needs either data or share/);
});
