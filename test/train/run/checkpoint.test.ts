import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BadFileError } from "../../../src/errors.ts";
import { loadCheckpoint, saveCheckpoint } from "../../../src/train/run/checkpoint.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { copied, type StateValues, stateOf } from "../../support/trainer-state.ts";

const state: StateValues = {
  weights: [Float32Array.of(1, 2, 3), Float32Array.of(4)],
  first: [Float32Array.of(0.1, 0.2, 0.3), Float32Array.of(0.4)],
  second: [Float32Array.of(5, 6, 7), Float32Array.of(1e-30)],
};
const progress = { best: { step: 4, loss: 1.5 }, sinceBest: 1 };

async function folderOf(...steps: number[]): Promise<string> {
  const folder = temporaryFolder();
  for (const step of steps) await saveCheckpoint(folder, "run", { step, state: stateOf(state), progress }, 2);
  return folder;
}
const fileOf = (folder: string, step: number) => join(folder, `step-0000000${step}.safetensors`);

test("what was saved comes back, and only the newest are kept", async () => {
  const folder = await folderOf(2, 4, 6);
  expect(readdirSync(folder).sort()).toEqual(["step-00000004.safetensors", "step-00000006.safetensors"]);
  const { checkpoint, unusable } = await loadCheckpoint(folder, "run");
  const { step, state: read, progress: reached } = checkpoint ?? {};
  expect([step, read && copied(read), reached]).toEqual([6, state, progress]);
  expect(unusable).toEqual([]);
});

test("no checkpoint is no error", async () => {
  expect(await loadCheckpoint(join(temporaryFolder(), "none"), "run")).toEqual({ unusable: [] });
});

const damages: [string, RegExp, (path: string) => void][] = [
  ["cut short", /cut short|SHA-256|ends/i, (path) => truncateSync(path, readFileSync(path).length - 5)],
  ["cut to nothing", /empty/i, (path) => truncateSync(path, 0)],
  [
    "changed in a weight",
    /SHA-256/,
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  ],
  [
    "changed in what it says of the run",
    /SHA-256/,
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.indexOf("sinceBest") + 12] = "7".charCodeAt(0);
      writeFileSync(path, bytes);
    },
  ],
  [
    "of another version",
    /another version of basewise \(/,
    (path) => {
      const bytes = readFileSync(path);
      const at = bytes.indexOf("basewise-training-2");
      bytes[at + 18] = "9".charCodeAt(0);
      writeFileSync(path, bytes);
    },
  ],
];

test.each(damages)("a checkpoint %s gives way to the one before it", async (_, reason, damage) => {
  const folder = await folderOf(4, 6);
  damage(fileOf(folder, 6));
  const { checkpoint, unusable } = await loadCheckpoint(folder, "run");
  expect(checkpoint?.step).toBe(4);
  expect(unusable).toHaveLength(1);
  expect(unusable[0]?.en).toMatch(reason);

  damage(fileOf(folder, 4));
  const refused = loadCheckpoint(folder, "run");
  await expect(refused).rejects.toThrow(BadFileError);
  await expect(refused).rejects.toThrow(/None of the checkpoints .* \(2\)/);
});

test("another run's and an older format's are refused, and say what to do", async () => {
  const folder = await folderOf(4);
  await expect(loadCheckpoint(folder, "other")).rejects.toThrow(/another recipe or other data; choose/);
  const older = temporaryFolder({ "checkpoint.json": "{}", "state-4.bin": "x" });
  await expect(loadCheckpoint(older, "run")).rejects.toThrow(/older version of basewise/);
});
