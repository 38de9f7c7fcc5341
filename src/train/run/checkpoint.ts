import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BadFileError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Reading } from "../reading.ts";
import type { TrainerState } from "../trainer.ts";
import { openState, writeState } from "./state-file.ts";

/** Where a run stands beside its weights. */
const progressSchema = z.strictObject({
  /** The evaluation with the lowest loss so far. */
  best: z.strictObject({ step: z.int(), loss: z.number() }).optional(),
  /** Evaluations since. */
  sinceBest: z.int().min(0),
});
export type Progress = z.infer<typeof progressSchema>;

export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly state: TrainerState;
  readonly progress: Progress;
}

const GROUPS = ["weights", "first", "second"] as const;
const NAME = /^step-(\d{8})\.safetensors$/;
const nameOf = (step: number): string => `step-${String(step).padStart(8, "0")}.safetensors`;

/**
 * Saves a state in a file of its own, so that a kill at any moment leaves the older checkpoints and perhaps the new one,
 * whole; then removes all but the newest `keep`.
 */
export async function saveCheckpoint(
  folder: string,
  run: string,
  { step, state, progress }: Checkpoint,
  keep: number,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = GROUPS.flatMap((group) =>
    state[group].map((reading, i) => ({ name: `${group}.${i}`, ...reading })),
  );
  await writeState(join(folder, nameOf(step)), { step, run, progress: JSON.stringify(progress) }, tensors);
  for (const old of (await stepsIn(folder)).slice(keep)) await rm(join(folder, nameOf(old)), { force: true });
}

/**
 * The newest whole checkpoint of this run, and why newer ones cannot be used; nothing where there is none yet. Throws
 * BadFileError where the checkpoints are another run's, or there are some and none is usable.
 */
export async function loadCheckpoint(
  folder: string,
  run: string,
): Promise<{ readonly checkpoint?: Checkpoint; readonly unusable: readonly Text[] }> {
  const unusable: Text[] = [];
  for (const step of await stepsIn(folder)) {
    const path = join(folder, nameOf(step));
    try {
      const { metadata, tensors } = await openState(path);
      if (metadata.run !== run) throw anotherRun(folder);
      const group = (name: (typeof GROUPS)[number]): Reading[] =>
        [...tensors].filter(([key]) => key.startsWith(`${name}.`)).map(([, reading]) => reading);
      const state = { weights: group("weights"), first: group("first"), second: group("second") };
      const progress = progressSchema.parse(JSON.parse(metadata.progress ?? ""));
      return { checkpoint: { step, state, progress }, unusable };
    } catch (error) {
      if (!(error instanceof BadFileError) || error.path === folder) throw error;
      unusable.push(error.text);
    }
  }
  const [newest] = unusable;
  if (newest !== undefined) throw noneUsable(folder, unusable.length, newest);
  if ((await namesIn(folder)).includes("checkpoint.json")) throw olderFormat(folder);
  return { unusable };
}

/** Steps of the checkpoints, the newest first. */
async function stepsIn(folder: string): Promise<number[]> {
  return (await namesIn(folder))
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => other - one);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []); // no checkpoint yet
}

function anotherRun(folder: string): BadFileError {
  const shown = printable(folder, 300);
  return new BadFileError(folder, {
    en: `${shown} holds a checkpoint of another recipe or other data; choose another output folder, or remove this one to start anew.`,
    zh: `${shown} 中的检查点属于另一配方或数据；请更换输出文件夹，或删除它以重新开始。`,
  });
}

function noneUsable(folder: string, count: number, newest: Text): BadFileError {
  const shown = printable(folder, 300);
  return new BadFileError(folder, {
    en: `None of the checkpoints in ${shown} can be used (${count}); of the newest: ${newest.en} Remove the folder to start the run anew.`,
    zh: `${shown} 中的检查点都无法使用（共 ${count} 个）；最新的一个：${newest.zh}删除该文件夹即可重新开始。`,
  });
}

function olderFormat(folder: string): BadFileError {
  const shown = printable(folder, 300);
  return new BadFileError(folder, {
    en: `${shown} holds a checkpoint of an older version of basewise, which this one cannot read; finish the run with that version, or remove the folder to start anew.`,
    zh: `${shown} 中的检查点由旧版 basewise 写成，本版本无法读取；请用旧版完成训练，或删除该文件夹重新开始。`,
  });
}
