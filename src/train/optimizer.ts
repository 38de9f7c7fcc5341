import type { Graph } from "../native/ggml/graph.ts";
import type { Store } from "../native/ggml/store.ts";
import type { Tensor } from "../native/ggml/tensor.ts";
import { writeTensor } from "../native/ggml/values.ts";
import { learningRateAt, type Schedule } from "./schedule.ts";

/** AdamW (Loshchilov & Hutter 2019) with a schedule of its learning rate, and clipping by the global norm. */
export interface OptimizerSettings extends Schedule {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled decay of matrices, per step and learning rate; vectors (norms) do not decay. */
  readonly weightDecay: number;
  /** The greatest global norm of the gradient. */
  readonly clipNorm: number;
}

/** A weight and its two moments. */
export interface Trained {
  readonly weights: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** The optimiser's part of the training graph and its memory. */
export class Optimizer {
  readonly #settings: OptimizerSettings;
  readonly #decaying: Tensor;
  readonly #steady: Tensor;
  readonly #clipNorm: Tensor;
  readonly trained: readonly Trained[];

  /** Declares its memory in the store, which is allocated afterwards. */
  constructor(store: Store, weights: Iterable<Tensor>, settings: OptimizerSettings) {
    this.#settings = settings;
    this.trained = [...weights].map((tensor) => ({
      weights: tensor,
      first: store.tensor("f32", ...tensor.shape),
      second: store.tensor("f32", ...tensor.shape),
    }));
    this.#decaying = store.tensor("f32", 7);
    this.#steady = store.tensor("f32", 7);
    this.#clipNorm = store.tensor("f32", 1);
  }

  /** How many tensors the optimiser declares for so many weights. */
  static tensorCount(weights: number): number {
    return 2 * weights + 3;
  }

  /** Appends the clipped update of every weight to the graph; returns the global norm of the gradient before clipping. */
  expand(graph: Graph, gradients: ReadonlyMap<Tensor, Tensor>): Tensor {
    const updates = this.trained.flatMap((trained) => {
      const grad = gradients.get(trained.weights);
      return grad === undefined ? [] : [{ ...trained, grad }];
    });
    const squares = updates.map(({ grad }) => graph.sum(graph.sqr(grad)));
    const norm = graph.sqrt(squares.reduce((sum, square) => graph.add(sum, square)));
    graph.output(norm);
    const atLeastClip = graph.clamp(graph.scale(norm, 1), this.#settings.clipNorm, Number.MAX_VALUE);
    const shrink = graph.div(this.#clipNorm, atLeastClip);
    for (const { weights, first, second, grad } of updates) {
      const row = graph.repeat(shrink, first.shape[1] === 1 ? first : graph.firstRow(first));
      const isVector = weights.shape[1] === 1;
      const settings = isVector ? this.#steady : this.#decaying;
      graph.expand(graph.adamw(weights, graph.mul(grad, row), first, second, settings));
    }
    return norm;
  }

  /** Writes what a step (counted from 0) runs with, and returns its learning rate. */
  prepare(step: number, steps: number): number {
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.#settings;
    const rate = learningRateAt(this.#settings, step, steps);
    const settings = (decay: number) =>
      new Float32Array([
        rate,
        beta1,
        beta2,
        epsilon,
        decay,
        1 / (1 - beta1 ** (step + 1)),
        1 / (1 - beta2 ** (step + 1)),
      ]);
    writeTensor(this.#decaying, settings(weightDecay));
    writeTensor(this.#steady, settings(0));
    writeTensor(this.#clipNorm, new Float32Array([clipNorm]));
    return rate;
  }
}
