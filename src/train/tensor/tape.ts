import type { Graph } from "../../native/ggml/graph.ts";
import { isQuantized, type Tensor } from "../../native/ggml/tensor.ts";
import type { Operands, Step } from "./operations.ts";

/** What matrix products read: f32 is exact, bf16 is twice as fast and adds up in f32 all the same. */
export const PRECISIONS = ["f32", "bf16"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Reverse-mode differentiation: records the steps of a forward pass, then walks them backwards. */
export class Tape {
  readonly #graph: Graph;
  readonly #steps: Step[] = [];
  /** The copies that matrix products read. */
  readonly operands: Operands;
  /** Whether nobody will ask for gradients. */
  readonly forwardOnly: boolean;

  constructor(
    graph: Graph,
    precision: Precision,
    { forwardOnly = false }: { readonly forwardOnly?: boolean } = {},
  ) {
    this.#graph = graph;
    this.forwardOnly = forwardOnly;
    const exchanged = (a: Tensor) =>
      graph.permute(isQuantized(a.type) ? graph.cast(a, "f32") : a, 1, 0, 2, 3);
    this.operands =
      precision === "f32"
        ? {
            straight: (a) => a,
            transposed: once((a) =>
              a.type === "f16" || a.type === "bf16"
                ? graph.cast(exchanged(a), precision)
                : graph.cont(exchanged(a)),
            ),
          }
        : {
            straight: once((a) => graph.cast(a, precision)),
            transposed: once((a) => graph.cast(exchanged(a), precision)),
          };
  }

  /** Records a step and returns its output. */
  record(step: Step): Tensor {
    this.#steps.push(step);
    return step.output;
  }

  /**
   * The gradient of the last recorded output for each of the wanted tensors.
   * @param seed the gradient of that output; a loss needs none, since its own is 1.
   */
  gradients(wanted: readonly Tensor[], seed?: Tensor): Map<Tensor, Tensor> {
    if (this.forwardOnly) throw new RangeError("this tape was made for the forward pass alone");
    const gradients = new Map<Tensor, Tensor>();
    const accumulate = (tensor: Tensor, grad: Tensor) => {
      const sofar = gradients.get(tensor);
      gradients.set(tensor, sofar === undefined ? grad : this.#graph.add(sofar, grad));
    };
    this.#steps.toReversed().forEach((step, i) => {
      const grad = i === 0 ? (seed ?? step.output) : gradients.get(step.output);
      if (grad === undefined) return;
      step.backward(grad).forEach((inputGrad, at) => {
        const input = step.inputs[at];
        if (input !== undefined && inputGrad !== undefined) accumulate(input, inputGrad);
      });
    });
    return new Map([...gradients].filter(([tensor]) => wanted.includes(tensor)));
  }
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
