import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Labelled } from "./examples.ts";
import { rowsOf } from "./features.ts";
import { LinearFit, type LinearHead, type Matrix } from "./linear-fit.ts";
import {
  type ClassifyReport,
  classifyReport,
  logLoss,
  type RegressReport,
  regressReport,
  temperatureFor,
} from "./measure.ts";
import type { HeadRecipe } from "./recipe.ts";

/** What kinds of heads differ in. */
export interface Task {
  readonly kind: HeadRecipe["kind"];
  readonly labels: string[];
  fit(features: Matrix, places: readonly number[]): LinearFit;
  /** What the head should say of each row to learn from: the place of a label, or a number as it is fitted to. */
  wanted(place: number): number;
  /** The fitted layer with what it was fitted to put back into its units. */
  restored(head: LinearHead): LinearHead;
  /** How well it does on rows that are held out to choose by. */
  chosen(
    outputs: Float64Array,
    places: readonly number[],
  ): { readonly loss: number; readonly temperature: number };
  report(outputs: Float64Array, temperature: number): ClassifyReport | RegressReport;
}

/** What a recipe asks for. Throws BadInputError for labels that make no classifier. */
export function taskOf(
  kind: HeadRecipe["kind"],
  learned: readonly Labelled[],
  measured: readonly Labelled[],
): Task {
  return kind === "classify" ? new LabelTask(learned, measured) : new NumberTask(learned, measured);
}

class LabelTask implements Task {
  readonly kind = "classify";
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

  wanted(place: number): number {
    return this.#learned[place] ?? 0;
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
  readonly kind = "regress";
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
    const targets = Float32Array.from(places, (place) => this.wanted(place));
    return new LinearFit(rowsOf(features, places), { kind: "number", targets });
  }

  wanted(place: number): number {
    return ((this.#learned[place] ?? 0) - this.#mean) / this.#scale;
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
