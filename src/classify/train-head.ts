import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BadInputError } from "../errors.ts";
import { open } from "../model/open.ts";
import { printable } from "../printable.ts";
import { drawn, type Labelled, type RowCounts, readLabelled } from "./examples.ts";
import { keptFeatures, rowsOf } from "./features.ts";
import { type HeadFacts, writeHead } from "./head-file.ts";
import { LinearFit, type LinearHead, type Matrix, outputsOf } from "./linear-fit.ts";
import {
  type ClassifyReport,
  classifyReport,
  logLoss,
  type RegressReport,
  regressReport,
  temperatureFor,
} from "./measure.ts";
import type { HeadRecipe } from "./recipe.ts";

/** What training a head tells while it goes on. */
export type HeadEvent =
  | { readonly event: "rows"; readonly rows: RowCounts; readonly learned: number; readonly measured: number }
  | { readonly event: "features"; readonly done: number; readonly total: number }
  /** A penalty was tried: the loss on rows that were held out to choose it. */
  | { readonly event: "tried"; readonly l2: number; readonly loss: number }
  | {
      readonly event: "done";
      readonly l2: number;
      readonly temperature: number;
      readonly report: ClassifyReport | RegressReport;
      readonly files: readonly string[];
    };

/** The share of the rows to learn from that chooses the penalty and the temperature. */
const CHOOSING_SHARE = 0.15;

/**
 * Trains a head on the vectors of a model whose weights stay as they are: `head.safetensors`, `head.json` and
 * `report.json` in the recipe's output folder. Vectors are computed once and kept there. Throws what is wrong with
 * recipe and data, what `open` throws, and the signal's reason.
 */
export async function* trainHead(
  recipe: HeadRecipe,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<HeadEvent> {
  const { learned, measured, rows } = await readLabelled(recipe);
  const task =
    recipe.kind === "classify" ? new LabelTask(learned, measured) : new NumberTask(learned, measured);
  yield { event: "rows", rows, learned: learned.length, measured: measured.length };
  await mkdir(recipe.output, { recursive: true });
  await using model = await open(recipe.from, { for: "embed" });
  const total = learned.length + measured.length;
  const texts = [...learned, ...measured].map(({ text }) => text);
  const kept = keptFeatures(recipe.output, model, texts, { pooling: recipe.pooling, signal });
  let part = await kept.next();
  for (; !part.done; part = await kept.next()) yield { event: "features", done: part.value, total };
  const places = Array.from({ length: total }, (_, place) => place);
  const features = rowsOf(part.value, places.slice(0, learned.length));
  const others = rowsOf(part.value, places.slice(learned.length));

  const [fitted, choosing] = drawn(places.slice(0, learned.length), CHOOSING_SHARE, recipe.seed);
  let best: { readonly l2: number; readonly loss: number; readonly temperature: number } | undefined;
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
    }
  }
  const { l2 = 0, temperature = 1 } = best ?? {};
  using fit = task.fit(features, places.slice(0, learned.length));
  const head = task.restored((await fit.fit(l2)).head);
  const report = task.report(outputsOf(head, others), temperature);
  const facts: HeadFacts = {
    kind: recipe.kind,
    name: recipe.name,
    from: recipe.from,
    identity: model.identity,
    ...(recipe.pooling === undefined ? {} : { pooling: recipe.pooling }),
    dimensions: features.columns,
    labels: task.labels,
    temperature,
    l2,
  };
  const files = await writeHead(recipe.output, facts, head);
  const told = join(recipe.output, "report.json");
  await writeFile(
    `${told}.part`,
    `${JSON.stringify({ data: rows, l2, temperature, ...report }, undefined, 2)}\n`,
  );
  await rename(`${told}.part`, told);
  yield { event: "done", l2, temperature, report, files: [...files, told] };
}

/** What kinds of heads differ in. */
interface Task {
  readonly labels: string[];
  fit(features: Matrix, places: readonly number[]): LinearFit;
  /** The fitted layer with what it was fitted to put back into its units. */
  restored(head: LinearHead): LinearHead;
  /** How well it does on rows that are held out to choose by. */
  chosen(
    outputs: Float64Array,
    places: readonly number[],
  ): { readonly loss: number; readonly temperature: number };
  report(outputs: Float64Array, temperature: number): ClassifyReport | RegressReport;
}

class LabelTask implements Task {
  readonly labels: string[];
  readonly #learned: Int32Array;
  readonly #measured: Int32Array;

  constructor(learned: readonly Labelled[], measured: readonly Labelled[]) {
    this.labels = [...new Set(learned.map(({ label }) => label))].sort();
    if (this.labels.length < 2) throw oneLabel(this.labels[0] ?? "");
    const places = new Map(this.labels.map((label, i) => [label, i]));
    const placeOf = ({ label }: Labelled): number => {
      const place = places.get(label);
      if (place === undefined) throw unlearnedLabel(label);
      return place;
    };
    this.#learned = Int32Array.from(learned, placeOf);
    this.#measured = Int32Array.from(measured, placeOf);
  }

  fit(features: Matrix, places: readonly number[]): LinearFit {
    const targets = this.#of(places);
    return new LinearFit(rowsOf(features, places), { kind: "label", labels: this.labels.length, targets });
  }

  restored(head: LinearHead): LinearHead {
    return head;
  }

  chosen(outputs: Float64Array, places: readonly number[]) {
    const [targets, count] = [this.#of(places), this.labels.length];
    const temperature = temperatureFor(outputs, targets, count);
    return { loss: logLoss(outputs, targets, count, temperature), temperature };
  }

  report(outputs: Float64Array, temperature: number): ClassifyReport {
    return classifyReport(outputs, this.#measured, this.labels, temperature);
  }

  #of(places: readonly number[]): Int32Array {
    return Int32Array.from(places, (place) => this.#learned[place] ?? 0);
  }
}

/** Numbers are learned in units of their deviation from their mean, so that penalties mean the same for all. */
class NumberTask implements Task {
  readonly labels: string[] = [];
  readonly #learned: Float32Array;
  readonly #measured: Float32Array;
  readonly #mean: number;
  readonly #scale: number;

  constructor(learned: readonly Labelled[], measured: readonly Labelled[]) {
    this.#learned = Float32Array.from(learned, ({ label }) => Number(label));
    this.#measured = Float32Array.from(measured, ({ label }) => Number(label));
    this.#mean = this.#learned.reduce((sum, value) => sum + value, 0) / learned.length;
    const variance =
      this.#learned.reduce((sum, value) => sum + (value - this.#mean) ** 2, 0) / learned.length;
    this.#scale = Math.sqrt(variance) || 1;
  }

  fit(features: Matrix, places: readonly number[]): LinearFit {
    const targets = Float32Array.from(
      places,
      (place) => ((this.#learned[place] ?? 0) - this.#mean) / this.#scale,
    );
    return new LinearFit(rowsOf(features, places), { kind: "number", targets });
  }

  restored({ weights, biases }: LinearHead): LinearHead {
    return {
      weights: weights.map((weight) => weight * this.#scale),
      biases: biases.map((bias) => bias * this.#scale + this.#mean),
    };
  }

  chosen(outputs: Float64Array, places: readonly number[]) {
    const targets = Float32Array.from(places, (place) => this.#learned[place] ?? 0);
    return { loss: regressReport(outputs, targets).rmse, temperature: 1 };
  }

  report(outputs: Float64Array): RegressReport {
    return regressReport(outputs, this.#measured);
  }
}

function oneLabel(label: string): BadInputError {
  const shown = printable(label);
  return new BadInputError({
    en: `All rows have the label "${shown}"; a classifier needs at least two labels.`,
    zh: `所有行的标签都是“${shown}”；分类至少需要两个标签。`,
  });
}

function unlearnedLabel(label: string): BadInputError {
  const shown = printable(label);
  return new BadInputError({
    en: `The label "${shown}" is to be measured, but no row to learn from has it; add rows with it, or leave it out.`,
    zh: `评估数据中有标签“${shown}”，但训练数据中没有；请增加该标签的数据，或从评估中去掉。`,
  });
}
