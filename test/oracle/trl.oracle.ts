import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { ADAPTER_KINDS, type AdapterKind } from "../../src/train/adapter/adapter.ts";
import { readTrainedAdapter, TRAINED_ADAPTER } from "../../src/train/adapter/trained.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import type { StepEvent, TrainEvent } from "../../src/train/run/events.ts";
import { readMetrics } from "../../src/train/run/metrics.ts";
import { train } from "../../src/train/run/train.ts";
import { planForTrl, trainWithTrl } from "../../src/trl/train.ts";
import { folderOfModel } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { eventsOf } from "../support/tiny-recipe.ts";
import { oraclePython } from "./python.ts";

/* TRL is given what the embedded trainer trains: then both come to the same losses and the same weights. */

const python = (await oraclePython()) ?? "";
const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const STEPS = 20;
/** Both compute in f32, in another order. */
const TOLERANCE = 2e-5;

function conversations(): string {
  const path = join(folder, "conversations.jsonl");
  const rows = Array.from({ length: 24 }, (_, i) => ({
    messages: [
      { role: "user", content: `What comes after ${i}?` },
      { role: "assistant", content: `${i + 1}`, ...(i % 3 === 0 ? { weight: 0 } : {}) },
      { role: "user", content: "And then?" },
      { role: "assistant", content: `After that ${"comes ".repeat(i % 4)}${i + 2}.` },
    ],
  }));
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

function texts(): string {
  const path = join(folder, "texts.jsonl");
  const rows = Array.from({ length: 12 }, (_, i) => ({
    text: `Owl ${i} sees owl ${i * i}, and no owl is alone. `.repeat(1 + (i % 5)),
  }));
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

function preferences(): string {
  const path = join(folder, "preferences.jsonl");
  const rows = Array.from({ length: 20 }, (_, i) => ({
    prompt: `Is ${i} more than ${(i * 7) % 10}?`,
    chosen: i > (i * 7) % 10 ? "Yes, it is." : "No.",
    rejected: i > (i * 7) % 10 ? "No, that it is not." : "Yes.",
  }));
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

const DATA = { adapt: texts, sft: conversations, dpo: preferences };

let runs = 0;
function recipe(kind: keyof typeof DATA, from: string, adapter?: AdapterKind, more: object = {}): Recipe {
  return checkRecipe(
    {
      kind,
      name: "both",
      license: "Apache-2.0",
      seed: 7,
      threads: 1,
      precision: "f32",
      steps: STEPS,
      checkpointEvery: 8,
      batch: { time: 96, batch: 2, accumulate: 2 },
      optimizer: { learningRate: 0.002, warmupSteps: 3 },
      data: [DATA[kind]()],
      evaluation: { share: 0.2, every: 10, samples: 0 },
      from,
      ...(adapter === undefined ? {} : { adapter: { kind: adapter, rank: 4, alpha: 8 } }),
      ...more,
      output: join(folder, `run-${runs++}`),
    },
    "test",
  );
}

const stepsOf = (events: readonly TrainEvent[]): StepEvent[] =>
  events.flatMap((event) => (event.event === "step" ? [event] : []));

/** What both runs told, side by side. */
function expectSame(ours: readonly TrainEvent[], theirs: readonly TrainEvent[], from = 0): void {
  const [own, other] = [stepsOf(ours).slice(from), stepsOf(theirs)];
  expect(other.map(({ step }) => step)).toEqual(own.map(({ step }) => step));
  for (const [i, step] of own.entries()) {
    expect(Math.abs((other[i]?.loss ?? Number.NaN) / step.loss - 1)).toBeLessThan(TOLERANCE);
    expect(other[i]?.gradientNorm).toBeCloseTo(step.gradientNorm, 3);
    expect(other[i]?.learningRate).toBe(step.learningRate);
    expect(other[i]?.trainedTokens).toBe(step.trainedTokens);
  }
  const evaluations = (events: readonly TrainEvent[]) =>
    events.flatMap((event) => (event.event === "evaluation" && event.step > from ? [event] : []));
  const [measured, againMeasured] = [evaluations(ours), evaluations(theirs)];
  expect(againMeasured.map(({ step, tokens, isBest }) => ({ step, tokens, isBest }))).toEqual(
    measured.map(({ step, tokens, isBest }) => ({ step, tokens, isBest })),
  );
  for (const [i, { bitsPerByte }] of measured.entries()) {
    expect(againMeasured[i]?.bitsPerByte).toBeCloseTo(bitsPerByte ?? Number.NaN, 4);
  }
}

function difference(
  one: ReadonlyMap<string, Float32Array>,
  other: ReadonlyMap<string, Float32Array>,
): number {
  expect([...other.keys()]).toEqual([...one.keys()]);
  return Math.max(
    ...[...one].flatMap(([name, values]) => {
      const theirs = other.get(name) ?? new Float32Array();
      return [...values].map((value, i) => Math.abs(value - (theirs[i] ?? Number.NaN)));
    }),
  );
}

describe.skipIf(python === "")("TRL", () => {
  describe.each(["tiny-qwen2-base", "tiny-qwen3-instruct", "tiny-llama3"] as const)("with %s", (name) => {
    const parent = join(folder, `${name}.gguf`);
    beforeAll(async () => {
      await convert(folderOfModel(name), { output: parent, type: "f32" });
    });
    const kind = name === "tiny-qwen3-instruct" ? "sft" : "adapt";

    test(`comes to the same losses and the same weights (${kind})`, async () => {
      const [one, other] = [recipe(kind, parent), recipe(kind, parent)];
      const ours = await eventsOf(train(one));
      const theirs = await eventsOf(trainWithTrl(other, { python }));
      expectSame(ours, theirs);
      expect(readFileSync(join(other.output, "README.md"), "utf8")).toContain(
        "with TRL and accelerate; the weights are",
      );
      const [weights, imported] = await Promise.all(
        [one, other].map(async ({ output }) => (await readModelFile(join(output, "model-f32.gguf"))).weights),
      );
      expect(difference(weights ?? new Map(), imported ?? new Map())).toBeLessThan(1e-3);
    });

    test(`comes to the same adapter and the same rows of tokens (${kind})`, async () => {
      const { vocabulary } = await readModelFile(parent);
      const tokens = vocabulary.controlTokens.map(({ text }) => text).slice(0, 3);
      const more = { adapter: { rank: 4, alpha: 8, tokens } };
      const [one, other] = [recipe(kind, parent, undefined, more), recipe(kind, parent, undefined, more)];
      const ours = await eventsOf(train(one));
      const theirs = await eventsOf(trainWithTrl(other, { python }));
      expectSame(ours, theirs);
      const [own, imported] = await Promise.all(
        [one, other].map(({ output }) => readTrainedAdapter(join(output, TRAINED_ADAPTER))),
      );
      expect(imported?.adapter.rows).toEqual(own?.adapter.rows);
      expect(difference(own?.learned ?? new Map(), imported?.learned ?? new Map())).toBeLessThan(1e-3);
    });

    test("comes to the same adapter with tokens that the vocabulary lacked", async () => {
      const more = { adapter: { rank: 4, alpha: 8 }, newTokens: ["<|im_start|>", "<|im_end|>", "<|more|>"] };
      const [one, other] = [recipe("sft", parent, undefined, more), recipe("sft", parent, undefined, more)];
      const ours = await eventsOf(train(one));
      const theirs = await eventsOf(trainWithTrl(other, { python }));
      expectSame(ours, theirs);
    });

    test.each(ADAPTER_KINDS)(`comes to the same adapter (${kind}, %s)`, async (adapter) => {
      const [one, other] = [recipe(kind, parent, adapter), recipe(kind, parent, adapter)];
      const ours = await eventsOf(train(one));
      const theirs = await eventsOf(trainWithTrl(other, { python }));
      expectSame(ours, theirs);
      const [own, imported] = await Promise.all(
        [one, other].map(({ output }) => readTrainedAdapter(join(output, TRAINED_ADAPTER))),
      );
      expect(imported?.record).toEqual(own?.record);
      expect(difference(own?.learned ?? new Map(), imported?.learned ?? new Map())).toBeLessThan(1e-3);
    });
  });

  describe("with preferences", () => {
    const parent = join(folder, "preferring.gguf");
    beforeAll(async () => {
      await convert(folderOfModel("tiny-qwen3-instruct"), { output: parent, type: "f32" });
    });
    const preferencesOf = (events: readonly TrainEvent[]) =>
      events.flatMap((event) => ("preference" in event && event.preference ? [event.preference] : []));
    const batch = { time: 160, batch: 2, accumulate: 2 };

    test.each<{ loss: string; adapter: AdapterKind | undefined }>([
      { loss: "sigmoid", adapter: undefined },
      { loss: "sigmoid", adapter: "lora" },
      { loss: "simpo", adapter: "lora" },
    ])(
      "comes to the same losses and rewards ($loss, $adapter), also stopped and killed",
      async ({ loss, adapter }) => {
        const [one, other] = [
          recipe("dpo", parent, adapter, { loss, batch }),
          recipe("dpo", parent, adapter, { loss, batch }),
        ];
        const ours = await eventsOf(train(one));
        const stopping = new AbortController();
        for await (const event of trainWithTrl(other, { python, signal: stopping.signal })) {
          if (event.event === "step" && event.step === 10) stopping.abort();
        }
        await eventsOf(trainWithTrl(other, { python }));
        const theirs = await readMetrics(other.output);
        expectSame(ours, theirs);
        const [own, told] = [preferencesOf(ours), preferencesOf(theirs)];
        expect(told).toHaveLength(own.length);
        for (const [i, measure] of own.entries()) {
          expect(told[i]?.pairs).toBe(measure.pairs);
          // before the first step, what is worth more is only how sums were rounded
          if (i > 0) expect(told[i]?.accuracy).toBeCloseTo(measure.accuracy, 6);
          for (const key of ["loss", "chosenReward", "rejectedReward"] as const) {
            expect(told[i]?.[key]).toBeCloseTo(measure[key], 4);
          }
        }
      },
    );

    test("with two processes, the pairs of a step dealt out", async () => {
      const one = recipe("dpo", parent, undefined, { batch });
      const { folder: planned } = await planForTrl(one, { gpus: 2 });
      await promisify(execFile)(
        python,
        ["-m", "torch.distributed.run", "--nproc_per_node", "2", "train.py"],
        {
          cwd: planned,
          env: { ...process.env, ACCELERATE_USE_CPU: "true", OMP_NUM_THREADS: "1" },
        },
      );
      const theirs = await eventsOf(trainWithTrl(one, { python }));
      const ours = await eventsOf(train(recipe("dpo", parent, undefined, { batch })));
      expectSame(ours, theirs);
      expect(preferencesOf(theirs).map(({ pairs }) => pairs)).toEqual(
        preferencesOf(ours).map(({ pairs }) => pairs),
      );
    });
  });

  describe("with one model", () => {
    const parent = join(folder, "one.gguf");
    let whole: readonly TrainEvent[] = [];
    let reference: Recipe;
    beforeAll(async () => {
      await convert(folderOfModel("tiny-qwen3-instruct"), { output: parent, type: "f32" });
      reference = recipe("sft", parent);
      whole = await eventsOf(train(reference));
    });

    test("stops after a step, is killed, and goes on to the same losses", async () => {
      // enough steps for the program not to be done when it is told to be killed
      const steps = 80;
      const straight = await eventsOf(train(recipe("sft", parent, undefined, { steps })));
      const one = recipe("sft", parent, undefined, { steps });
      const stopping = new AbortController();
      const told: TrainEvent[] = [];
      for await (const event of trainWithTrl(one, { python, signal: stopping.signal })) {
        told.push(event);
        if (event.event === "step" && event.step === 5) stopping.abort();
      }
      const reached = stepsOf(told).length;
      expect(reached).toBeLessThan(steps);
      expect(told.at(-1)).toEqual({ event: "checkpoint", step: reached });
      for await (const event of trainWithTrl(one, { python })) {
        if (event.event === "start") expect(event.resumedAt).toBe(reached);
        if (event.event === "step" && event.step === Math.max(reached + 1, 17)) break; // which kills it
      }
      const rest = await eventsOf(trainWithTrl(one, { python }));
      const from = Number(rest.find((event) => event.event === "start")?.resumedAt);
      expect(from).toBeGreaterThanOrEqual(reached);
      expect([0, reached % 8]).toContain(from % 8);
      expectSame(straight, rest, from);
      expect(stepsOf(await readMetrics(one.output)).map(({ step }) => step)).toEqual(
        Array.from({ length: steps }, (_, i) => i + 1),
      );
    });

    test.each([
      { how: "each holding the whole model", program: "train.py" },
      { how: "sharded by FSDP", program: fileURLToPath(new URL("fsdp_on_cpu.py", import.meta.url)) },
    ])("trains with two processes elsewhere, $how, and brings the result in", async ({ program }) => {
      const one = recipe("sft", parent);
      const { folder: planned } = await planForTrl(one, { gpus: 2 });
      await promisify(execFile)(python, ["-m", "torch.distributed.run", "--nproc_per_node", "2", program], {
        cwd: planned,
        env: { ...process.env, ACCELERATE_USE_CPU: "true", OMP_NUM_THREADS: "1" },
      });
      const [begin] = readFileSync(join(planned, "events.jsonl"), "utf8").split("\n");
      expect(JSON.parse(begin ?? "")).toMatchObject({
        processes: 2,
        distributed: program === "train.py" ? "MULTI_CPU" : "FSDP",
      });
      // no Python is asked for what is there already
      const brought = await eventsOf(trainWithTrl(one, { python: "no-such-python" }));
      expectSame(whole, brought);
      const [own, theirs] = await Promise.all(
        [reference, one].map(
          async ({ output }) => (await readModelFile(join(output, "model-f32.gguf"))).weights,
        ),
      );
      expect(difference(own ?? new Map(), theirs ?? new Map())).toBeLessThan(1e-3);
    });

    test("computes in bf16 what the embedded trainer does", async () => {
      const more = { precision: "bf16", optimizer: { learningRate: 0.0005, warmupSteps: 3 } };
      const [one, other] = [recipe("sft", parent, undefined, more), recipe("sft", parent, undefined, more)];
      const [ours, theirs] = [await eventsOf(train(one)), await eventsOf(trainWithTrl(other, { python }))];
      for (const [i, { loss }] of stepsOf(ours).entries()) {
        expect(Math.abs((stepsOf(theirs)[i]?.loss ?? Number.NaN) / loss - 1)).toBeLessThan(0.01);
      }
    });
  });
});
