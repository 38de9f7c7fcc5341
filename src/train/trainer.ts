import { Device } from "../native/ggml/device.ts";
import { Graph } from "../native/ggml/graph.ts";
import { Store } from "../native/ggml/store.ts";
import type { Tensor } from "../native/ggml/tensor.ts";
import { readFloats, writePieces, writeTensor } from "../native/ggml/values.ts";
import { learnedSpecs } from "./adapter/adapter.ts";
import { type FrozenParent, frozenConstants, learnedConstants } from "./adapter/frozen.ts";
import { PackedWeights } from "./adapter/packed.ts";
import type { ModelConfig } from "./arch/config.ts";
import { forward, type Inputs, logLikelihoods } from "./arch/graph.ts";
import { layInductionHeads } from "./arch/induction.ts";
import { EMBEDDING, isForWriting, type Weights, weightSpecs } from "./arch/weights.ts";
import { BatchLayout, type BatchShape, logitsBytesFor, type Row, trainedTokensOf } from "./batch.ts";
import type { TextLoss } from "./evaluate.ts";
import { headSpecs, type TextHead } from "./head/head.ts";
import { HeadLayout } from "./head/layout.ts";
import { Optimizer, type OptimizerSettings } from "./optimizer.ts";
import type { Random } from "./random.ts";
import { type Reading, type Readings, readingOf } from "./reading.ts";
import type { PackedPair } from "./tensor/operations.ts";
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
  /** What is learned, as it is at the start: every weight of the model, or those of its adapter. */
  readonly weights: WeightValues;
  /** Where an adapter learns: the weights that stay as they are, and what is added to them. */
  readonly frozen?: FrozenParent;
  /** A head on texts that is learned beside the adapter; rows then hold `LabelledText`s. */
  readonly head?: TextHead;
  readonly optimizer: OptimizerSettings;
  readonly shape: BatchShape;
  /** Batches whose gradients are added up before a step; 1 unless stated. */
  readonly accumulate?: number;
  readonly precision: Precision;
  readonly threads: number;
  /** The most bytes that logits may take at a time; see `BatchLayout`. */
  readonly logitsBytes?: number;
  /** Computes each layer once more for its gradients instead of keeping its values: less memory, more time. */
  readonly checkpointing?: boolean;
  /** Is told how many bytes of native memory the run takes before any of it is written; what it throws ends the run. */
  readonly fits?: (byteCount: number) => void;
  /** What the run will also do, which takes memory of its own: `measure`, and `logLikelihoods`. */
  readonly also?: { readonly measures?: boolean; readonly compares?: boolean };
}

/** What one step did. Loss or norm are no numbers where it went wrong; the weights are then lost. */
export interface StepResult {
  /** Mean loss over the trained tokens, in nats. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens with loss in this batch. */
  readonly trainedTokens: number;
}

/** Everything a run needs to go on exactly where it was: weights and both moments, in the order of `weightSpecs`. */
export interface TrainerState {
  readonly weights: readonly Reading[];
  readonly first: readonly Reading[];
  readonly second: readonly Reading[];
}

/** Gradients that are added up over several batches, and the graph that then steps with their sum. */
interface Accumulation {
  readonly sums: Store;
  readonly update: Graph;
}

/** A graph that only tells how likely tokens are. */
interface Likelihoods {
  readonly graph: Graph;
  /** ln p of the targets, chunk by chunk. */
  readonly chunks: readonly Tensor[];
}

/**
 * A model being trained: its weights and optimiser in native memory and one graph that does a whole step, or, where
 * gradients are accumulated, a part of one.
 */
export class Trainer implements Disposable {
  readonly config: ModelConfig;
  readonly #device: Device;
  readonly #packed: PackedWeights;
  readonly #pairs: ReadonlyMap<Tensor, PackedPair>;
  readonly #store: Store;
  readonly #graph: Graph;
  readonly #accumulation: Accumulation | undefined;
  /** Writes the forward pass into a graph. */
  readonly #forward: (graph: Graph, tape: Tape) => Tensor;
  readonly #writeLikelihoods: () => Likelihoods;
  /** Made when it is first asked for. */
  #likelihoods: Likelihoods | undefined;
  /** What is learned. */
  readonly #weights: Weights;
  readonly #optimizer: Optimizer;
  readonly #shape: BatchShape;
  readonly #layout: BatchLayout;
  readonly #inputs: Inputs;
  readonly #loss: Tensor;
  readonly #gradientNorm: Tensor;

  constructor({
    config,
    weights,
    frozen,
    head,
    optimizer,
    shape,
    accumulate = 1,
    precision,
    threads,
    checkpointing = false,
    logitsBytes = logitsBytesFor(config.vocabularySize, checkpointing),
    fits = () => {},
    also = {},
  }: TrainerOptions) {
    const adapter = frozen?.adapter;
    const specs = [
      ...learnedSpecs(config, adapter),
      ...(head === undefined ? [] : headSpecs(config.hiddenSize, head)),
    ];
    const isRead = (name: string) => head === undefined || !isForWriting(name);
    // in f32 the gradient is that of the weights as they are, which a transpose in Q8_0 is not quite
    const multiplied = [...(frozen?.weights.values() ?? [])].filter(
      ({ name }) => isRead(name) && (name !== EMBEDDING || (config.tied && head === undefined)),
    );
    this.#packed = new PackedWeights(precision === "f32" ? [] : multiplied);
    const constants = (
      frozen === undefined ? learnedConstants(config, weights) : frozenConstants(config, frozen)
    ).filter(({ name }) => isRead(name) && (name === EMBEDDING || !this.#packed.has(name)));
    this.config = config;
    this.#shape = shape;
    const groups = config.heads / config.kvHeads;
    this.#layout =
      head === undefined
        ? new BatchLayout(shape, config.vocabularySize, groups, logitsBytes, adapter?.rows)
        : new HeadLayout(shape, head, groups);
    this.#device = new Device(threads);
    this.#store = new Store(
      specs.length + constants.length + Optimizer.tensorCount(specs.length) + this.#layout.tensorCount,
    );
    this.#weights = new Map(specs.map(({ name, sizes }) => [name, this.#store.parameter(...sizes)]));
    const read = constants.map(
      ({ name, type, sizes }) => [name, this.#store.tensor(type, ...sizes)] as const,
    );
    const learned = [...this.#weights.values()];
    this.#optimizer = new Optimizer(this.#store, learned, optimizer);
    this.#inputs = this.#layout.declare(this.#store);
    this.#store.allocate(this.#device, { clears: false });
    const layerNodes = (adapter === undefined ? 300 : 950) * (checkpointing ? 2 : 1);
    this.#graph = new Graph(300 + layerNodes * config.layers + 40 * this.#layout.chunkCount);
    const all = new Map([...this.#packed.straight(), ...this.#weights, ...read]);
    this.#pairs = this.#packed.pairsOf(all);
    const tape = new Tape(this.#graph, precision, { packed: this.#pairs });
    this.#forward = (graph, tape) =>
      forward(graph, tape, config, all, this.#inputs, { adapter, checkpointing, head });
    this.#writeLikelihoods = () => {
      const graph = new Graph(this.#graph.nodeCount + 20 * this.#layout.chunkCount);
      // in the precision of the training, so that nothing seems to have changed before the first step
      const tape = new Tape(graph, precision, { forwardOnly: true, packed: this.#pairs });
      const chunks = logLikelihoods(graph, tape, config, all, this.#inputs, adapter);
      for (const [i, chunk] of chunks.entries()) {
        graph.output(chunk);
        if (i === 0) graph.expand(chunk);
        else graph.optional(() => graph.expand(chunk));
      }
      graph.plan(this.#device);
      return { graph, chunks };
    };
    this.#loss = this.#forward(this.#graph, tape);
    this.#graph.output(this.#loss);
    this.#graph.expand(this.#loss);
    if (accumulate === 1) {
      this.#gradientNorm = this.#optimizer.expand(this.#graph, tape.gradients(learned));
    } else {
      const sums = new Store(learned.length);
      const sumOf = new Map(learned.map((tensor) => [tensor, sums.tensor("f32", ...tensor.shape)]));
      sums.allocate(this.#device, { clears: false });
      const added = tape.gradients(learned, {
        complete: (tensor, gradient) => this.#graph.addInPlace(sumOf.get(tensor) ?? gradient, gradient),
      });
      const update = new Graph(100 + 10 * added.size);
      const summed = new Map([...sumOf].filter(([tensor]) => added.has(tensor)));
      this.#gradientNorm = this.#optimizer.expand(update, summed);
      update.plan(this.#device);
      this.#accumulation = { sums, update };
    }
    this.#graph.plan(this.#device);
    if (also.compares) this.#likelihoods = this.#writeLikelihoods();
    fits(this.byteCount + (also.measures ? this.#measurementBytes() : 0));
    this.#store.clear();
    for (const [name, tensor] of this.#weights) {
      const values = weights.get(name);
      if (values === undefined) throw new RangeError(`no values for the weight ${name}`);
      writeTensor(tensor, values);
    }
    for (const [i, [, tensor]] of read.entries()) writePieces(tensor, constants[i]?.pieces() ?? []);
    this.#packed.write();
  }

  /**
   * Learns from one batch, or from the batches that are accumulated, whose rows follow each other. Steps count from 0;
   * `steps` is the length of the whole run, which the schedule follows. The loss is the mean over the tokens that are
   * trained, or with `sum` what their weights make of it.
   */
  async step(
    rows: readonly Row[],
    step: number,
    steps: number,
    over: "mean" | "sum" = "mean",
  ): Promise<StepResult> {
    const learningRate = this.#optimizer.prepare(step, steps);
    const { loss, trainedTokens } = await (this.#accumulation === undefined
      ? this.#pass(rows, over)
      : this.#accumulate(rows, this.#accumulation, over));
    const [gradientNorm = Number.NaN] = readFloats(this.#gradientNorm);
    return { loss, gradientNorm, learningRate, trainedTokens };
  }

  /** One pass of the graph. */
  async #pass(
    rows: readonly Row[],
    divisor: "mean" | "sum" | number,
  ): Promise<Pick<StepResult, "loss" | "trainedTokens">> {
    const trainedTokens = this.#layout.write(rows, this.#inputs, divisor);
    await this.#graph.compute(this.#layout.chunksWithLoss - 1);
    const [loss = Number.NaN] = readFloats(this.#loss);
    return { loss, trainedTokens };
  }

  /** Every batch counts by the tokens it trains, as if all were one: the mean is that of all tokens. */
  async #accumulate(rows: readonly Row[], { sums, update }: Accumulation, over: "mean" | "sum") {
    const trainedTokens = trainedTokensOf(rows);
    const divisor = over === "sum" ? over : trainedTokens;
    let loss = 0;
    sums.clear();
    for (let start = 0; start < rows.length; start += this.#shape.batch) {
      loss += (await this.#pass(rows.slice(start, start + this.#shape.batch), divisor)).loss;
    }
    await update.compute();
    return { loss, trainedTokens };
  }

  /** The loss of the weights as they are now on rows that they do not learn from, summed; exact, in f32. */
  async measure(rows: readonly Row[]): Promise<TextLoss> {
    const { graph: planned, result } = this.#planMeasurement();
    using graph = planned;
    let [nats, tokens] = [0, 0];
    for (let start = 0; start < rows.length; start += this.#shape.batch) {
      tokens += this.#layout.write(rows.slice(start, start + this.#shape.batch), this.#inputs, "sum");
      await graph.compute(this.#layout.chunksWithLoss - 1);
      nats += readFloats(result)[0] ?? Number.NaN;
    }
    return { nats, tokens };
  }

  #planMeasurement(): { readonly graph: Graph; readonly result: Tensor } {
    const graph = new Graph(this.#graph.nodeCount + 20 * this.#layout.chunkCount);
    const result = this.#forward(graph, new Tape(graph, "f32", { forwardOnly: true, packed: this.#pairs }));
    graph.output(result);
    graph.expand(result);
    graph.plan(this.#device);
    return { graph, result };
  }

  #measurementBytes(): number {
    using graph = this.#planMeasurement().graph;
    return graph.byteCount;
  }

  /** ln p of what is trained in each segment, to the weights as they are now, in the order of the rows. */
  async logLikelihoods(rows: readonly Row[]): Promise<number[]> {
    this.#likelihoods ??= this.#writeLikelihoods();
    const { graph, chunks } = this.#likelihoods;
    const sums: number[] = [];
    for (let start = 0; start < rows.length; start += this.#shape.batch) {
      this.#layout.write(rows.slice(start, start + this.#shape.batch), this.#inputs, "sum");
      await graph.compute(this.#layout.chunksWithLoss - 1);
      sums.push(...this.#layout.sums(chunks.slice(0, this.#layout.chunksWithLoss).map(readFloats)));
    }
    return sums;
  }

  /** What is learned, as it is when it is read. */
  weights(): Readings {
    return new Map([...this.#weights].map(([name, tensor]) => [name, readingOf(tensor)]));
  }

  /** Everything that `restore` needs, as it is when it is read. */
  state(): TrainerState {
    const readings = (which: "weights" | "first" | "second") =>
      this.#optimizer.trained.map((trained) => readingOf(trained[which]));
    return { weights: readings("weights"), first: readings("first"), second: readings("second") };
  }

  restore(state: TrainerState): void {
    this.#optimizer.trained.forEach((trained, i) => {
      for (const which of ["weights", "first", "second"] as const) {
        const reading = state[which][i];
        if (reading !== undefined) writeTensor(trained[which], reading.values());
      }
    });
  }

  /** Bytes of native memory that the run holds. */
  get byteCount(): number {
    const { sums, update } = this.#accumulation ?? {};
    const parts = [this.#packed, this.#store, this.#graph, sums, update, this.#likelihoods?.graph];
    return parts.reduce((total, part) => total + (part?.byteCount ?? 0), 0);
  }

  [Symbol.dispose](): void {
    this.#likelihoods?.graph[Symbol.dispose]();
    this.#graph[Symbol.dispose]();
    this.#accumulation?.update[Symbol.dispose]();
    this.#accumulation?.sums[Symbol.dispose]();
    this.#store[Symbol.dispose]();
    this.#packed[Symbol.dispose]();
    this.#device[Symbol.dispose]();
  }
}
