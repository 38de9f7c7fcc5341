import koffi from "koffi";
import { Device, Graph, Store, writeTensor } from "../src/native/ggml.ts";
import { Handle, type Pointer } from "../src/native/handle.ts";
import { nativeLibraries } from "../src/native/library.ts";
import { pointerOf, type Tensor } from "../src/native/tensor.ts";
import {
  declareWeights,
  type Inputs,
  logits,
  type Qwen3Config,
  type Weights,
  weightSpecs,
} from "../src/train/arch/qwen3.ts";
import { BatchLayout, type BatchShape, placesOf, type Row } from "../src/train/batch.ts";
import { learningRateAt, type OptimizerSettings } from "../src/train/optimizer.ts";
import type { Operands } from "../src/train/tensor/operations.ts";
import { Tape } from "../src/train/tensor/tape.ts";
import type { TrainerOptions } from "../src/train/trainer.ts";

/**
 * The peer that `bench/train.ts` measures against: our own forward graph, handed to ggml's own autograd, loss and
 * optimiser, put together the way ggml-opt.cpp does it. The only place outside src/native that calls C.
 */

const CPU_DEVICE = 0; // enum ggml_backend_dev_type

function bindStock() {
  const { bind } = nativeLibraries();
  const base = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("ggmlBase", prototype);
  return {
    setThreadsType: koffi.proto("void stock_set_threads(void *, int)"),
    init: base<[{ mem_size: number; mem_buffer: null; no_alloc: boolean }], Pointer>(
      "void *ggml_init(ggml_init_params)",
    ),
    free: base<[Pointer], void>("void ggml_free(void *)"),
    tensorOverhead: base<[], number>("size_t ggml_tensor_overhead(void)"),
    graphOverhead: base<[number, boolean], number>("size_t ggml_graph_overhead_custom(size_t, bool)"),
    graphNew: base<[Pointer, number, boolean], Pointer>("void *ggml_new_graph_custom(void *, size_t, bool)"),
    expand: base<[Pointer, Pointer], void>("void ggml_build_forward_expand(void *, void *)"),
    crossEntropy: base<[Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_cross_entropy_loss(void *, void *, void *)",
    ),
    setLoss: base<[Pointer], void>("void ggml_set_loss(void *)"),
    setInput: base<[Pointer], void>("void ggml_set_input(void *)"),
    setOutput: base<[Pointer], void>("void ggml_set_output(void *)"),
    expandBackward: base<[Pointer, Pointer, null], void>(
      "void ggml_build_backward_expand(void *, void *, void *)",
    ),
    gradientOf: base<[Pointer, Pointer], Pointer | null>("void *ggml_graph_get_grad(void *, void *)"),
    adamw: base<[Pointer, Pointer, Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_opt_step_adamw(void *, void *, void *, void *, void *, void *)",
    ),
    backend: bind<[number, null], Pointer>("ggml", "void *ggml_backend_init_by_type(int, const char *)"),
    backendFree: base<[Pointer], void>("void ggml_backend_free(void *)"),
    backendDevice: base<[Pointer], Pointer>("void *ggml_backend_get_device(void *)"),
    deviceRegistry: base<[Pointer], Pointer>("void *ggml_backend_dev_backend_reg(void *)"),
    procedure: base<[Pointer, string], Pointer>(
      "void *ggml_backend_reg_get_proc_address(void *, const char *)",
    ),
    bufferType: base<[Pointer], Pointer>("void *ggml_backend_get_default_buffer_type(void *)"),
    plannerNew: base<[Pointer], Pointer>("void *ggml_gallocr_new(void *)"),
    plannerFree: base<[Pointer], void>("void ggml_gallocr_free(void *)"),
    plan: base<[Pointer, Pointer], boolean>("bool ggml_gallocr_alloc_graph(void *, void *)"),
    plannedBytes: base<[Pointer, number], number>("size_t ggml_gallocr_get_buffer_size(void *, int)"),
    compute: base<[Pointer, Pointer], number>("int ggml_backend_graph_compute(void *, void *)"),
    write: base<[Pointer, Float32Array, number, number], void>(
      "void ggml_backend_tensor_set(void *, const void *, size_t, size_t)",
    ),
    read: base<[Pointer, Float32Array, number, number], void>(
      "void ggml_backend_tensor_get(const void *, void *, size_t, size_t)",
    ),
  };
}

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
  readonly #native = bindStock();
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
  readonly #backend: Handle;
  readonly #planner: Handle;
  readonly #graph: Pointer;
  readonly #loss: Pointer;
  readonly #lossGradient: Pointer;
  #labelled: number[] = [];

  /** Takes what our Trainer takes; clipping and weight decay do not exist here and are not asked for. */
  constructor({ config, weights, optimizer, shape, threads }: Omit<TrainerOptions, "precision">) {
    const native = this.#native;
    const tokens = shape.time * shape.batch;
    const count = weightSpecs(config).length;
    this.#settings = optimizer;
    this.#shape = shape;
    this.#vocabulary = config.vocabularySize;
    this.#device = new Device(threads);
    this.#store = new Store(3 * count + BatchLayout.tensorCount + 2);
    const tensors = declareWeights(this.#store, config);
    const moment = (of: Tensor) => this.#store.tensor("f32", ...of.shape);
    const trained = [...tensors.values()].map((tensor) => ({
      weights: tensor,
      first: moment(tensor),
      second: moment(tensor),
    }));
    this.#layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
    this.#inputs = this.#layout.declare(this.#store);
    this.#labels = this.#store.tensor("f32", config.vocabularySize, tokens);
    this.#adamw = this.#store.tensor("f32", 7);
    this.#store.allocate(this.#device);
    for (const [name, tensor] of tensors) writeTensor(tensor, weights.get(name) ?? new Float32Array());

    this.#forward = new Graph(100 + 50 * config.layers);
    const predicted = forwardPass(this.#forward, config, tensors, this.#inputs);
    const capacity = 400 + 300 * config.layers;
    const arena = native.init({
      mem_size: native.tensorOverhead() * 2 * capacity + native.graphOverhead(capacity, true),
      mem_buffer: null,
      no_alloc: true,
    });
    this.#arena = new Handle("stock graph", arena, native.free);
    this.#loss = native.crossEntropy(arena, pointerOf(predicted), pointerOf(this.#labels));
    native.setLoss(this.#loss);
    native.setOutput(this.#loss);
    this.#graph = native.graphNew(arena, capacity, true);
    native.expand(this.#graph, this.#loss);
    native.expandBackward(arena, this.#graph, null);
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
      native.expand(this.#graph, step);
    }

    const backend = native.backend(CPU_DEVICE, null);
    this.#backend = new Handle("stock device", backend, native.backendFree);
    const setThreads = native.procedure(
      native.deviceRegistry(native.backendDevice(backend)),
      "ggml_backend_set_n_threads",
    );
    koffi.call(setThreads, native.setThreadsType, backend, threads);
    this.#planner = new Handle(
      "stock graph",
      native.plannerNew(native.bufferType(backend)),
      native.plannerFree,
    );
    if (!native.plan(this.#planner.pointer, this.#graph)) throw new Error("not enough memory for the peer");
  }

  #gradientOf(node: Pointer): Pointer {
    const gradient = this.#native.gradientOf(this.#graph, node);
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
    this.#native.write(this.#lossGradient, ONE, 0, ONE.byteLength);
    await this.#compute();
    const loss = new Float32Array(1);
    this.#native.read(this.#loss, loss, 0, loss.byteLength);
    return loss[0] ?? Number.NaN;
  }

  /** One-hot rows: clears the last batch's ones and sets this batch's, so that no dense copy is held in JavaScript. */
  #writeLabels(rows: readonly Row[]): void {
    const labels = pointerOf(this.#labels);
    const put = (place: number, value: Float32Array) =>
      this.#native.write(labels, value, place * value.byteLength, value.byteLength);
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
      this.#native.compute.async(this.#backend.pointer, this.#graph, (error, status) => {
        if (error !== null) reject(error);
        else if (status !== 0) reject(new Error(`the peer's graph failed with status ${status}`));
        else resolve();
      });
    });
  }

  /** Bytes of native memory: weights, moments, labels and the planned graph. */
  get byteCount(): number {
    return this.#store.byteCount + this.#native.plannedBytes(this.#planner.pointer, 0);
  }

  [Symbol.dispose](): void {
    for (const owned of [this.#planner, this.#backend, this.#arena, this.#forward, this.#store, this.#device])
      owned[Symbol.dispose]();
  }
}

function forwardPass(graph: Graph, config: Qwen3Config, weights: Weights, inputs: Inputs): Tensor {
  return logits(graph, new StockTape(graph), config, weights, inputs);
}
