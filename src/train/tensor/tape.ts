import type { Graph } from "../../native/ggml/graph.ts";
import { isQuantized, type Tensor } from "../../native/ggml/tensor.ts";
import type { Operands, PackedPair, Step } from "./operations.ts";

/** What matrix products read: f32 is exact, bf16 is twice as fast and adds up in f32 all the same. */
export const PRECISIONS = ["f32", "bf16"] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface GradientOptions {
  readonly seed?: Tensor | undefined;
  readonly complete?: (tensor: Tensor, gradient: Tensor) => Tensor;
}

/** A stretch of steps that is computed again for its gradients, instead of its values being kept until then. */
interface Stretch {
  /** What its steps read and do not make: its input and the weights. */
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Records the same steps anew on another tape; returns their output. */
  readonly again: (tape: Tape) => Tensor;
}

export interface TapeOptions {
  /** Whether nobody will ask for gradients. */
  readonly forwardOnly?: boolean;
  /** Frozen matrices that are multiplied in the processor's own layout. */
  readonly packed?: ReadonlyMap<Tensor, PackedPair> | undefined;
}

/** Reverse-mode differentiation: records the steps of a forward pass, then walks them backwards. */
export class Tape {
  readonly #graph: Graph;
  readonly #precision: Precision;
  readonly #steps: (Step | Stretch)[] = [];
  /** The copies that matrix products read. */
  readonly operands: Operands;
  /** Whether nobody will ask for gradients. */
  readonly forwardOnly: boolean;

  constructor(graph: Graph, precision: Precision, { forwardOnly = false, packed }: TapeOptions = {}) {
    this.#graph = graph;
    this.#precision = precision;
    this.forwardOnly = forwardOnly;
    const isExact = precision === "f32";
    const transposed = (a: Tensor) => {
      const unpacked = isQuantized(a.type) ? graph.cast(a, "f32") : a;
      const isSame = isExact && unpacked.type === "f32";
      return transposedCopy(graph, unpacked, (b) => (isSame ? graph.cont(b) : graph.cast(b, precision)));
    };
    this.operands = {
      packed,
      straight: isExact ? (a) => a : once((a) => graph.cast(a, precision)),
      transposed: once(transposed),
    };
  }

  /** Records a step and returns its output. */
  record(step: Step): Tensor {
    this.#steps.push(step);
    return step.output;
  }

  /**
   * Records what `make` records, without keeping its values for the gradients: they are computed once more when those
   * are due (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). The gradients are the same to the bit.
   */
  recompute(make: (tape: Tape) => Tensor): Tensor {
    if (this.forwardOnly) return make(this);
    const first = this.#another();
    const output = make(first);
    const made = new Set(first.#steps.map((step) => step.output));
    const inputs = new Set(first.#steps.flatMap((step) => step.inputs).filter((input) => !made.has(input)));
    this.#steps.push({ inputs: [...inputs], output, again: make });
    return output;
  }

  #another(): Tape {
    return new Tape(this.#graph, this.#precision, { packed: this.operands.packed });
  }

  /**
   * The gradient of the last recorded output for each of the wanted tensors. Each is computed as soon as nothing more
   * adds to it, so that what only it reads need not be kept until all others are done.
   * @param seed the gradient of that output; a loss needs none, since its own is 1.
   * @param complete what is computed with a gradient as soon as it is whole; the gradient itself unless stated.
   */
  gradients(
    wanted: readonly Tensor[],
    { seed, complete = (_, gradient) => gradient }: GradientOptions = {},
  ): Map<Tensor, Tensor> {
    if (this.forwardOnly) throw new RangeError("this tape was made for the forward pass alone");
    const gradients = new Map<Tensor, Tensor>();
    const results = new Map<Tensor, Tensor>();
    const firstReader = new Map<Tensor, Step | Stretch>();
    for (const step of this.#steps.toReversed())
      for (const input of step.inputs) firstReader.set(input, step);
    const accumulate = (tensor: Tensor, grad: Tensor) => {
      const sofar = gradients.get(tensor);
      gradients.set(tensor, sofar === undefined ? grad : this.#graph.add(sofar, grad));
    };
    const walk = (step: Step | Stretch, grad: Tensor) => {
      if ("backward" in step) {
        step.backward(grad).forEach((inputGrad, at) => {
          const input = step.inputs[at];
          if (input !== undefined && inputGrad !== undefined) accumulate(input, inputGrad);
        });
        return;
      }
      this.#graph.expand(grad); // before anything is computed again
      const inner = this.#another();
      gradients.set(step.again(inner), grad);
      for (const one of inner.#steps.toReversed()) {
        const innerGrad = gradients.get(one.output);
        if (innerGrad !== undefined) walk(one, innerGrad);
      }
    };
    this.#steps.toReversed().forEach((step, i) => {
      const grad = i === 0 ? (seed ?? step.output) : gradients.get(step.output);
      if (grad === undefined) return;
      walk(step, grad);
      for (const input of new Set(step.inputs)) {
        const gradient = gradients.get(input);
        if (gradient === undefined || firstReader.get(input) !== step || !wanted.includes(input)) continue;
        const result = complete(input, gradient);
        this.#graph.expand(result);
        results.set(input, result);
      }
    });
    return results;
  }
}

/** Tokens that are transposed at a time: what they read stays in the nearest cache, which halves the time (docs/log.md). */
const BLOCKS = [64, 32];
/** Below so many numbers, all of it stays there anyway. */
const LARGE = 2 ** 18;

/** A copy of a matrix with its first two dimensions exchanged. */
function transposedCopy(graph: Graph, a: Tensor, copy: (view: Tensor) => Tensor): Tensor {
  const [width, count, ...rest] = a.shape;
  const block = BLOCKS.find((size) => count % size === 0 && count > size);
  const isFlat = rest.every((size) => size === 1);
  if (block === undefined || !isFlat || width * count < LARGE) return copy(graph.permute(a, 1, 0, 2, 3));
  const blocks = copy(graph.permute(graph.reshape(a, width, block, count / block), 1, 0, 2, 3));
  return graph.reshape(graph.cont(graph.permute(blocks, 0, 2, 1, 3)), count, width);
}

/** The same function, computing each result once. */
function once(make: (a: Tensor) => Tensor): (a: Tensor) => Tensor {
  const made = new Map<Tensor, Tensor>();
  return (a) => {
    const result = made.get(a) ?? make(a);
    made.set(a, result);
    return result;
  };
}
