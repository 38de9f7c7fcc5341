import { readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { BasewiseError } from "../../errors.ts";
import { packageVersion } from "../../version.ts";
import { RunBusyError } from "./errors.ts";
import { registerRun } from "./registry.ts";

export const RUN_STATES = ["running", "finished", "interrupted", "failed"] as const;
export type RunState = (typeof RUN_STATES)[number];

const recordSchema = z.object({
  format: z.literal(1),
  basewise: z.string(),
  name: z.string(),
  kind: z.string(),
  /** The model that it started from. */
  parent: z.string().optional(),
  steps: z.int(),
  state: z.enum(RUN_STATES),
  /** Why it failed. */
  error: z.object({ en: z.string(), zh: z.string() }).optional(),
  /** ISO 8601, of the last start. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
  /** The process that runs it, and the ticks at which that began, since numbers are given again. */
  pid: z.int(),
  pidStart: z.string().optional(),
  recipe: z.unknown(),
});
export type RunFacts = z.infer<typeof recordSchema>;

const FILE = "run.json";

/** What is noted of a recipe. */
export type Recorded = Pick<RunFacts, "name" | "kind" | "steps"> & {
  readonly output: string;
  readonly from?: string;
};

/** `run.json` in the folder of a run: what it is, and how it stands. */
export class RunRecord {
  readonly #output: string;
  #facts: RunFacts;

  private constructor(output: string, facts: RunFacts) {
    this.#output = output;
    this.#facts = facts;
  }

  /** Notes that this process runs it. Throws RunBusyError where another one does. */
  static async begin(recipe: Recorded): Promise<RunRecord> {
    const output = resolve(recipe.output);
    const before = await readRecord(output);
    if (before?.state === "running") throw new RunBusyError(recipe.output, before.pid);
    const pidStart = startOf(process.pid);
    const record = new RunRecord(output, {
      format: 1,
      basewise: packageVersion(),
      name: recipe.name,
      kind: recipe.kind,
      ...(recipe.from === undefined ? {} : { parent: recipe.from }),
      steps: recipe.steps,
      state: "running",
      startedAt: new Date().toISOString(),
      pid: process.pid,
      ...(pidStart === undefined ? {} : { pidStart }),
      recipe,
    });
    await record.#write();
    await registerRun(output);
    return record;
  }

  /** Notes how it ended, the first time that it is told. */
  async end(state: Exclude<RunState, "running">, error?: unknown): Promise<void> {
    if (this.#facts.state !== "running") return;
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    const told = error instanceof BasewiseError ? error.text : { en: message, zh: message };
    this.#facts = {
      ...this.#facts,
      state,
      endedAt: new Date().toISOString(),
      ...(error === undefined ? {} : { error: told }),
    };
    await this.#write();
  }

  async #write(): Promise<void> {
    const path = join(this.#output, FILE);
    await writeFile(`${path}.part`, `${JSON.stringify(this.#facts, undefined, 2)}\n`);
    await rename(`${path}.part`, path);
  }
}

/** What the folder's record says; a run whose process is gone was interrupted. Nothing where there is none. */
export async function readRecord(folder: string): Promise<RunFacts | undefined> {
  let facts: RunFacts;
  try {
    facts = recordSchema.parse(JSON.parse(await readFile(join(folder, FILE), "utf8")));
  } catch {
    return undefined;
  }
  return facts.state === "running" && !isAlive(facts) ? { ...facts, state: "interrupted" } : facts;
}

function isAlive({ pid, pidStart }: RunFacts): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return pidStart === undefined || startOf(pid) === pidStart;
}

/** When a process began, where the system tells (Linux, proc(5): field 22 of stat). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
