import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Message } from "../../src/chat/conversation.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { checkRecipe, readRecipe } from "../../src/train/read-recipe.ts";
import type { TrainEvent } from "../../src/train/run/events.ts";
import { train } from "../../src/train/run/train.ts";

const home = await mkdtemp(join(tmpdir(), "basewise-home-"));
beforeAll(() => {
  process.env.BASEWISE_HOME = home; // where runs are noted
});
afterAll(async () => {
  delete process.env.BASEWISE_HOME;
  await rm(home, { recursive: true, force: true });
});
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "basewise-train-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const common = {
  name: "tiny",
  license: "Apache-2.0",
  seed: 5,
  threads: 1,
  batch: { time: 32, batch: 2 },
  optimizer: { learningRate: 0.005, warmupSteps: 2 },
};

async function pretrainRecipe(output: string, steps = 12, more: object = {}) {
  const words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "小猫", "喜欢", "苹果"];
  const text = Array.from({ length: 400 }, (_, i) => words[(i * i + 3 * i) % words.length]).join(" ");
  const data = join(folder, "documents.jsonl");
  await writeFile(data, `${JSON.stringify({ text })}\n${JSON.stringify({ text: `${text} again` })}\n`);
  return checkRecipe(
    {
      ...common,
      ...more,
      kind: "pretrain",
      counterpart: "tiny-instruct",
      languages: ["en", "zh"],
      steps,
      data: [data],
      output: join(folder, output),
      checkpointEvery: 4,
      tokenizer: { vocabularySize: 270 },
      model: {
        hiddenSize: 32,
        layers: 1,
        heads: 2,
        kvHeads: 1,
        headSize: 32,
        feedForwardSize: 64,
        context: 64,
      },
    },
    "test",
  );
}

async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const losses = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === "step" ? [event.loss] : []));

test("an interrupted pretraining resumes to bit-identical losses and the same file", async () => {
  const whole = await collect(train(await pretrainRecipe("whole")));
  const stop = new AbortController();
  const first: TrainEvent[] = [];
  const recipe = await pretrainRecipe("parts");
  for await (const event of train(recipe, { signal: stop.signal })) {
    first.push(event);
    if (event.event === "step" && event.step === 6) stop.abort();
  }
  const second = await collect(train(recipe));
  expect(second[0]).toMatchObject({ event: "start", resumedAt: 6 });
  expect([...losses(first), ...losses(second)]).toEqual(losses(whole));
  const file = async (name: string) => readFile(join(folder, name, "model-f32.gguf"));
  expect((await file("parts")).equals(await file("whole"))).toBe(true);
  const metrics = (await readFile(join(folder, "parts", "metrics.jsonl"), "utf8")).trim().split("\n");
  expect(metrics).toHaveLength(12);
});

test("induction heads need room in the model", async () => {
  await expect(pretrainRecipe("narrow", 12, { inductionHeads: true })).rejects.toThrow(
    "inductionHeads: needs",
  );
});

test("the file records what the model is, and reads back to the same weights", async () => {
  const recipe = await pretrainRecipe("out", 2);
  await collect(train(recipe));
  const header = await readGgufHeader(join(recipe.output, "model-q8_0.gguf"));
  expect(header.architecture).toBe("qwen3");
  expect(header.metadata.string("basewise.stage")).toBe("base");
  expect(header.metadata.string("basewise.counterpart")).toBe("tiny-instruct");
  expect(header.metadata.string("tokenizer.chat_template")).toContain("<|im_start|>");
  const eos = header.metadata.number("tokenizer.ggml.eos_token_id") ?? -1;
  expect(header.metadata.stringAt("tokenizer.ggml.tokens", eos)).toBe("<|endoftext|>");

  const exact = await readModelFile(join(recipe.output, "model-f32.gguf"));
  const packed = await readModelFile(join(recipe.output, "model-q8_0.gguf"));
  for (const [name, values] of exact.weights) {
    const other = packed.weights.get(name) ?? new Float32Array();
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    // q8_0 keeps 8 bits of each block of 32: an error of at most half a step of its largest value
    values.forEach((x, i) => {
      expect(Math.abs(x - (other[i] ?? 0))).toBeLessThanOrEqual(largest / 127 / 2 + 1e-6 + largest * 0.001);
    });
  }
});

test("sft learns from assistant turns and their end alone, and leaves the stage instruct", async () => {
  const base = await pretrainRecipe("base", 2);
  await collect(train(base));
  const conversation = (i: number): { messages: Message[] } => ({
    messages: [
      { role: "user", content: `cat ${i % 10}` },
      { role: "assistant", content: "dog runs" },
    ],
  });
  const data = join(folder, "conversations.jsonl");
  await writeFile(data, Array.from({ length: 20 }, (_, i) => JSON.stringify(conversation(i))).join("\n"));
  const recipe = checkRecipe(
    {
      ...common,
      kind: "sft",
      steps: 150,
      data: [data],
      from: join(base.output, "model-f32.gguf"),
      output: join(folder, "sft"),
    },
    "test",
  );
  const events = await collect(train(recipe));
  expect(losses(events).at(-1)).toBeLessThan(0.05); // the answer is always the same; the question is not learned
  const header = await readGgufHeader(join(recipe.output, "model-f32.gguf"));
  expect(header.metadata.string("basewise.stage")).toBe("instruct");
  const eos = header.metadata.number("tokenizer.ggml.eos_token_id") ?? -1;
  expect(header.metadata.stringAt("tokenizer.ggml.tokens", eos)).toBe("<|im_end|>");
});

test("a checkpoint of another recipe is refused", async () => {
  const recipe = await pretrainRecipe("run", 4);
  await collect(train(recipe));
  const other = checkRecipe({ ...recipe, seed: 6 }, "test");
  await expect(collect(train(other))).rejects.toThrow(/another recipe/);
});

test("a recipe is checked whole, and every issue is named with its path", async () => {
  const recipe = await pretrainRecipe("run");
  const broken = {
    ...recipe,
    steps: 0,
    model: { ...("model" in recipe ? recipe.model : {}), kvHeads: 3 },
    colour: "red",
  };
  expect(() => checkRecipe(broken, "broken.yaml")).toThrow(/steps.*colour|colour.*steps/s);
  const path = join(folder, "bad.yaml");
  await writeFile(path, "kind: [pretrain");
  await expect(readRecipe(path)).rejects.toThrow(/not valid YAML/);
  await expect(readRecipe(join(folder, "none.yaml"))).rejects.toThrow(/cannot be read/);
});

test("a bad line of data is named by file and number", async () => {
  const recipe = await pretrainRecipe("run");
  await writeFile(recipe.data[0]?.path ?? "", `${JSON.stringify({ text: "a" })}\n{"text": 3}\n`);
  await expect(collect(train(recipe))).rejects.toThrow(/Line 2 of .*documents\.jsonl/);
});
