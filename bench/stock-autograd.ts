import { newArena } from "../src/native/ggml/arena.ts";
import { ggml } from "../src/native/ggml/bindings.ts";
import { Device, handleOf } from "../src/native/ggml/device.ts";
import { Graph } from "../src/native/ggml/graph.ts";
import { Store } from "../src/native/ggml/store.ts";
import { pointerOf, type Tensor } from "../src/native/ggml/tensor.ts";
import { writeTensor } from "../src/native/ggml/values.ts";
import { Handle, type Pointer } from "../src/native/handle.ts";
import { boundOnce } from "../src/native/library.ts";
import type { ModelConfig } from "../src/train/arch/config.ts";
import { type Inputs, logits } from "../src/train/arch/graph.ts";
import { declareWeights, type Weights, weightSpecs } from "../src/train/arch/weights.ts";
import { BatchLayout, type BatchShape, placesOf, type Row } from "../src/train/batch.ts";
import type { OptimizerSettings } from "../src/train/optimizer.ts";
import { learningRateAt } from "../src/train/schedule.ts";
import type { Operands } from "../src/train/tensor/operations.ts";
import { Tape } from "../src/train/tensor/tape.ts";
import type { TrainerOptions } from "../src/train/trainer.ts";

/**
 * The peer that `bench/train.ts` measures against: our own forward graph, handed to ggml's own autograd, loss and
 * optimiser, put together the way ggml-opt.cpp does it. The only place outside src/native that calls C.
 */

/** What ggml's own autograd takes beyond the functions that we call ourselves. */
const autograd = boundOnce(({ bind }) => {
  const base = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("ggmlBase", prototype);
  return {
    crossEntropy: base<[Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_cross_entropy_loss(void *, void *, void *)",
    ),
    setLoss: base<[Pointer], void>("void ggml_set_loss(void *)"),
    expandBackward: base<[Pointer, Pointer, null], void>(
      "void ggml_build_backward_expand(void *, void *, void *)",
    ),
    gradientOf: base<[Pointer, Pointer], Pointer | null>("void *ggml_graph_get_grad(void *, void *)"),
  };
});

const ONE = new Float32Array([1]);
const ZERO = new Float32Array([0]);

/** Our forward pass, laid out so that stock autograd can walk it. */
class StockTape extends Tape {
  override readonly operands: Operands;

  constructor(graph: Graph) {
    super(graph, "f32");
    this.operands = {
      straight: (a) => a,
      // ggml's gradient of a copy asserts that what reaches it is contiguous; the free reshape makes it so
      transposed: (a) => graph.cont(graph.permute(graph.reshape(a, ...a.shape), 1, 0, 2, 3)),
    };
  }
}

/** A training step by stock ggml: dense one-hot labels, `ggml_build_backward_expand`, `ggml_opt_step_adamw`. */
export class StockTrainer implements Disposable {
  readonly #settings: OptimizerSettings;
  readonly #shape: BatchShape;
  readonly #vocabulary: number;
  readonly #device: Device;
  readonly #store: Store;
  readonly #forward: Graph;
  readonly #layout: BatchLayout;
  readonly #inputs: Inputs;
  readonly #labels: Tensor;
  readonly #adamw: Tensor;
  readonly #arena: Handle;
  readonly #planner: Handle;
  readonly #graph: Pointer;
  readonly #loss: Pointer;
  readonly #lossGradient: Pointer;
  #labelled: number[] = [];

  /** Takes what our Trainer takes; clipping and weight decay do not exist here and are not asked for. */
  constructor({ config, weights, optimizer, shape, threads }: Omit<TrainerOptions, "precision">) {
    const native = ggml();
    const stock = autograd();
    const tokens = shape.time * shape.batch;
    const count = weightSpecs(config).length;
    this.#settings = optimizer;
    this.#shape = shape;
    this.#vocabulary = config.vocabularySize;
    this.#device = new Device(threads);
    this.#layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
    this.#store = new Store(3 * count + this.#layout.tensorCount + 2);
    const tensors = declareWeights(this.#store, config);
    const moment = (of: Tensor) => this.#store.tensor("f32", ...of.shape);
    const trained = [...tensors.values()].map((tensor) => ({
      weights: tensor,
      first: moment(tensor),
      second: moment(tensor),
    }));
    this.#inputs = this.#layout.declare(this.#store);
    this.#labels = this.#store.tensor("f32", config.vocabularySize, tokens);
    this.#adamw = this.#store.tensor("f32", 7);
    this.#store.allocate(this.#device);
    for (const [name, tensor] of tensors) writeTensor(tensor, weights.get(name) ?? new Float32Array());

    this.#forward = new Graph(100 + 50 * config.layers);
    const predicted = forwardPass(this.#forward, config, tensors, this.#inputs);
    const capacity = 400 + 300 * config.layers;
    this.#arena = newArena(
      "stock graph",
      native.tensorOverhead() * 2 * capacity + native.graphOverhead(capacity, true),
    );
    const arena = this.#arena.pointer;
    this.#loss = stock.crossEntropy(arena, pointerOf(predicted), pointerOf(this.#labels));
    stock.setLoss(this.#loss);
    native.setOutput(this.#loss);
    this.#graph = native.graphNew(arena, capacity, true);
    native.graphExpand(this.#graph, this.#loss);
    stock.expandBackward(arena, this.#graph, null);
    this.#lossGradient = this.#gradientOf(this.#loss);
    native.setInput(this.#lossGradient);
    for (const { weights, first, second } of trained) {
      const step = native.adamw(
        arena,
        pointerOf(weights),
        this.#gradientOf(pointerOf(weights)),
        pointerOf(first),
        pointerOf(second),
        pointerOf(this.#adamw),
      );
      native.graphExpand(this.#graph, step);
    }

    this.#planner = new Handle(
      "stock graph",
      native.plannerNew(native.bufferType(handleOf(this.#device).pointer)),
      native.plannerFree,
    );
    if (!native.plannerAllocate(this.#planner.pointer, this.#graph))
      throw new Error("not enough memory for the peer");
  }

  #gradientOf(node: Pointer): Pointer {
    const gradient = autograd().gradientOf(this.#graph, node);
    if (gradient === null) throw new Error("stock autograd has no gradient for a weight");
    return gradient;
  }

  /** Learns from one batch, in which every token is trained; returns the mean loss. */
  async step(rows: readonly Row[], step: number, steps: number): Promise<number> {
    this.#layout.write(rows, this.#inputs, "mean");
    this.#writeLabels(rows);
    const { beta1, beta2, epsilon } = this.#settings;
    const rate = learningRateAt(this.#settings, step, steps);
    const [corrected1, corrected2] = [1 / (1 - beta1 ** (step + 1)), 1 / (1 - beta2 ** (step + 1))];
    writeTensor(this.#adamw, new Float32Array([rate, beta1, beta2, epsilon, 0, corrected1, corrected2]));
    ggml().write(this.#lossGradient, ONE, 0, ONE.byteLength);
    await this.#compute();
    const loss = new Float32Array(1);
    ggml().read(this.#loss, loss, 0, loss.byteLength);
    return loss[0] ?? Number.NaN;
  }

  /** One-hot rows: clears the last batch's ones and sets this batch's, so that no dense copy is held in JavaScript. */
  #writeLabels(rows: readonly Row[]): void {
    const labels = pointerOf(this.#labels);
    const put = (place: number, value: Float32Array) =>
      ggml().write(labels, value, place * value.byteLength, value.byteLength);
    for (const place of this.#labelled) put(place, ZERO);
    this.#labelled = rows.flatMap((row, at) => {
      let place = at * this.#shape.time;
      return row.flatMap((segment) =>
        Array.from(
          { length: placesOf(segment) },
          (_, i) => place++ * this.#vocabulary + (segment.ids[i + 1] ?? 0),
        ),
      );
    });
    for (const place of this.#labelled) put(place, ONE);
  }

  #compute(): Promise<void> {
    return new Promise((resolve, reject) => {
      ggml().graphCompute.async(handleOf(this.#device).pointer, this.#graph, (error, status) => {
        if (error !== null) reject(error);
        else if (status !== 0) reject(new Error(`the peer's graph failed with status ${status}`));
        else resolve();
      });
    });
  }

  /** Bytes of native memory: weights, moments, labels and the planned graph. */
  get byteCount(): number {
    return this.#store.byteCount + ggml().plannerSize(this.#planner.pointer, 0);
  }

  [Symbol.dispose](): void {
    for (const owned of [this.#planner, this.#arena, this.#forward, this.#store, this.#device])
      owned[Symbol.dispose]();
  }
}

function forwardPass(graph: Graph, config: ModelConfig, weights: Weights, inputs: Inputs): Tensor {
  return logits(graph, new StockTape(graph), config, weights, inputs);
}
