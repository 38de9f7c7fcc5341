import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BadFileError } from "../../../src/errors.ts";
import { RunSpaceError, requireRunSpace } from "../../../src/train/run/disk-plan.ts";
import { DivergedError, LossWatch } from "../../../src/train/run/diverged.ts";
import { RunBusyError, TrainingCrashedError } from "../../../src/train/run/errors.ts";
import { readRecord } from "../../../src/train/run/record.ts";
import { train } from "../../../src/train/run/train.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { childrenOf } from "../../support/processes.ts";
import { eventsOf, lossesOf, tinyRecipe } from "../../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

/** The process that trains: the newest of ours. */
async function hostPid(): Promise<number> {
  const pid = (await childrenOf(process.pid)).at(-1);
  if (pid === undefined) throw new Error("no process trains");
  return pid;
}

/** When the run is killed: as soon as it tells that it started, or has done that step, and so many milliseconds later. */
const KILLS = [
  { from: 0, after: 1 },
  { from: 1, after: 0 },
  { from: 5, after: 3 },
  { from: 11, after: 1 },
  { from: 18, after: 4 },
  { from: 27, after: 2 },
];

test("killed again and again at any moment, a run ends in the very same weights", async () => {
  const settings = { steps: 40, checkpointEvery: 3, evaluation: { share: 0.2, every: 5, samples: 0 } };
  const whole = await eventsOf(train(tinyRecipe(folder, "whole", settings)));
  const recipe = tinyRecipe(folder, "killed", settings);
  const losses = new Map<number, number>();
  let kills = 0;
  for (let isDone = false; !isDone; ) {
    let isKilled = false;
    try {
      for await (const event of train(recipe)) {
        for (const [step, loss] of lossesOf([event])) {
          expect(losses.get(step) ?? loss).toBe(loss); // a step that is done again is the same step
          losses.set(step, loss);
        }
        isDone = event.event === "done";
        const kill = KILLS[kills];
        const step = event.event === "start" ? 0 : event.event === "step" ? event.step : -1;
        if (kill === undefined || isKilled || step < kill.from) continue;
        const pid = await hostPid();
        setTimeout(() => process.kill(pid, "SIGKILL"), kill.after);
        isKilled = true;
        kills++;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(TrainingCrashedError);
    }
  }
  expect(kills).toBe(KILLS.length);
  expect(losses).toEqual(lossesOf(whole));
  for (const name of [
    "model-f32.gguf",
    "checkpoint/best.safetensors",
    "checkpoint/step-00000040.safetensors",
  ]) {
    const [one, other] = ["whole", "killed"].map((output) => readFileSync(join(folder, output, name)));
    // the two carry different names
    if (name.endsWith(".gguf"))
      expect(one?.subarray(-50_000).equals(other?.subarray(-50_000) ?? Buffer.of())).toBe(true);
    else expect(one?.equals(other ?? Buffer.of())).toBe(true);
  }
  const metrics = readFileSync(join(recipe.output, "metrics.jsonl"), "utf8").trim().split("\n");
  expect(metrics.map((line) => JSON.parse(line).step)).toEqual(
    Array.from({ length: 40 }, (_, i) => ((i + 1) % 5 === 0 ? [i + 1, i + 1] : [i + 1])).flat(),
  );
}, 120_000);

test("an abort in the training process is an error that says what is kept", async () => {
  const recipe = tinyRecipe(folder, "aborted", { steps: 1000 });
  const run = async (): Promise<void> => {
    for await (const event of train(recipe)) {
      if (event.event === "step" && event.step === 6) process.kill(await hostPid(), "SIGABRT");
    }
  };
  await expect(run()).rejects.toThrow(/died \(SIGABRT\) after step 6; the checkpoint of step 4 is kept/);
  expect(await readRecord(recipe.output)).toMatchObject({
    state: "failed",
    error: { en: expect.any(String) },
  });
});

test("one run has one process", async () => {
  const recipe = tinyRecipe(folder, "busy", { steps: 1000 });
  for await (const event of train(recipe)) {
    if (event.event !== "step") continue;
    await expect(eventsOf(train(recipe))).rejects.toThrow(RunBusyError);
    break;
  }
  expect(await readRecord(recipe.output)).toMatchObject({ state: "interrupted" });
});

test("a loss that is no number stops the run: step, rows and what is kept are named", async () => {
  const recipe = tinyRecipe(folder, "diverged", {
    optimizer: { learningRate: 1e30, warmupSteps: 0, clipNorm: 1e30 },
    checkpointEvery: 1,
  });
  const failure = await eventsOf(train(recipe)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DivergedError);
  if (!(failure instanceof DivergedError)) return;
  expect(failure.checkpoint).toBe(failure.step - 1);
  expect(failure.rows).toHaveLength(2);
  expect(failure.message).toMatch(/not a number at step \d+, whose rows begin "(red|green|blue|cat|dog|.)/);
});

test("a loss explodes when it is far above a guess and above what it was", () => {
  const watch = new LossWatch(Math.log(1000));
  expect(watch.explodes(1000)).toBe(false); // nothing to compare with yet
  for (let i = 0; i < 30; i++) expect(watch.explodes(3 + (i % 3))).toBe(false);
  expect(watch.explodes(12)).toBe(false); // a spike below twice a guess
  expect(watch.explodes(14.5)).toBe(true);
});

test("an output that cannot be written to is one sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  const recipe = tinyRecipe(folder, join("file", "inside"));
  await expect(eventsOf(train(recipe))).rejects.toThrow(BadFileError);
  await expect(eventsOf(train(recipe))).rejects.toThrow(/inside could not be written/);
});

test("a run that will fill the disk says so first, with the arithmetic", async () => {
  const asked = requireRunSpace(folder, 1e15, 2, 5);
  await expect(asked).rejects.toThrow(RunSpaceError);
  await expect(asked).rejects.toThrow(
    /3 checkpoints of .* GiB \(12 bytes for each of 1000000000\.0 M parameters\)/,
  );
  await requireRunSpace(folder, 1000, 2, 5);
});
