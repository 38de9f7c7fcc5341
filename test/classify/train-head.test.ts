import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classify } from "../../src/classify/classify.ts";
import { checkHeadRecipe, type HeadRecipeInput } from "../../src/classify/recipe.ts";
import { type HeadEvent, trainHead } from "../../src/classify/train-head.ts";
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
