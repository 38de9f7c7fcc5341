import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { convert } from "../../src/convert/convert.ts";
import { BadInputError } from "../../src/errors.ts";
import { writePeft } from "../../src/export/peft.ts";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";
import { ADAPTER_KINDS, adapterSpecs } from "../../src/train/adapter/adapter.ts";
import { trainedTokensOf } from "../../src/train/batch.ts";
import { prepare } from "../../src/train/job.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { Random } from "../../src/train/random.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import { learningRateAt } from "../../src/train/schedule.ts";
import { PythonEnvironmentError } from "../../src/trl/errors.ts";
import { learnedIn } from "../../src/trl/result.ts";
import { planForTrl, trainWithTrl } from "../../src/trl/train.ts";
import { folderOfModel } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { eventsOf, tinyRecipe } from "../support/tiny-recipe.ts";

const folder = temporaryFolder();
const parent = join(folder, "tiny-qwen3-instruct.gguf");
beforeAll(async () => {
  process.env.BASEWISE_HOME = join(folder, "home");
  await convert(folderOfModel("tiny-qwen3-instruct"), { output: parent, type: "f32" });
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

let runs = 0;
function conversing(more: object = {}): Recipe {
  const data = join(folder, "conversations.jsonl");
  const rows = Array.from({ length: 60 }, (_, i) => ({
    messages: [
      { role: "user", content: `What is ${i}?` },
      { role: "assistant", content: `${"One. ".repeat(1 + (i % 3))}`, weight: i % 4 === 0 ? 0 : 1 },
      { role: "user", content: "Yes?" },
      { role: "assistant", content: "Yes." },
    ],
  }));
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join("\n"));
  return checkRecipe(
    {
      kind: "sft",
      name: "planned",
      license: "Apache-2.0",
      seed: 2,
      threads: 1,
      precision: "f32",
      steps: 7,
      batch: { time: 128, batch: 2, accumulate: 2 },
      optimizer: { learningRate: 0.01, warmupSteps: 2 },
      evaluation: { share: 0.2, every: 4 },
      data: [data],
      from: parent,
      output: join(folder, `run-${runs++}`),
      ...more,
    },
    "test",
  );
}

/** The tensors of a rows file. */
async function rowsIn(path: string) {
  const { tensors } = await readSafetensorsHeader(path);
  const bytes = readFileSync(path);
  const of = (name: string): Buffer => {
    const { offset = 0, bytes: length = 0 } = tensors.get(name) ?? {};
    return Buffer.from(bytes.subarray(offset, offset + length));
  };
  const numbers = <Item>(name: string, size: number, read: (from: Buffer, at: number) => Item): Item[] =>
    Array.from({ length: of(name).length / size }, (_, i) => read(of(name), i * size));
  return {
    ids: numbers("ids", 4, (from, at) => from.readInt32LE(at)),
    shares: numbers("shares", 4, (from, at) => from.readFloatLE(at)),
    lengths: numbers("lengths", 4, (from, at) => from.readInt32LE(at)),
    starts: numbers("starts", 8, (from, at) => Number(from.readBigInt64LE(at))),
  };
}

const planSchema = z.looseObject({
  rates: z.array(z.number()),
  heldOut: z.array(z.object({ path: z.string(), rows: z.string() })),
  batch: z.object({ devices: z.number(), rowsPerDevice: z.number(), accumulate: z.number() }),
});

describe("a plan", () => {
  test("holds the tokens, the masks and the order of what the embedded trainer learns from", async () => {
    const recipe = conversing();
    const { folder: planned, start, files } = await planForTrl(recipe, { hosts: 2, gpus: 2 });
    expect(planned).toBe(join(recipe.output, "trl"));
    expect(start.steps).toBe(7);
    expect(Object.keys(files)).toEqual(["accelerate.yaml", "launch.sh", "launch.slurm"]);

    const { batches, heldOut } = await prepare(recipe);
    const rows = await rowsIn(join(planned, "rows.safetensors"));
    let [token, segment] = [0, 0];
    for (let step = 0; step < recipe.steps; step++) {
      const group = batches.at(step);
      const trained = trainedTokensOf(group);
      let sum = 0;
      for (const [place, row] of group.entries()) {
        const at = 2 * (step * group.length + place);
        expect(rows.starts.slice(at, at + 2)).toEqual([token, segment]);
        for (const { ids, trained: isTrained, weight } of row.map((one) => ({
          ids: Array.from(one.ids),
          trained: (i: number) => one.trained?.(i) ?? true,
          weight: (i: number) => one.weight?.(i) ?? 1,
        }))) {
          expect(rows.lengths[segment]).toBe(ids.length);
          expect(rows.ids.slice(token, token + ids.length)).toEqual(ids);
          const shares = rows.shares.slice(token, token + ids.length);
          expect(shares[0]).toBe(0); // nothing comes before the first token of a segment
          for (let i = 1; i < ids.length; i++) {
            expect(shares[i]).toBeCloseTo(isTrained(i) ? weight(i) / trained : 0, 7);
          }
          sum += shares.reduce((all, share) => all + share, 0);
          token += ids.length;
          segment++;
        }
      }
      expect(sum).toBeCloseTo(1, 5);
    }
    expect(rows.starts.slice(-2)).toEqual([token, segment]);
    expect(rows.ids).toHaveLength(token);

    const plan = planSchema.parse(JSON.parse(readFileSync(join(planned, "plan.json"), "utf8")));
    expect(plan.batch).toEqual({ devices: 4, rowsPerDevice: 1, accumulate: 1 });
    expect(plan.rates).toEqual(
      Array.from({ length: 7 }, (_, step) => learningRateAt(recipe.optimizer, step, 7)),
    );
    const [held] = plan.heldOut;
    const measured = await rowsIn(join(planned, held?.rows ?? ""));
    const tokens = trainedTokensOf(heldOut?.sources.flatMap((source) => source.rows) ?? []);
    expect(measured.shares.reduce((all, share) => all + share, 0)).toBe(tokens);
  });

  test("of another run is not overwritten", async () => {
    const recipe = conversing();
    await planForTrl(recipe);
    await expect(planForTrl({ ...recipe, seed: 3 })).rejects.toThrow("was planned for another run");
    await planForTrl(recipe, { gpus: 4 }); // the same run elsewhere
    rmSync(join(recipe.output, "trl"), { recursive: true });
    await planForTrl({ ...recipe, seed: 3 });
  });

  test("that was cut short is made anew", async () => {
    const recipe = conversing();
    const planned = join(recipe.output, "trl");
    mkdirSync(planned, { recursive: true });
    writeFileSync(join(planned, "rows.safetensors"), "cut");
    await planForTrl(recipe);
    expect((await rowsIn(join(planned, "rows.safetensors"))).ids.length).toBeGreaterThan(0);
  });

  test("is made of recipes that TRL takes alone", async () => {
    await expect(planForTrl(tinyRecipe(folder, "pretrained"))).rejects.toThrow(
      "TRL is given recipes of the kinds adapt, sft and dpo, and this one is pretrain; train it without --engine trl.",
    );
    await expect(planForTrl(conversing(), { gpus: 3 })).rejects.toThrow(BadInputError);
  });
});

describe("a Python", () => {
  const run = (python: string) => eventsOf(trainWithTrl(conversing(), { python }));

  test("that is not there, or is none, is told with the remedy", async () => {
    for (const python of ["no-such-python", process.execPath]) {
      const error: unknown = await run(python).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: "PythonEnvironmentError", python, missing: [], exitCode: 4 });
      expect(String(error)).toMatch(/does not run as Python .*--python/);
    }
  });

  test("that lacks packages is told which, and how to install them", async () => {
    const python = join(folder, "python");
    const missing = [
      { name: "trl", wanted: "==1.16.0", found: "0.9.6" },
      { name: "peft", wanted: ">=0.21,<1", found: null },
    ];
    const answer = JSON.stringify({ python: "3.11.2", missing, devices: [] });
    writeFileSync(python, `#!/bin/sh\necho '${answer}'\n`);
    chmodSync(python, 0o755);
    const error: unknown = await run(python).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "PythonEnvironmentError", missing });
    expect(String(error)).toContain("lacks trl ==1.16.0 (and it is 0.9.6), peft >=0.21,<1; install them (");
    expect(new PythonEnvironmentError(python, missing, "requirements.txt").text.zh).toContain(
      "缺少 trl ==1.16.0（现为 0.9.6）",
    );
  });
});

describe.each(["tiny-qwen2-base", "tiny-llama3"] as const)("what was learned of %s", (name) => {
  test("whole is read back from a folder of transformers", async () => {
    const path = join(folder, `${name}-whole.gguf`);
    await convert(folderOfModel(name), { output: path, type: "f32" });
    const { config, weights } = await readModelFile(path);
    const learned = await learnedIn(folderOfModel(name), config, undefined);
    for (const [tensor, values] of weights) {
      if (tensor === "rope_freqs.weight") continue; // which is not learned
      expect(learned.get(tensor)).toEqual(values);
    }
  });

  test.each(ADAPTER_KINDS)("beside it (%s) is read back from PEFT's files", async (kind) => {
    const path = join(folder, `${name}-${kind}.gguf`);
    await convert(folderOfModel(name), { output: path, type: "f32" });
    const { config } = await readModelFile(path);
    const adapter = { kind, rank: 4, alpha: 8, targets: ["attn_q", "attn_k", "ffn_down"] } as const;
    const random = new Random(9);
    const learned = new Map(
      adapterSpecs(config, adapter).map(({ name: part, sizes }) => [
        part,
        new Float32Array(sizes.reduce((product, size) => product * size, 1)).map(() => random.unit()),
      ]),
    );
    const output = join(folder, `${name}-${kind}-peft`);
    const record = { name: "x", license: "", languages: [], parent: { name: "", hash: "" } };
    await writePeft(output, config, { adapter, record, parentPath: path, learned }, "parent");
    const read = await learnedIn(output, config, adapter);
    for (const [part, values] of learned) expect(read.get(part)).toEqual(values);
  });
});
