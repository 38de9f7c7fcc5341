import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { quantize } from "../../src/convert/quantize.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import { ADAPTER_KINDS } from "../../src/train/adapter/adapter.ts";
import { mergedValues } from "../../src/train/adapter/merge.ts";
import { readTrainedAdapter, TRAINED_ADAPTER } from "../../src/train/adapter/trained.ts";
import { measureLoss } from "../../src/train/evaluate.ts";
import { prepare } from "../../src/train/job.ts";
import { LibraryTokenizer } from "../../src/train/library-tokenizer.ts";
import { openModelFile, readModelFile } from "../../src/train/model-file.ts";
import { hashOfWeights } from "../../src/train/parent.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import type { TrainEvent } from "../../src/train/run/events.ts";
import { train } from "../../src/train/run/train.ts";
import { folderOfModel } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { eventsOf, lossesOf } from "../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

let runs = 0;
function adaptation(from: string, more: object = {}): Recipe {
  const text = (word: string) =>
    JSON.stringify({ text: `The ${word} sees another ${word}, and no ${word} is alone. `.repeat(6) });
  const write = (name: string, words: readonly string[]): string => {
    writeFileSync(join(folder, name), words.map(text).join("\n"));
    return join(folder, name);
  };
  const output = join(folder, `run-${runs++}`);
  return checkRecipe(
    {
      kind: "adapt",
      name: "adapted",
      license: "Apache-2.0",
      seed: 3,
      threads: 1,
      precision: "f32",
      steps: 12,
      batch: { time: 32, batch: 2 },
      optimizer: { learningRate: 0.01, warmupSteps: 1, weightDecay: 0 },
      data: [write("domain.jsonl", ["cat", "dog", "owl", "fox", "bee", "ant"])],
      evaluation: {
        data: [write("held-out.jsonl", ["hen"]), write("general.jsonl", ["house"])],
        every: 12,
        samples: 1,
      },
      from,
      output,
      ...more,
    },
    "test",
  );
}

const lastEvaluation = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === "evaluation" ? [event] : [])).at(-1);

describe.each(["tiny-qwen2-base", "tiny-qwen3-instruct", "tiny-llama3"] as const)(
  "%s in its folder",
  (model) => {
    const parent = join(folder, `${model}.gguf`);
    beforeAll(async () => {
      await convert(folderOfModel(model), { output: parent, type: "f32" });
    });

    test("is adapted whole, and the file that comes of it computes what was trained", async () => {
      const recipe = adaptation(folderOfModel(model));
      const events = await eventsOf(train(recipe));
      const losses = [...lossesOf(events).values()];
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8);
      const measured = lastEvaluation(events);
      expect(measured?.sources.map(({ path }) => path)).toEqual([
        join(folder, "held-out.jsonl"),
        join(folder, "general.jsonl"),
      ]);
      const { header, config, weights } = await readModelFile(join(recipe.output, "model-f32.gguf"));
      const rows = (await prepare(recipe)).heldOut?.sources.flatMap((source) => source.rows) ?? [];
      const { nats, tokens } = await measureLoss(config, weights, rows, { time: 32, batch: 2 }, 1);
      expect(nats / tokens).toBeCloseTo(measured?.loss ?? Number.NaN, 4);
      // what is not the adaptation's own is the parent's
      const { header: before } = await openModelFile(parent);
      for (const key of before.metadata.keys()) {
        if (/^general\.|^basewise\./.test(key)) continue;
        expect(header.metadata.strings(key)).toEqual(before.metadata.strings(key));
        expect(header.metadata.number(key)).toBe(before.metadata.number(key));
        expect(header.metadata.string(key)).toBe(before.metadata.string(key));
      }
      expect(header.metadata.string("general.base_model.0.name")).toBe(
        before.metadata.string("general.name"),
      );
    }, 60_000);

    const kinds = [
      ...ADAPTER_KINDS.map((kind) => ({ kind, precision: "f32" })),
      { kind: "lora", precision: "bf16" },
    ];
    test.each(kinds)(
      "takes $kind in $precision beside quantised weights that stay",
      async ({ kind, precision }) => {
        const small = join(folder, `${model}-q8_0.gguf`);
        await quantize(parent, { type: "Q8_0", output: small, force: true, threads: 1 });
        const bytes = readFileSync(small);
        const recipe = adaptation(small, { adapter: { kind, rank: 4, alpha: 8 }, precision });
        const events = await eventsOf(train(recipe));
        const losses = [...lossesOf(events).values()];
        expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.9);
        expect(lastEvaluation(events)?.samples).toHaveLength(1);
        expect(readFileSync(small).equals(bytes)).toBe(true);

        const trained = await readTrainedAdapter(join(recipe.output, TRAINED_ADAPTER));
        const { stored, config } = await openModelFile(small);
        expect(trained.record.parent.hash).toBe(hashOfWeights(stored));
        const merged = new Map(
          [...stored].map(([name, weight]) => [name, mergedValues(weight, trained.adapter, trained.learned)]),
        );
        const rows = (await prepare(recipe)).heldOut?.sources.flatMap((source) => source.rows) ?? [];
        const { nats, tokens } = await measureLoss(config, merged, rows, { time: 32, batch: 2 }, 1);
        // products with quantised weights round what they multiply
        expect(nats / tokens).toBeCloseTo(lastEvaluation(events)?.loss ?? Number.NaN, 1);
      },
      60_000,
    );

    test("learns rows of tokens beside an adapter, and the merged model has them", async () => {
      const { vocabulary, stored, config } = await openModelFile(parent);
      const end = vocabulary.controlTokens.find(({ text }) => /end_?of_?text/.test(text));
      const other = vocabulary.controlTokens.find(({ id }) => id !== end?.id);
      const tokens = [end?.text ?? "", other?.text ?? ""];
      const recipe = adaptation(parent, { adapter: { rank: 4, alpha: 8, tokens } });
      const events = await eventsOf(train(recipe));
      const losses = [...lossesOf(events).values()];
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.9);

      const { adapter, learned } = await readTrainedAdapter(join(recipe.output, TRAINED_ADAPTER));
      expect(adapter.rows).toEqual([end?.id, other?.id]);
      const merged = new Map(
        [...stored].map(([name, weight]) => [name, mergedValues(weight, adapter, learned)]),
      );
      const rows = (await prepare(recipe)).heldOut?.sources.flatMap((source) => source.rows) ?? [];
      const { nats, tokens: count } = await measureLoss(config, merged, rows, { time: 32, batch: 2 }, 1);
      expect(nats / count).toBeCloseTo(lastEvaluation(events)?.loss ?? Number.NaN, 4);
      // only those rows are others than before, and that of the token that was met has moved
      for (const name of ["token_embd.weight", "output.weight"]) {
        const [before, after] = [stored.get(name)?.floats(), merged.get(name)];
        const changed = new Set(
          [...(after ?? [])].flatMap((value, i) =>
            value === before?.[i] ? [] : [Math.floor(i / config.hiddenSize)],
          ),
        );
        // an end of text is only predicted, and never read
        const isHead = (name === "output.weight") === stored.has("output.weight");
        if (isHead) expect(changed.has(end?.id ?? -1)).toBe(true);
        expect([...changed].every((row) => row === end?.id || row === other?.id)).toBe(true);
      }
      expect(existsSync(join(recipe.output, "model-q8_0.gguf"))).toBe(true);
      expect(existsSync(join(recipe.output, "adapter.gguf"))).toBe(false);
    }, 60_000);
  },
);

test("a token that the model has not is named with those that it has", async () => {
  const run = adaptation("mini-base", { adapter: { tokens: ["<|nothing|>"] } });
  await expect(eventsOf(train(run))).rejects.toThrow(
    /adapter\.tokens names <\|nothing\|>, which is no control token of .*<\|im_end\|>/,
  );
});

test("a run with an adapter goes on after a stop to the same losses, bit by bit", async () => {
  const adapter = { kind: "lora", rank: 4, alpha: 8 };
  const whole = await eventsOf(train(adaptation("mini-base", { adapter, steps: 6 })));
  const recipe = adaptation("mini-base", { adapter, steps: 6 });
  const stopping = new AbortController();
  const parts: TrainEvent[] = [];
  for await (const event of train(recipe, { signal: stopping.signal })) {
    parts.push(event);
    if (event.event === "step" && event.step === 3) stopping.abort();
  }
  expect(parts.at(-1)).toMatchObject({ event: "checkpoint" });
  parts.push(...(await eventsOf(train(recipe))));
  expect(lossesOf(parts)).toEqual(lossesOf(whole));
}, 60_000);

test("the library's tokenizer gives the tokens of our own where both can", async () => {
  const { header, vocabulary } = await openModelFile("models/mini-base.gguf");
  const own = new Tokenizer(vocabulary);
  using library = new LibraryTokenizer(header.path, vocabulary);
  for (const text of ["Hello, world!", " 小猫喜欢苹果。\n\n", "a<|im_end|>b", "it's 1234 x\t\ty", ""]) {
    expect(library.encode(text)).toEqual(own.encode(text));
    expect(library.decode(library.encode(text))).toBe(text);
  }
  expect(library.controlId("<|im_end|>")).toBe(own.controlId("<|im_end|>"));
});
