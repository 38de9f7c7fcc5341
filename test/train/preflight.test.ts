import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAnswers } from "../../src/train/preflight/answers.ts";
import { checkMemory, foreseenBytes } from "../../src/train/preflight/memory.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import { checkRun, train } from "../../src/train/run/train.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { tinyModelFile } from "../support/tiny-model.ts";
import { eventsOf } from "../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const turn = (question: string, answer: string) =>
  JSON.stringify({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  });

function file(name: string, lines: readonly string[]): string {
  writeFileSync(join(folder, name), lines.join("\n"));
  return join(folder, name);
}

const numbers = Array.from({ length: 12 }, (_, i) =>
  turn(`What comes after ${i}?`, `After ${i} comes ${i + 1}.`),
);

function recipe(kind: "sft" | "adapt", from: string, data: readonly string[], more: object = {}): Recipe {
  return checkRecipe(
    {
      kind,
      name: "checked",
      license: "Apache-2.0",
      seed: 1,
      threads: 1,
      steps: 2,
      batch: { time: 64, batch: 1 },
      optimizer: { learningRate: 0.001, warmupSteps: 1 },
      adapter: { rank: 2, alpha: 4, tokens: ["<|im_start|>", "<|im_end|>"] },
      from,
      data,
      output: join(folder, "never"),
      ...more,
    },
    "test",
  );
}

test("rows of turn tokens that were never trained are named, until the adapter learns them", async () => {
  const data = [file("turns.jsonl", numbers)];
  const left = await found(recipe("sft", "mini-base", data, { adapter: { rank: 2, alpha: 4 } }));
  expect(left.join()).toMatch(
    /turn-rows: In the embedding, the rows of .* were hardly trained .* write adapter: \{ tokens: \["<\|im_start\|>", "<\|im_end\|>"\] \} to learn them too/,
  );
  const learned = await found(recipe("sft", "mini-base", data));
  expect(learned.join()).not.toMatch(/turn-rows/);
  const whole = recipe("sft", "mini-base", data);
  Reflect.deleteProperty(whole, "adapter"); // all rows are learned
  expect((await found(whole)).join()).not.toMatch(/turn-rows/);
  const trained = await found(recipe("sft", "mini-instruct", data));
  expect(trained.join()).not.toMatch(/turn-rows/);
});

const found = async (one: Recipe) =>
  (await checkRun(one)).findings.map(({ id, text }) => `${id}: ${text.en}`);

describe("what is said before a run", () => {
  test("is nothing of conversations for a base, and nothing is left behind", async () => {
    const plain = recipe("sft", "mini-base", [file("plain.jsonl", numbers)]);
    const start = await checkRun(plain);
    expect(start.findings).toEqual([]);
    expect(start.data).toMatchObject({ items: 12 });
    expect(start.data.samples).toHaveLength(3);
    expect(start.memoryBytes).toBeGreaterThan(0);
    expect(existsSync(join(plain.output, "run.json"))).toBe(false);
  });

  test("is a warning where raw text is for a chat model", async () => {
    const text = JSON.stringify({ text: "The fox reads a green book by the river. ".repeat(20) });
    const texts = file("texts.jsonl", [text]);
    expect(await found(recipe("adapt", "mini-instruct", [texts]))).toEqual([
      expect.stringMatching(/^stage: The parent is an instruct model: raw texts teach it no turns/),
    ]);
    expect(await found(recipe("adapt", "mini-base", [texts]))).toEqual([]);
  });

  test("is which held-out items are learned too, and what repeats", async () => {
    const twice = file("twice.jsonl", [...numbers, ...numbers.slice(0, 3)]);
    const heldOut = file("held-out.jsonl", [numbers[4] ?? "", turn("What is red?", "Blood is red.")]);
    const evaluation = { data: [heldOut], every: 2, samples: 0 };
    expect(await found(recipe("sft", "mini-base", [twice], { evaluation }))).toEqual([
      expect.stringMatching(/^overlap: 1 of 2 held-out items .*held-out\.jsonl/),
      expect.stringMatching(/^duplicates: 3 of 15 items repeat others \(3 exactly\)/),
    ]);
  });

  test("is what cutting costs", async () => {
    const long = turn("Tell me about cats.", "A cat sleeps and plays and eats fish all day long. ".repeat(8));
    const two = JSON.stringify({
      messages: [...JSON.parse(numbers[0] ?? "").messages, ...JSON.parse(long).messages],
    });
    const cut = recipe("sft", "mini-base", [file("long.jsonl", [...numbers, two])], { tooLong: "cut" });
    expect(await found(cut)).toEqual([
      expect.stringMatching(
        /^truncation: 1 of 13 rows of .*long\.jsonl are cut, which costs \d+ tokens to learn/,
      ),
    ]);
  });

  test("stops a run whose answers never end", async () => {
    const template =
      "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
    const parent = await tinyModelFile({ name: "endless", template });
    const endless = recipe("sft", parent, [file("endless.jsonl", numbers)], {
      batch: { time: 128, batch: 1 },
    });
    await expect(checkRun(endless)).rejects.toThrow(
      /ends no answer with a token of its own.*such as <\|im_end\|>/,
    );
    await expect(eventsOf(train(endless))).rejects.toThrow(/would not learn to stop/);
  });
});

test("different ends and openings are told of, one kind of end is not", () => {
  const counts = { ends: new Map([["<|im_end|>", 5]]), otherOpenings: 0, thoughtless: 0 };
  expect(checkAnswers(counts)).toEqual([]);
  const mixed = {
    ends: new Map([
      ["<|im_end|>", 5],
      ["<|eot|>", 2],
      ["", 1],
    ]),
    otherOpenings: 3,
    thoughtless: 2,
  };
  const said = checkAnswers(mixed);
  expect(said.map(({ id, level }) => `${id} ${level}`)).toEqual([
    "turn-ends warning",
    "turn-ends warning",
    "openings warning",
    "thoughts warning",
  ]);
  for (const { text } of said) expect(text.zh).toMatch(/[一-龥]/);
});

describe("memory", () => {
  test("is foreseen within 15 % of what the run takes at its peak", async () => {
    const run = recipe("sft", "mini-base", [file("memory.jsonl", numbers)], {
      batch: { time: 256, batch: 8 },
    });
    const events = await eventsOf(train(run));
    const foreseen = events.flatMap((event) => (event.event === "start" ? [event.memoryBytes] : []))[0] ?? 0;
    const taken = events.flatMap((event) => (event.event === "done" ? [event.peakBytes] : []))[0] ?? 0;
    expect(foreseen / taken).toBeGreaterThan(0.85);
    expect(foreseen / taken).toBeLessThan(1.15);
  });

  test("that is not there stops the run, and what would lower it is named", () => {
    const run = recipe("sft", "mini-base", ["data.jsonl"], { batch: { time: 64, batch: 2 } });
    const now = { rss: 2 ** 27, peak: 2 ** 28 };
    const needed = foreseenBytes(2 ** 31, { learned: 1e6, frozen: 1e6 }, now);
    // without the 4 bytes of each learned number that are given back, with those of files and of packing
    expect(needed).toBe(2 ** 27 - 4e6 + 2 ** 31 + (34 / 32) * 1e6 + 16e6);
    expect(checkMemory(run, needed, now, 2 ** 32)).toEqual([]);
    const [finding] = checkMemory(run, needed, now, 2 ** 30);
    expect(finding?.level).toBe("stops");
    expect(finding?.text.en).toMatch(
      /would take 2\.0 GiB of memory, and 1\.0 GiB are free: .*batch\.batch: 1, batch\.accumulate: 2.*checkpointing: true.*batch\.time/,
    );
    expect(finding?.text.zh).toMatch(/可用 1\.0 GiB/);
  });
});
