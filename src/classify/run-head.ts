import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { open } from "../model/open.ts";
import { ADAPTER_GGUF } from "../train/results.ts";
import type { HeadEvent } from "./events.ts";
import { drawn, type RowCounts, readLabelled } from "./examples.ts";
import { type HeadEmbedding, keptFeatures, rowsOf } from "./features.ts";
import { type HeadFacts, writeHead } from "./head-file.ts";
import { type LinearHead, type Matrix, outputsOf } from "./linear-fit.ts";
import type { ClassifyReport, RegressReport } from "./measure.ts";
import { type HeadRecipe, isTuned } from "./recipe.ts";
import { type Task, taskOf } from "./task.ts";
import { poolingToTune, tuneHead } from "./tune-head.ts";

/** The share of the rows to learn from that chooses the penalty, the step and the temperature. */
const CHOOSING_SHARE = 0.15;

/** Runs a head recipe in this process; see `trainHead`. */
export async function* runHead(recipe: HeadRecipe, signal?: AbortSignal): AsyncGenerator<HeadEvent> {
  const { learned, measured, rows } = await readLabelled(recipe);
  const task = taskOf(recipe.kind, learned, measured);
  yield { event: "rows", rows, learned: learned.length, measured: measured.length };
  await mkdir(recipe.output, { recursive: true });
  const texts = { learned: learned.map(({ text }) => text), measured: measured.map(({ text }) => text) };
  const [fitted, choosing] = drawn([...learned.keys()], CHOOSING_SHARE, recipe.seed);
  const parts: Parts = { texts, fitted, choosing };
  const alone = yield* headAlone(recipe, task, parts, signal);
  if (!isTuned(recipe)) {
    yield await written(recipe, rows, task, alone);
    return;
  }
  const { pooling } = alone;
  const tuned = yield* tuneHead(recipe, { task, parts, pooling, alone }, signal);
  if (tuned === undefined) return; // stopped
  const adapter = join(recipe.output, ADAPTER_GGUF);
  await using model = await open(recipe.from, { for: "embed", adapter });
  const all = [...choosing.map((place) => texts.learned[place] ?? ""), ...texts.measured];
  const features = yield* featuresTold(recipe, model, all, { pooling, normalize: false, signal });
  const places = [...all.keys()];
  const outputs = (some: readonly number[]): Float64Array =>
    outputsOf(task.restored(tuned.head), rowsOf(features, some));
  const { temperature } = task.chosen(outputs(places.slice(0, choosing.length)), choosing);
  const done: Headed = {
    ...alone,
    identity: model.identity,
    head: tuned.head,
    temperature,
    report: task.report(outputs(places.slice(choosing.length)), temperature),
  };
  yield await written(recipe, rows, task, done, {
    alone: alone.report,
    from: tuned.step,
    files: tuned.files,
  });
}

/** The texts of a recipe, and which of those to learn from are held out to choose by. */
export interface Parts {
  readonly texts: { readonly learned: readonly string[]; readonly measured: readonly string[] };
  readonly fitted: readonly number[];
  readonly choosing: readonly number[];
}

/** A head with how well it does. */
export interface Headed {
  readonly identity: string;
  readonly pooling: HeadEmbedding["pooling"];
  readonly dimensions: number;
  readonly l2: number;
  readonly temperature: number;
  /** As it was fitted: see `Task.restored`. */
  readonly head: LinearHead;
  /** The same, fitted without the rows that are held out to choose by. */
  readonly began: LinearHead;
  readonly report: ClassifyReport | RegressReport;
}

/** The best head on the vectors as they are. */
async function* headAlone(
  recipe: HeadRecipe,
  task: Task,
  { texts, fitted, choosing }: Parts,
  signal: AbortSignal | undefined,
): AsyncGenerator<HeadEvent, Headed> {
  await using model = await open(recipe.from, { for: "embed" });
  const pooling = isTuned(recipe) ? poolingToTune(recipe, model) : recipe.pooling;
  const asked = { pooling, ...(isTuned(recipe) ? { normalize: false } : {}), signal };
  const all = yield* featuresTold(recipe, model, [...texts.learned, ...texts.measured], asked);
  const places = [...Array(all.rows).keys()];
  const features = rowsOf(all, places.slice(0, texts.learned.length));
  const others = rowsOf(all, places.slice(texts.learned.length));
  let best: { readonly l2: number; readonly loss: number; readonly temperature: number } | undefined;
  let began: LinearHead | undefined;
  {
    using fit = task.fit(features, fitted);
    let start: Float64Array | undefined;
    // from the strongest on, each begins where the last one ended
    for (const l2 of recipe.l2.toSorted((one, other) => other - one)) {
      signal?.throwIfAborted();
      const { head, x } = await fit.fit(l2, start);
      start = x;
      const { loss, temperature } = task.chosen(
        outputsOf(task.restored(head), rowsOf(features, choosing)),
        choosing,
      );
      yield { event: "tried", l2, loss };
      if (best !== undefined && loss >= best.loss) break; // weaker ones only fit the rows closer
      best = { l2, loss, temperature };
      began = head;
    }
  }
  const { l2 = 0, temperature = 1 } = best ?? {};
  using fit = task.fit(features, places.slice(0, texts.learned.length));
  const { head } = await fit.fit(l2);
  const report = task.report(outputsOf(task.restored(head), others), temperature);
  const { identity } = model;
  return {
    identity,
    pooling,
    dimensions: features.columns,
    l2,
    temperature,
    head,
    began: began ?? head,
    report,
  };
}

/** Vectors, and how far they are. */
async function* featuresTold(
  { output }: HeadRecipe,
  model: Parameters<typeof keptFeatures>[1],
  texts: readonly string[],
  asked: HeadEmbedding,
): AsyncGenerator<HeadEvent, Matrix> {
  const kept = keptFeatures(output, model, texts, asked);
  for (;;) {
    const { done, value } = await kept.next();
    if (done) return value;
    yield { event: "features", done: value, total: texts.length };
  }
}

/** Writes a head with its report. Throws BadFileError. */
async function written(
  recipe: HeadRecipe,
  rows: RowCounts,
  task: Task,
  { identity, pooling, dimensions, l2, temperature, head, report }: Headed,
  tuned?: {
    readonly alone: ClassifyReport | RegressReport;
    readonly from: number;
    readonly files: readonly string[];
  },
): Promise<HeadEvent> {
  const { kind, name, from, output } = recipe;
  const facts: HeadFacts = {
    kind,
    name,
    from,
    identity,
    ...(pooling === undefined ? {} : { pooling }),
    ...(tuned === undefined ? {} : { adapter: ADAPTER_GGUF }),
    dimensions,
    labels: task.labels,
    temperature,
    l2,
  };
  const files = await writeHead(output, facts, task.restored(head));
  const told = join(output, "report.json");
  const beside = tuned === undefined ? {} : { alone: tuned.alone, step: tuned.from };
  const content = { data: rows, l2, temperature, ...report, ...beside };
  await writeFile(`${told}.part`, `${JSON.stringify(content, undefined, 2)}\n`);
  await rename(`${told}.part`, told);
  return {
    event: "done",
    l2,
    temperature,
    report,
    ...(tuned === undefined ? {} : { alone: tuned.alone, from: tuned.from }),
    files: [...files, told, ...(tuned?.files ?? [])],
  };
}
