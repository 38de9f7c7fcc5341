import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BadFileError, BadInputError } from "../errors.ts";
import { writeFolder } from "../export/folder.ts";
import { writePeft } from "../export/peft.ts";
import type { FloatType } from "../native/rows.ts";
import { printable } from "../printable.ts";
import type { Job } from "../train/job.ts";
import type { Parent } from "../train/parent.ts";
import type { Recipe } from "../train/recipe.ts";
import { learningRateAt } from "../train/schedule.ts";
import { accelerateConfig, dealtBatch, launchScript, type Machines, slurmScript } from "./machines.ts";
import { PROGRAM, programFile, REQUIREMENTS } from "./python.ts";
import { writeRows } from "./rows.ts";

/** A recipe that TRL takes. */
export type TrlRecipe = Extract<Recipe, { kind: "adapt" | "sft" | "dpo" }>;

/** The folder of the plan, in that of the run. */
export const PLAN_FOLDER = "trl";
const PLAN = "plan.json";
const ROWS = "rows.safetensors";

/** Files that start the program, by what starts it. */
export const LAUNCH_FILES = ["accelerate.yaml", "launch.sh", "launch.slurm"] as const;

/** What the program reads; `python/train.py` is its other side. */
interface Plan {
  readonly fingerprint: string;
  readonly adapter: boolean;
  readonly rows: string;
  readonly heldOut: readonly {
    readonly path: string;
    readonly rows: string;
    readonly pairs: string | null;
  }[];
  /** How answers are compared, where preferences are learned. */
  readonly comparison: Job["comparison"] | null;
  readonly steps: number;
  /** Learning rates, one a step. */
  readonly rates: readonly number[];
  readonly batch: { readonly devices: number; readonly rowsPerDevice: number; readonly accumulate: number };
  readonly optimizer: Recipe["optimizer"];
  readonly precision: Recipe["precision"];
  readonly checkpointing: boolean;
  readonly threads: number;
  readonly seed: number;
  readonly checkpointEvery: number;
  readonly keep: number;
  readonly evaluateEvery: number;
  readonly patience: number | null;
}

/** Throws BadInputError for a recipe of a kind that TRL is not given. */
export function requireTrlRecipe(recipe: Recipe): TrlRecipe {
  if (recipe.kind !== "pretrain") return recipe;
  throw new BadInputError({
    en: `TRL is given recipes of the kinds adapt, sft and dpo, and this one is ${recipe.kind}; train it without --engine trl.`,
    zh: `TRL 引擎支持 adapt、sft 和 dpo 配方，而此配方为 ${recipe.kind}；请不带 --engine trl 训练。`,
  });
}

/**
 * Writes what TRL trains from into a folder: the model for transformers, a new adapter for PEFT, the rows of all steps
 * with their masks, the program, and the files that start it. What an earlier start of the same run wrote there stays.
 * Throws BadFileError where the folder is another run's, and what writing throws.
 */
export async function writePlan(
  folder: string,
  recipe: TrlRecipe,
  job: Job,
  parent: Parent,
  machines: Machines,
): Promise<void> {
  const { fingerprint } = job;
  const before = await plannedIn(folder);
  if (before !== undefined && before !== fingerprint) throw anotherRun(folder);
  await mkdir(folder, { recursive: true });
  const adapter = job.frozen?.adapter;
  if (before === undefined) {
    const model = {
      header: parent.header,
      config: job.config,
      valuesOf: (tensor: string) => parent.stored.get(tensor)?.floats(),
    };
    await writeFolder(join(folder, "model"), model, typeFor(recipe, parent));
    if (adapter !== undefined) {
      const trained = {
        adapter,
        record: { name: recipe.name, license: recipe.license, languages: recipe.languages, parent },
        parentPath: parent.path,
        learned: job.weights(),
      };
      await writePeft(join(folder, "adapter"), job.config, trained, "../model");
    }
    await writeRows(
      join(folder, ROWS),
      () => stepsOf(recipe, job),
      job.comparison === undefined ? "mean" : "pairs",
    );
  }
  const heldOut = [];
  for (const [i, { path, rows, pairs }] of (job.heldOut?.sources ?? []).entries()) {
    const [name, ofPairs] = [`held-out-${i}.safetensors`, `held-out-${i}-pairs.safetensors`];
    await writeRows(join(folder, name), () => [rows], "sum");
    if (pairs !== undefined) await writeRows(join(folder, ofPairs), () => [pairs], "separate pairs");
    heldOut.push({ path, rows: name, pairs: pairs === undefined ? null : ofPairs });
  }
  const { processes, rows, accumulate } = dealtBatch(recipe, machines);
  const { optimizer, steps, evaluation, precision, checkpointing, threads, seed, checkpointEvery, keep } =
    recipe;
  const plan: Plan = {
    fingerprint,
    adapter: adapter !== undefined,
    rows: ROWS,
    heldOut,
    comparison: job.comparison ?? null,
    steps,
    rates: Array.from({ length: steps }, (_, step) => learningRateAt(optimizer, step, steps)),
    batch: { devices: processes, rowsPerDevice: rows, accumulate },
    optimizer,
    precision,
    checkpointing,
    threads,
    seed,
    checkpointEvery,
    keep,
    evaluateEvery: evaluation?.every ?? steps,
    patience: evaluation?.patience ?? null,
  };
  for (const name of [PROGRAM, REQUIREMENTS] as const) await copyFile(programFile(name), join(folder, name));
  const [config, script, slurm] = LAUNCH_FILES;
  await writeFile(join(folder, config), accelerateConfig(recipe, machines));
  await writeFile(join(folder, script), launchScript(machines), { mode: 0o755 });
  await writeFile(join(folder, slurm), slurmScript(machines), { mode: 0o755 });
  await rm(join(folder, "stop"), { force: true });
  await writeFile(join(folder, PLAN), JSON.stringify(plan)); // last, since it says that all is there
}

/** The rows of every step, in their order. */
function* stepsOf({ steps }: Recipe, { batches }: Job) {
  for (let step = 0; step < steps; step++) yield batches.at(step);
}

/**
 * What the model's matrices are kept as: frozen ones as they are multiplied, learned ones exactly.
 */
function typeFor({ adapter, precision }: TrlRecipe, { stored }: Parent): FloatType {
  if (adapter !== undefined && precision === "bf16") return "bf16";
  const matrices = [...stored.values()].filter(({ sizes }) => sizes.length > 1);
  return matrices.every(({ type }) => type === "bf16") ? "bf16" : "f32";
}

const plannedSchema = z.object({ fingerprint: z.string() });

/** The run that a folder was planned for, where all of its plan is there. */
async function plannedIn(folder: string): Promise<string | undefined> {
  const path = join(folder, PLAN);
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  try {
    return plannedSchema.parse(JSON.parse(await readFile(path, "utf8"))).fingerprint;
  } catch {
    throw anotherRun(folder);
  }
}

function anotherRun(folder: string): BadFileError {
  const shown = printable(folder, 300);
  return new BadFileError(folder, {
    en: `${shown} was planned for another run: the recipe, its data or its parent have changed; choose another output folder, or remove this one.`,
    zh: `${shown} 属于另一次训练：配方、数据或父模型已改变；请更换 output 文件夹，或删除该文件夹。`,
  });
}
