import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { Device } from "../native/ggml/device.ts";
import { Graph } from "../native/ggml/graph.ts";
import { Store } from "../native/ggml/store.ts";
import type { Tensor } from "../native/ggml/tensor.ts";
import { readFloats, writeTensor } from "../native/ggml/values.ts";
import type { ModelConfig } from "./arch/config.ts";
import { forward, type Inputs } from "./arch/graph.ts";
import { layInductionHeads } from "./arch/induction.ts";
import { declareWeights, type Weights, weightCount, weightOf, weightSpecs } from "./arch/weights.ts";
import { BatchLayout, type BatchShape, type Row } from "./batch.ts";
import { Optimizer, type OptimizerSettings } from "./optimizer.ts";
import type { Random } from "./random.ts";
import { type Precision, Tape } from "./tensor/tape.ts";

/** The values of a model's weights, by name, in the layout of `weightSpecs`. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

/** Random weights to start from: normal with deviation 0.02, smaller where a layer writes into the residual stream. */
export function initialWeights(
  config: ModelConfig,
  random: Random,
  { inductionHeads = false }: { readonly inductionHeads?: boolean } = {},
): WeightValues {
  const residual = 0.02 / Math.sqrt(2 * config.layers); // GPT-2's rule, Radford et al. 2019
  const weights = new Map(
    weightSpecs(config).map(({ name, sizes }) => {
      const values = new Float32Array(sizes.reduce((a, b) => a * b, 1));
      if (sizes.length === 1) return [name, values.fill(name.endsWith(".bias") ? 0 : 1)];
      const deviation = /(attn_output|ffn_down)\.weight$/.test(name) ? residual : 0.02;
      return [name, values.map(() => deviation * random.normal())];
    }),
  );
  if (inductionHeads) layInductionHeads(config, weights, random);
  return weights;
}

export interface TrainerOptions {
  readonly config: ModelConfig;
  readonly weights: WeightValues;
  readonly optimizer: OptimizerSettings;
  readonly shape: BatchShape;
  readonly precision: Precision;
  readonly threads: number;
}

/** What one step did. */
export interface StepResult {
  /** Mean loss over the trained tokens, in nats. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens with loss in this batch. */
  readonly trainedTokens: number;
}

/** The loss is no longer a number: the run cannot go on from here. */
export class DivergedError extends BasewiseError {
  override readonly name = "DivergedError";
  readonly exitCode: ExitCode = EXIT.failed;
  readonly step: number;

  constructor(step: number) {
    super({
      en: `The loss is not a number at step ${step}; lower the learning rate or lengthen the warm-up, and resume from the last checkpoint.`,
      zh: `第 ${step} 步的损失不是有效数字；请降低学习率或延长预热，并从上一个检查点继续。`,
    });
    this.step = step;
  }
}

/** Everything a run needs to go on exactly where it was: weights and both moments, in the order of `weightSpecs`. */
export interface TrainerState {
  readonly weights: readonly Float32Array[];
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
}

/** A model being trained: its weights and optimiser in native memory and one graph that does a whole step. */
export class Trainer implements Disposable {
  readonly config: ModelConfig;
  readonly #device: Device;
  readonly #store: Store;
  readonly #graph: Graph;
  readonly #weights: Weights;
  readonly #optimizer: Optimizer;
  readonly #layout: BatchLayout;
  readonly #inputs: Inputs;
  readonly #loss: Tensor;
  readonly #gradientNorm: Tensor;

  constructor({ config, weights, optimizer, shape, precision, threads }: TrainerOptions) {
    const specs = weightSpecs(config);
    this.config = config;
    this.#device = new Device(threads);
    this.#store = new Store(
      weightCount(config) + Optimizer.tensorCount(specs.length) + BatchLayout.tensorCount,
    );
    this.#weights = declareWeights(this.#store, config);
    const learned = specs.map(({ name }) => weightOf(this.#weights, name));
    this.#optimizer = new Optimizer(this.#store, learned, optimizer);
    this.#layout = new BatchLayout(shape, config.vocabularySize, config.heads / config.kvHeads);
    this.#inputs = this.#layout.declare(this.#store);
    this.#store.allocate(this.#device);
    for (const [name, tensor] of this.#weights) {
      const values = weights.get(name);
      if (values === undefined) throw new RangeError(`no values for the weight ${name}`);
      writeTensor(tensor, values);
    }

    this.#graph = new Graph(300 + 250 * config.layers);
    const tape = new Tape(this.#graph, precision);
    this.#loss = forward(this.#graph, tape, config, this.#weights, this.#inputs);
    this.#graph.output(this.#loss);
    this.#graph.expand(this.#loss);
    this.#gradientNorm = this.#optimizer.expand(this.#graph, tape.gradients(learned));
    this.#graph.plan(this.#device);
  }

  /** Learns from one batch. Steps count from 0; `steps` is the length of the whole run, which the schedule follows. */
  async step(rows: readonly Row[], step: number, steps: number): Promise<StepResult> {
    const trainedTokens = this.#layout.write(rows, this.#inputs, "mean");
    const learningRate = this.#optimizer.prepare(step, steps);
    await this.#graph.compute();
    const [loss = Number.NaN] = readFloats(this.#loss);
    const [gradientNorm = Number.NaN] = readFloats(this.#gradientNorm);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw new DivergedError(step);
    return { loss, gradientNorm, learningRate, trainedTokens };
  }

  /** A copy of the weights as they are now. */
  weights(): WeightValues {
    return new Map([...this.#weights].map(([name, tensor]) => [name, readFloats(tensor)]));
  }

  /** A copy of everything that `restore` needs. */
  state(): TrainerState {
    const copy = (which: "weights" | "first" | "second") =>
      this.#optimizer.trained.map((trained) => readFloats(trained[which]));
    return { weights: copy("weights"), first: copy("first"), second: copy("second") };
  }

  restore(state: TrainerState): void {
    this.#optimizer.trained.forEach((trained, i) => {
      for (const which of ["weights", "first", "second"] as const) {
        const values = state[which][i];
        if (values !== undefined) writeTensor(trained[which], values);
      }
    });
  }

  /** Bytes of native memory that the run holds. */
  get byteCount(): number {
    return this.#store.byteCount + this.#graph.byteCount;
  }

  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]();
    this.#store[Symbol.dispose]();
    this.#device[Symbol.dispose]();
  }
}
