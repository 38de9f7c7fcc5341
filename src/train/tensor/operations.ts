import type { Graph } from "../../native/ggml/graph.ts";
import type { Rope } from "../../native/ggml/operations.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";

/**
 * The gradient table: every differentiable operation states beside its forward rule the gradient of its inputs.
 * Shapes follow ggml (fastest dimension first): d hidden width, n tokens (time × batch), h heads.
 * A gradient is expressed by whatever ggml computes fastest, never by ggml's own autograd.
 */

/** What an operation leaves behind for its gradient. */
export interface Step {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** The gradient for each input, given that of the output; undefined where an input has none (indices, masks). */
  readonly backward: (grad: Tensor) => readonly (Tensor | undefined)[];
}

/** A frozen matrix W laid out for this processor's fastest products: as it is, and transposed for the gradient of x. */
export interface PackedPair {
  readonly straight: Tensor;
  readonly transposed: Tensor;
}

/** The copies that matrix products read, in the precision that products run in; each is made once and shared. */
export interface Operands {
  /** Frozen matrices that are multiplied in the processor's own layout. */
  readonly packed?: ReadonlyMap<Tensor, PackedPair> | undefined;
  /** The matrix as it is. */
  straight(a: Tensor): Tensor;
  /** The matrix with its first two dimensions exchanged. */
  transposed(a: Tensor): Tensor;
}

/** Wᵀx. A matrix that is kept in a smaller type than f32 is multiplied as it is, as in inference. */
export function product(graph: Graph, { straight, packed }: Operands, weights: Tensor, x: Tensor): Tensor {
  const pair = packed?.get(weights);
  if (pair !== undefined) return graph.mulMat(pair.straight, x);
  return weights.type === "f32" ? graph.mulMat(straight(weights), straight(x)) : graph.mulMat(weights, x);
}

/** W · grad, the gradient of x in Wᵀx. A quantised matrix that is not packed is unpacked, one at a time. */
export function productOfGradient(
  graph: Graph,
  { straight, transposed, packed }: Operands,
  weights: Tensor,
  grad: Tensor,
): Tensor {
  const pair = packed?.get(weights);
  if (pair !== undefined) return graph.mulMat(pair.transposed, grad);
  return graph.mulMat(transposed(weights), straight(grad));
}

/** Below so many numbers to add up, a product is faster as a sum of outer products than as many short inner ones. */
const NARROW = 64;

/**
 * y = Wᵀx: W [d, m], x [d, n] → [m, n]. The products over a narrow side, the rank of an adapter, are outer products in f32: ggml's blocked kernels want 32 numbers to add
 * up, and spend their time on adding up the lanes of a register where there are few.
 */
export function linear(graph: Graph, operands: Operands, weights: Tensor, x: Tensor): Step {
  const { transposed } = operands;
  const [inputs, outputs] = weights.shape;
  const exchanged = (a: Tensor) => graph.permute(a, 1, 0, 2, 3);
  const isNarrow = (size: number) => weights.type === "f32" && size < NARROW;
  return {
    inputs: [weights, x],
    output: isNarrow(inputs)
      ? graph.outProd(graph.cont(exchanged(weights)), exchanged(x))
      : product(graph, operands, weights, x),
    backward: (grad) => [
      graph.mulMat(transposed(x), transposed(grad)),
      isNarrow(outputs)
        ? graph.outProd(weights, exchanged(grad))
        : productOfGradient(graph, operands, weights, grad),
    ],
  };
}

/** a + b of the same shape: the residual stream. */
export function add(graph: Graph, a: Tensor, b: Tensor): Step {
  return { inputs: [a, b], output: graph.add(a, b), backward: (grad) => [grad, grad] };
}

/** factor · x. */
export function scale(graph: Graph, x: Tensor, factor: number): Step {
  return { inputs: [x], output: graph.scale(x, factor), backward: (grad) => [graph.scale(grad, factor)] };
}

/** x [m, n] with row i multiplied by wantedᵢ / presentᵢ, both [m]; `present` counts as a constant. */
export function rescaleRows(graph: Graph, x: Tensor, wanted: Tensor, present: Tensor): Step {
  const factors = graph.div(wanted, present);
  return {
    inputs: [x, wanted],
    output: graph.mul(x, factors),
    backward: (grad) => [
      graph.mul(grad, factors),
      graph.div(graph.repeatBack(graph.mul(grad, x), wanted), present),
    ],
  };
}

/** x [m, n] with the bias [m] added to every column. */
export function addBias(graph: Graph, x: Tensor, bias: Tensor): Step {
  return {
    inputs: [x, bias],
    output: graph.add(x, bias),
    backward: (grad) => [grad, graph.repeatBack(grad, bias)],
  };
}

/** RMSNorm (Zhang & Sennrich 2019): w · x / √(mean(x²) + epsilon) over dimension 0; w [d] repeats over the rest. */
export function rmsNorm(graph: Graph, weights: Tensor, x: Tensor, epsilon: number): Step {
  const normed = graph.rmsNorm(x, epsilon);
  return {
    inputs: [weights, x],
    output: graph.mul(normed, weights),
    backward: (grad) => [
      graph.repeatBack(graph.mul(grad, normed), weights),
      graph.rmsNormBack(graph.mul(grad, weights), x, epsilon),
    ],
  };
}

/** SwiGLU (Shazeer 2020): silu(gate) · up. */
export function swiglu(graph: Graph, gate: Tensor, up: Tensor): Step {
  return {
    inputs: [gate, up],
    output: graph.swiglu(gate, up),
    backward: (grad) => [graph.siluBack(graph.mul(grad, up), gate), graph.swiglu(gate, grad)],
  };
}

/** Rotary position embedding (Su et al. 2021) of x [head, heads, n] at the i32 positions [n]. */
export function rotate(graph: Graph, x: Tensor, positions: Tensor, rope: Rope): Step {
  return {
    inputs: [x],
    output: graph.rope(x, positions, rope),
    backward: (grad) => [graph.ropeBack(grad, positions, rope)],
  };
}

/** The rows of a table [d, vocabulary] that the i32 ids [n] name → [d, n]. */
export function embedding(graph: Graph, table: Tensor, ids: Tensor): Step {
  return {
    inputs: [table],
    output: graph.getRows(table, ids),
    backward: (grad) => [graph.getRowsBack(grad, ids, table)],
  };
}

/**
 * Embedded tokens x [d, n] as if `rows` [d, k] stood in the table where `first` stands, both of the same k tokens: x plus
 * what the rows have changed by. `here` f32 [n, k] is 1 where a place holds one of them. The table itself has no gradient.
 */
export function changedRows(graph: Graph, x: Tensor, rows: Tensor, first: Tensor, here: Tensor): Step {
  const change = graph.add(rows, graph.scale(first, -1));
  return {
    inputs: [rows],
    output: graph.add(x, graph.outProd(change, here)),
    backward: (grad) => [graph.mulMat(graph.cont(graph.permute(grad, 1, 0, 2, 3)), here)],
  };
}

/** The same elements in another shape. */
export function reshape(graph: Graph, a: Tensor, ...sizes: number[]): Step {
  return {
    inputs: [a],
    output: graph.reshape(a, ...sizes),
    backward: (grad) => [graph.reshape(grad, ...a.shape)],
  };
}

/**
 * Each token of a row replaced by a mixture of the row's tokens: y[:, t] = Σₛ x[:, s] · mix[s, t]; x [d, n], n = time ×
 * batch, mix f32 [time, time, batch], a constant. Its products are in f32: there are few of them.
 */
export function mixTokens(graph: Graph, x: Tensor, mix: Tensor): Step {
  const [width] = x.shape;
  const [time, , batch] = mix.shape;
  const exchanged = (a: Tensor) => graph.cont(graph.permute(a, 1, 0, 2, 3));
  const mixed = (a: Tensor, by: Tensor) => {
    const byRow = exchanged(graph.reshape(a, width, time, batch));
    return graph.reshape(graph.mulMat(byRow, by), width, time * batch);
  };
  return { inputs: [x], output: mixed(x, mix), backward: (grad) => [mixed(grad, exchanged(mix))] };
}

/**
 * Grouped-query attention (Ainslie et al. 2023): q [head, heads, n], k and v [head, kvHeads, n], n = time × batch →
 * [head · heads, n]. The mask [time, time · (heads / kvHeads), 1, batch] holds 0 or -∞. The query heads of one
 * key head are laid out as further rows, so that no product has to repeat keys.
 */
export function attention(
  graph: Graph,
  { straight, transposed }: Operands,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
): Step {
  const [head, heads] = q.shape;
  const kvHeads = k.shape[1];
  const [time, , , batch] = mask.shape;
  const rows = time * (heads / kvHeads);
  const scale = 1 / Math.sqrt(head);

  /** [head, count, n] → [head, time, count, batch] */
  const byHead = (a: Tensor, count: number) =>
    graph.cont(graph.permute(graph.reshape(a, head, count, time, batch), 0, 2, 1, 3));
  /** [head, time, count, batch] → [head, count, n] */
  const byToken = (a: Tensor, count: number) =>
    graph.cont(graph.permute(graph.reshape(a, head, time, count, batch), 0, 2, 1, 3));
  const grouped = (a: Tensor) => graph.reshape(byHead(a, heads), head, rows, kvHeads, batch);

  const queries = grouped(q);
  const keys = byHead(k, kvHeads);
  const values = byHead(v, kvHeads);
  const weights = graph.softMax(graph.mulMat(straight(keys), straight(queries)), mask, scale);
  const mixed = graph.mulMat(transposed(values), straight(weights));
  return {
    inputs: [q, k, v],
    output: graph.reshape(byToken(mixed, heads), head * heads, time * batch),
    backward: (grad) => {
      const gradMixed = grouped(grad);
      const gradWeights = graph.mulMat(straight(values), straight(gradMixed));
      const gradScores = graph.softMaxBack(gradWeights, weights, scale);
      const gradQueries = graph.mulMat(transposed(keys), straight(gradScores));
      const gradKeys = graph.mulMat(transposed(queries), transposed(gradScores));
      const gradValues = graph.mulMat(transposed(gradMixed), transposed(weights));
      return [
        graph.reshape(byToken(gradQueries, heads), ...q.shape),
        graph.reshape(byToken(gradKeys, kvHeads), ...k.shape),
        graph.reshape(byToken(gradValues, kvHeads), ...v.shape),
      ];
    },
  };
}
