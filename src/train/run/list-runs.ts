import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { NotFoundError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { EvaluationEvent, StepEvent } from "./events.ts";
import { type Metric, readMetrics } from "./metrics.ts";
import { type RunState, readRecord } from "./record.ts";
import { registeredRuns } from "./registry.ts";

/** What is known of a run from its folder. */
export interface RunSummary {
  /** The folder's own name, by which it is asked for. */
  readonly name: string;
  readonly folder: string;
  /** The name of the model that it makes. */
  readonly model: string;
  readonly kind: string;
  /** The model that it started from. */
  readonly parent?: string;
  readonly state: RunState;
  readonly step: number;
  readonly steps: number;
  /** Mean loss of the last steps, in nats. */
  readonly loss?: number;
  /** The lowest loss on held-out data, in nats. */
  readonly best?: { readonly step: number; readonly loss: number; readonly bitsPerByte: number | null };
  /** Time of all steps. */
  readonly seconds: number;
  /** ISO 8601, of the last start. */
  readonly startedAt: string;
  /** Why it failed. */
  readonly error?: Text;
}

export interface Run {
  readonly summary: RunSummary;
  readonly metrics: readonly Metric[];
}

/** Steps whose losses are averaged to say where a run stands. */
const RECENT = 20;
/** How deep folders are looked through. */
const DEEPEST = 3;

/** The runs in these folders, or all that ran on this machine; the last started first. */
export async function listRuns(folders: readonly string[] = []): Promise<Run[]> {
  const found =
    folders.length === 0
      ? await registeredRuns()
      : (await Promise.all(folders.map((folder) => runFolders(resolve(folder), DEEPEST)))).flat();
  const runs = await Promise.all([...new Set(found)].map(readRun));
  return runs
    .flatMap((run) => run ?? [])
    .toSorted((one, other) => other.summary.startedAt.localeCompare(one.summary.startedAt));
}

/** One run by its name or folder. Throws NotFoundError. */
export async function findRun(name: string): Promise<Run> {
  const run =
    (await readRun(resolve(name))) ??
    (await listRuns()).find(({ summary }) => summary.name === name || summary.model === name);
  if (run !== undefined) return run;
  const shown = printable(name);
  throw new NotFoundError(name, {
    en: `There is no run named ${shown} on this machine; list them with basewise runs, or give its folder.`,
    zh: `本机没有名为 ${shown} 的训练；用 basewise runs 列出，或给出其文件夹。`,
  });
}

async function readRun(folder: string): Promise<Run | undefined> {
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  const metrics = await readMetrics(folder);
  const steps = stepsOf(metrics);
  const recent = steps.slice(-RECENT);
  const best = evaluationsOf(metrics)
    .filter(({ isBest }) => isBest)
    .at(-1);
  const { name: model, kind, parent, state, startedAt, error } = record;
  return {
    summary: {
      ...{ name: basename(folder), folder, model, kind },
      ...(parent === undefined ? {} : { parent }),
      state,
      step: steps.at(-1)?.step ?? 0,
      steps: record.steps,
      ...(recent.length === 0
        ? {}
        : { loss: recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length }),
      ...(best === undefined
        ? {}
        : { best: { step: best.step, loss: best.loss, bitsPerByte: best.bitsPerByte } }),
      seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
      startedAt,
      ...(error === undefined ? {} : { error }),
    },
    metrics,
  };
}

export function stepsOf(metrics: readonly Metric[]): StepEvent[] {
  return metrics.flatMap((metric) => (metric.event === "step" ? [metric] : []));
}

export function evaluationsOf(metrics: readonly Metric[]): EvaluationEvent[] {
  return metrics.flatMap((metric) => (metric.event === "evaluation" ? [metric] : []));
}

async function runFolders(folder: string, depth: number): Promise<string[]> {
  if ((await stat(join(folder, "run.json")).catch(() => undefined))?.isFile()) return [folder];
  if (depth === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inner = entries.filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name));
  return (await Promise.all(inner.map(({ name }) => runFolders(join(folder, name), depth - 1)))).flat();
}
