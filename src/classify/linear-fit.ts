import { Device } from "../native/ggml/device.ts";
import { Graph } from "../native/ggml/graph.ts";
import { Store } from "../native/ggml/store.ts";
import type { Tensor } from "../native/ggml/tensor.ts";
import { readFloats, writeTensor } from "../native/ggml/values.ts";
import { headLoss } from "../train/tensor/head-loss.ts";
import { linear } from "../train/tensor/operations.ts";
import { Tape } from "../train/tensor/tape.ts";
import { type Evaluated, minimise } from "./lbfgs.ts";

/** Rows of numbers, one behind the other. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** A linear layer: one row of weights and one bias for each output. */
export interface LinearHead {
  /** [outputs × inputs] */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** Beyond these, the loss on other rows hardly moves. */
const MOST_STEPS = 200;
const TOLERANCE = 1e-3;

/** What a head is to give for each row: one of so many labels, or a number. */
export type Goal =
  | { readonly kind: "label"; readonly labels: number; readonly targets: Int32Array }
  | { readonly kind: "number"; readonly targets: Float32Array };

/**
 * Fits a linear layer by its mean loss (multinomial logistic: cross-entropy in nats; regression: half the squared
 * error) plus l2/2 for each squared weight, biases left out. Features are standardised for the fit; the result reads
 * them as they are. Products are computed in f32 by ggml.
 */
export class LinearFit implements Disposable {
  readonly #features: Matrix;
  readonly #standards: { readonly means: Float64Array; readonly scales: Float64Array };
  readonly #outputs: number;
  readonly #device: Device;
  readonly #store: Store;
  readonly #graph: Graph;
  readonly #weights: Tensor;
  readonly #loss: Tensor;
  readonly #gradient: Tensor;

  constructor(features: Matrix, goal: Goal, threads = 1) {
    this.#features = features;
    this.#standards = standardsOf(features);
    const { rows, columns } = features;
    const inputs = columns + 1; // a constant 1 stands for the bias
    this.#outputs = goal.kind === "label" ? goal.labels : 1;
    this.#device = new Device(threads);
    this.#store = new Store(5);
    this.#weights = this.#store.parameter(inputs, this.#outputs);
    const x = this.#store.tensor("f32", inputs, rows);
    this.#graph = new Graph(60);
    const tape = new Tape(this.#graph, "f32");
    const ready =
      goal.kind === "label"
        ? this.#declareLabels(tape, x, goal, rows)
        : this.#declareNumbers(tape, x, goal.targets, rows);
    this.#loss = ready.loss;
    this.#gradient = ready.gradient;
    for (const result of [this.#loss, this.#gradient]) {
      this.#graph.output(result);
      this.#graph.expand(result);
    }
    this.#store.allocate(this.#device);
    this.#graph.plan(this.#device);
    writeTensor(x, this.#standardised());
    ready.write();
  }

  #declareLabels(tape: Tape, x: Tensor, { labels, targets }: Goal & { kind: "label" }, rows: number) {
    const places = Int32Array.from(targets, (target, row) => row * labels + target);
    const inputs = {
      places: this.#store.tensor("i32", rows),
      places64: this.#store.tensor("i64", rows),
      shares: this.#store.tensor("f32", 1, rows),
    };
    const loss = tape.record(headLoss(this.#graph, tape.operands, this.#weights, x, inputs));
    return {
      loss,
      gradient: gradientOf(tape, this.#weights),
      write: () => {
        writeTensor(inputs.places, places);
        writeTensor(inputs.places64, BigInt64Array.from(places, BigInt));
        writeTensor(inputs.shares, new Float32Array(rows).fill(1 / rows));
      },
    };
  }

  #declareNumbers(tape: Tape, x: Tensor, targets: Float32Array, rows: number) {
    const graph = this.#graph;
    const minus = this.#store.tensor("f32", 1, rows);
    const said = tape.record(linear(graph, tape.operands, this.#weights, x));
    const apart = graph.add(said, minus);
    const seed = graph.scale(apart, 1 / rows);
    return {
      loss: graph.scale(graph.sum(graph.sqr(apart)), 0.5 / rows),
      gradient: gradientOf(tape, this.#weights, seed),
      write: () =>
        writeTensor(
          minus,
          targets.map((target) => -target),
        ),
    };
  }

  /** The best layer for a penalty, from a start or from zero. */
  async fit(
    l2: number,
    start?: Float64Array,
  ): Promise<{ readonly head: LinearHead; readonly x: Float64Array }> {
    const inputs = this.#features.columns + 1;
    const from = start ?? new Float64Array(inputs * this.#outputs);
    const { x } = await minimise((at) => this.#evaluate(at, l2), from, {
      mostSteps: MOST_STEPS,
      tolerance: TOLERANCE,
    });
    return { head: this.#unstandardised(x), x };
  }

  async #evaluate(x: Float64Array, l2: number): Promise<Evaluated> {
    const inputs = this.#features.columns + 1;
    writeTensor(this.#weights, Float32Array.from(x));
    await this.#graph.compute();
    const gradient = Float64Array.from(readFloats(this.#gradient));
    let value = readFloats(this.#loss)[0] ?? Number.NaN;
    for (let i = 0; i < x.length; i++) {
      if (i % inputs === inputs - 1) continue; // a bias
      const weight = x[i] ?? 0;
      value += (l2 / 2) * weight * weight;
      gradient[i] = (gradient[i] ?? 0) + l2 * weight;
    }
    return { value, gradient };
  }

  #standardised(): Float32Array {
    const { values, rows, columns } = this.#features;
    const { means, scales } = this.#standards;
    const out = new Float32Array(rows * (columns + 1));
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++) {
        out[row * (columns + 1) + i] =
          ((values[row * columns + i] ?? 0) - (means[i] ?? 0)) * (scales[i] ?? 0);
      }
      out[row * (columns + 1) + columns] = 1;
    }
    return out;
  }

  #unstandardised(x: Float64Array): LinearHead {
    const { columns } = this.#features;
    const { means, scales } = this.#standards;
    const weights = new Float32Array(columns * this.#outputs);
    const biases = new Float32Array(this.#outputs);
    for (let output = 0; output < this.#outputs; output++) {
      let bias = x[output * (columns + 1) + columns] ?? 0;
      for (let i = 0; i < columns; i++) {
        const weight = (x[output * (columns + 1) + i] ?? 0) * (scales[i] ?? 0);
        weights[output * columns + i] = weight;
        bias -= weight * (means[i] ?? 0);
      }
      biases[output] = bias;
    }
    return { weights, biases };
  }

  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]();
    this.#store[Symbol.dispose]();
    this.#device[Symbol.dispose]();
  }
}

function gradientOf(tape: Tape, weights: Tensor, seed?: Tensor): Tensor {
  const gradient = tape.gradients([weights], { seed }).get(weights);
  if (gradient === undefined) throw new RangeError("the loss does not depend on the weights");
  return gradient;
}

function standardsOf({ values, rows, columns }: Matrix) {
  const means = new Float64Array(columns);
  const scales = new Float64Array(columns);
  for (let i = 0; i < columns; i++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += values[row * columns + i] ?? 0;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += ((values[row * columns + i] ?? 0) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    means[i] = mean;
    scales[i] = deviation > 1e-12 ? 1 / deviation : 0; // a constant feature tells nothing
  }
  return { means, scales };
}

/** What a layer gives for rows: [rows × outputs]. */
export function outputsOf({ weights, biases }: LinearHead, { values, rows, columns }: Matrix): Float64Array {
  const out = new Float64Array(rows * biases.length);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < biases.length; output++) {
      let sum = biases[output] ?? 0;
      for (let i = 0; i < columns; i++) {
        sum += (weights[output * columns + i] ?? 0) * (values[row * columns + i] ?? 0);
      }
      out[row * biases.length + output] = sum;
    }
  }
  return out;
}
