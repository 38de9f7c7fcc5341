import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BadFileError } from "../errors.ts";
import type { TrainerState } from "./trainer.ts";

/** What is known of a saved state: which run it belongs to and where that run stood. */
const checkpointSchema = z.strictObject({
  format: z.literal(1),
  /** Steps done. */
  step: z.int().min(0),
  /** Hash of recipe and data: another recipe or other data is another run. */
  run: z.string(),
  /** SHA-256 of the state file. */
  sha256: z.string(),
  /** Floats of each weight, in file order. */
  sizes: z.array(z.int().positive()),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** What makes a run that run; two runs of one fingerprint read the same batches with the same settings. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

/**
 * Saves a state so that a kill at any moment leaves either the old checkpoint or the new one: the state goes to a file
 * of its own, and the small file that names it is replaced last, by a rename.
 */
export async function saveCheckpoint(
  folder: string,
  run: string,
  step: number,
  state: TrainerState,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts = [...state.weights, ...state.first, ...state.second];
  const hash = createHash("sha256");
  const name = `state-${step}.bin`;
  const partial = join(folder, `${name}.part`);
  const file = await open(partial, "w");
  try {
    for (const values of parts) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } catch (cause) {
    await file.close();
    await rm(partial, { force: true });
    throw new BadFileError(
      partial,
      {
        en: `The checkpoint ${name} could not be written; free some space, then run the same command to resume.`,
        zh: `无法写入检查点 ${name}；请腾出空间，再运行同一命令继续。`,
      },
      { cause },
    );
  }
  await file.close();
  await rename(partial, join(folder, name));
  const previous = await readIndex(folder);
  const index: Checkpoint = {
    format: 1,
    step,
    run,
    sha256: hash.digest("hex"),
    sizes: state.weights.map((values) => values.length),
  };
  const indexPart = join(folder, "checkpoint.json.part");
  const indexFile = await open(indexPart, "w");
  await indexFile.writeFile(`${JSON.stringify(index)}\n`);
  await indexFile.sync();
  await indexFile.close();
  await rename(indexPart, join(folder, "checkpoint.json"));
  if (previous !== undefined && previous.step !== step) {
    await rm(join(folder, `state-${previous.step}.bin`), { force: true });
  }
}

/** The saved state of this run, or undefined where there is none. Throws BadFileError for another run's or a damaged one. */
export async function loadCheckpoint(
  folder: string,
  run: string,
): Promise<{ step: number; state: TrainerState } | undefined> {
  const index = await readIndex(folder);
  if (index === undefined) return undefined;
  if (index.run !== run) {
    throw new BadFileError(folder, {
      en: `${folder} holds a checkpoint of another recipe or other data; choose another output folder, or remove this one to start anew.`,
      zh: `${folder} 中的检查点属于另一配方或数据；请更换输出文件夹，或删除它以重新开始。`,
    });
  }
  const path = join(folder, `state-${index.step}.bin`);
  const bytes = await readFile(path);
  const floats = index.sizes.reduce((sum, size) => sum + size, 0);
  const intact =
    bytes.length === 3 * 4 * floats && createHash("sha256").update(bytes).digest("hex") === index.sha256;
  if (!intact) {
    throw new BadFileError(path, {
      en: `The checkpoint ${path} is damaged; remove ${folder} to start the run anew.`,
      zh: `检查点 ${path} 已损坏；请删除 ${folder} 以重新开始。`,
    });
  }
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  let at = 0;
  const take = () =>
    index.sizes.map((size) => {
      at += size;
      return values.subarray(at - size, at);
    });
  return { step: index.step, state: { weights: take(), first: take(), second: take() } };
}

async function readIndex(folder: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, "checkpoint.json"), "utf8");
  } catch {
    return undefined; // no checkpoint yet
  }
  return checkpointSchema.parse(JSON.parse(text));
}
