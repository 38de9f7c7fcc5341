import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classify } from "../../src/classify/classify.ts";
import type { HeadEvent } from "../../src/classify/events.ts";
import { drawn, readLabelled } from "../../src/classify/examples.ts";
import { featuresOf } from "../../src/classify/features.ts";
import { readHead } from "../../src/classify/head-file.ts";
import { outputsOf } from "../../src/classify/linear-fit.ts";
import { logLoss } from "../../src/classify/measure.ts";
import { checkHeadRecipe, type HeadRecipeInput } from "../../src/classify/recipe.ts";
import { trainHead } from "../../src/classify/train-head.ts";
import { open } from "../../src/model/open.ts";
import { readMetrics } from "../../src/train/run/metrics.ts";
import { readRecord } from "../../src/train/run/record.ts";
import { temporaryFolder } from "../support/gguf.ts";

const folder = temporaryFolder();
const kinds: Record<string, readonly string[]> = {
  animals: ["the cat sleeps", "a dog runs home", "the bird sings", "two horses run", "the fox hides"],
  weather: [
    "it rains all day",
    "the sun is warm",
    "snow falls tonight",
    "a cold wind blows",
    "clouds hide the sky",
  ],
};
const data = join(folder, "kinds.csv");
const rows = Object.entries(kinds).flatMap(([kind, texts]) =>
  texts.flatMap((text) => ["", "look, ", "today ", "again "].map((before) => `"${before}${text}",${kind}`)),
);
writeFileSync(data, `text,category\n${rows.join("\n")}\nno label,\n`);

const recipe = (more: Partial<HeadRecipeInput> = {}) =>
  checkHeadRecipe(
    {
      kind: "classify",
      name: "kinds",
      from: "mini-base",
      data: [data],
      output: join(folder, "head"),
      ...more,
    },
    "test",
  );

async function eventsOf(events: AsyncIterable<HeadEvent>): Promise<HeadEvent[]> {
  const all: HeadEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test("learns labels from a model's vectors, reports, and classifies; vectors are computed once", {
  timeout: 120_000,
}, async () => {
  const first = await eventsOf(trainHead(recipe({ evaluation: { share: 0.25 } })));
  expect(first[0]).toMatchObject({ event: "rows", learned: 30, measured: 10 });
  expect(first.filter(({ event }) => event === "features").length).toBeGreaterThan(0);
  const done = first.at(-1);
  expect(done).toMatchObject({ event: "done", report: { kind: "classify", rows: 10 } });
  if (done?.event !== "done" || done.report.kind !== "classify") throw new Error("no report");
  expect(done.report.accuracy).toBeGreaterThanOrEqual(0.8);
  const told = JSON.parse(readFileSync(join(folder, "head", "report.json"), "utf8"));
  expect(told).toMatchObject({ accuracy: done.report.accuracy, confusion: done.report.confusion });

  const again = await eventsOf(trainHead(recipe({ evaluation: { share: 0.25 }, l2: [0.5] })));
  expect(again.filter(({ event }) => event === "features")).toEqual([]);
  expect(again.filter(({ event }) => event === "tried")).toHaveLength(1);

  const said = await classify(join(folder, "head"), ["look, the cat sleeps", "today it rains all day"]);
  expect(said.map((one) => (one.kind === "classify" ? one.label : ""))).toEqual(["animals", "weather"]);
  for (const one of said) {
    if (one.kind !== "classify") continue;
    expect(one.probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
  }

  const head = join(folder, "head", "head.json");
  const facts = JSON.parse(readFileSync(head, "utf8"));
  writeFileSync(head, JSON.stringify({ ...facts, identity: "another" }));
  await expect(classify(join(folder, "head"), ["a"])).rejects.toThrow(
    /has changed since: train the head again/,
  );
  writeFileSync(head, JSON.stringify({ ...facts, sha256: "0" }));
  await expect(classify(join(folder, "head"), ["a"])).rejects.toThrow(/is no head that basewise wrote/);
});

test("learns numbers", { timeout: 120_000 }, async () => {
  const numbers = join(folder, "numbers.jsonl");
  const words = ["one", "two", "three", "four", "five", "six"];
  const lines = Array.from({ length: 48 }, (_, i) => {
    const count = (i % 6) + 1;
    return JSON.stringify({
      text: Array.from({ length: count }, () => words[i % 6]).join(" "),
      score: count,
    });
  });
  writeFileSync(numbers, lines.join("\n"));
  const regress = recipe({
    kind: "regress",
    data: [numbers],
    output: join(folder, "numbers"),
    evaluation: { share: 0.25 },
  });
  const done = (await eventsOf(trainHead(regress))).at(-1);
  expect(done).toMatchObject({ event: "done", report: { kind: "regress", rows: 12 } });
  if (done?.event !== "done" || done.report.kind !== "regress") throw new Error("no report");
  expect(done.report.r2).toBeGreaterThan(0.9);
  const [said] = await classify(join(folder, "numbers"), ["three three three"]);
  expect(said?.kind === "regress" ? said.value : Number.NaN).toBeCloseTo(3, 0);
});

test("says what is wrong with the data", async () => {
  const fail = async (content: string, more: Partial<HeadRecipeInput> = {}) => {
    const path = join(folder, "bad.csv");
    writeFileSync(path, content);
    return eventsOf(trainHead(recipe({ data: [path], ...more })));
  };
  await expect(fail("a,b\nx,y\n")).rejects.toThrow(/No row of .* has a text and a label \(fields: a, b\)/);
  await expect(fail("text,label\nx,same\ny,same\nz,same\n")).rejects.toThrow(
    /All rows have the label "same"/,
  );
  const other = join(folder, "other.csv");
  writeFileSync(other, "text,label\nx,new\n");
  await expect(fail("text,label\nx,a\ny,b\n", { evaluation: { data: [other] } })).rejects.toThrow(
    /The label "new" is to be measured, but no row to learn from has it/,
  );
  expect(() => recipe({ evaluation: {} })).toThrow(/evaluation: needs either data or share/);
});

describe("with an adapter", () => {
  const tuned = (more: Partial<HeadRecipeInput> = {}) =>
    recipe({
      evaluation: { share: 0.25 },
      adapter: { kind: "rslora", rank: 4, alpha: 8, targets: ["attn_q", "attn_v", "ffn_down"] },
      steps: 6,
      batch: { time: 32, batch: 2 },
      optimizer: { learningRate: 2e-3, warmupSteps: 1 },
      precision: "f32",
      checkpointEvery: 3,
      output: join(folder, "tuned"),
      ...more,
    });

  test("learns on from the head alone, keeps the best step, and says the same with the engine's own adapter", {
    timeout: 120_000,
  }, async () => {
    const events = await eventsOf(trainHead(tuned()));
    const start = events.find((event) => event.event === "start");
    expect(start).toMatchObject({ steps: 6, resumedAt: 0, cut: 0, alone: { kind: "classify", rows: 10 } });
    const measured = events.flatMap((event) => (event.event === "evaluation" ? [event] : []));
    expect(measured.map(({ step }) => step)).toEqual([0, 3, 6]);
    const best = measured.toSorted((one, other) => one.loss - other.loss)[0];
    expect(best?.step).toBeGreaterThan(0);
    const done = events.at(-1);
    expect(done).toMatchObject({ event: "done", from: best?.step, report: { kind: "classify", rows: 10 } });

    // the trainer's loss on what was held out is that of llama.cpp's vectors with the adapter: two implementations
    const output = join(folder, "tuned");
    const { facts, head } = await readHead(output);
    expect(facts).toMatchObject({ adapter: "adapter.gguf", pooling: "mean" });
    const { learned } = await readLabelled(tuned());
    const [, choosing] = drawn(learned, 0.15, 1);
    await using model = await open("mini-base", { for: "embed", adapter: join(output, "adapter.gguf") });
    const texts = choosing.map(({ text }) => text);
    const features = await featuresOf(model, texts, { pooling: "mean", normalize: false });
    const targets = Int32Array.from(choosing, ({ label }) => facts.labels.indexOf(label));
    const loss = logLoss(outputsOf(head, features), targets, facts.labels.length, 1);
    expect(Math.abs(loss - (best?.loss ?? 0))).toBeLessThan(2e-2 * loss + 1e-3);

    const said = await classify(output, ["look, the cat sleeps", "today it rains all day"]);
    expect(said.map((one) => (one.kind === "classify" ? one.label : ""))).toEqual(["animals", "weather"]);
    await expect(
      open("mini-instruct", { for: "embed", adapter: join(output, "head.json") }),
    ).rejects.toThrow();
  });

  test("goes on from a checkpoint to the same losses, bit by bit, and is listed as a run", {
    timeout: 120_000,
  }, async () => {
    const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
    const losses = (events: readonly HeadEvent[]) =>
      events.flatMap((event) =>
        event.event === "step" ? [[event.step, event.loss, event.gradientNorm]] : [],
      );
    const straight = losses(
      await eventsOf(trainHead(tuned({ output: whole, steps: 5, checkpointEvery: 2 }))),
    );
    const stopping = new AbortController();
    const first: HeadEvent[] = [];
    const run = tuned({ output: broken, steps: 5, checkpointEvery: 2 });
    for await (const event of trainHead(run, { signal: stopping.signal })) {
      first.push(event);
      if (event.event === "step" && event.step === 3) stopping.abort();
    }
    expect(first.at(-1)?.event).toBe("checkpoint");
    const second = await eventsOf(trainHead(run));
    expect(second.find((event) => event.event === "start")).toMatchObject({
      resumedAt: losses(first).length,
    });
    expect([...losses(first), ...losses(second)]).toEqual(straight);
    expect(await readRecord(broken)).toMatchObject({
      kind: "classify",
      state: "finished",
      parent: "mini-base",
    });
    expect((await readMetrics(broken)).filter(({ event }) => event === "step")).toHaveLength(5);
  });

  test("learns numbers by the last token", { timeout: 120_000 }, async () => {
    const lengths = join(folder, "lengths.csv");
    const words = ["tree", "river", "stone", "cloud", "bread", "horse", "lamp"];
    const lines = Array.from({ length: 120 }, (_, i) => {
      const count = 1 + ((i * 7) % 13);
      return `"${Array.from({ length: count }, (_, at) => words[(i * 3 + at * at) % 7]).join(" ")}",${count}`;
    });
    writeFileSync(lengths, `text,score\n${lines.join("\n")}\n`);
    const run = tuned({
      kind: "regress",
      data: [lengths],
      output: join(folder, "tuned-numbers"),
      pooling: "last",
      steps: 30,
    });
    const events = await eventsOf(trainHead(run));
    const losses = events.flatMap((event) => (event.event === "evaluation" ? [event.loss] : []));
    expect(Math.min(...losses.slice(1))).toBeLessThan(losses[0] ?? 0);
    const done = events.at(-1);
    if (done?.event !== "done" || done.report.kind !== "regress") throw new Error("no report");
    expect(done.report.r2).toBeGreaterThan(0.9);
  });

  test("says what is wrong with the recipe", () => {
    expect(() => tuned({ adapter: { kind: "dora" } })).toThrow(/adapter\.kind: must be lora or rslora/);
    expect(() => recipe({ adapter: {} } as Partial<HeadRecipeInput>)).toThrow(
      /steps: .*batch: .*optimizer: /,
    );
  });
});
