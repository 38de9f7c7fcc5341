import type { Graph } from "../../native/ggml/graph.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";
import { type Operands, product, productOfGradient, type Step } from "./operations.ts";

/* What heads lose: the rest of the gradient table, whose results are losses. */

/**
 * Where each token's target lies among the logits (token · vocabulary + target), in the two forms ggml asks for, and
 * its share of the loss.
 */
export interface Targets {
  /** i32 [n] */
  readonly places: Tensor;
  /** i64 [n], the same numbers */
  readonly places64: Tensor;
  /** f32 [1, n]; 0 where a token is not supervised */
  readonly shares: Tensor;
  /** Where the logits of tokens lie whose rows are learned by themselves, i32 and i64 [k · n]: token by token. */
  readonly rowPlaces?: { readonly places: Tensor; readonly places64: Tensor };
}

/** What a head has beside its matrix. */
export interface HeadParts {
  /** f32 [vocabulary] */
  readonly bias?: Tensor | undefined;
  /** f32 [d, k]: stands for the rows of k tokens, whose logits `Targets.rowPlaces` names. */
  readonly rows?: Tensor | undefined;
}

/** The targets of some of the tokens: `rows` names which, so that places count within the chunk. */
export interface TargetChunk extends Targets {
  /** i32 [k] */
  readonly rows: Tensor;
  /** i64 [k], the same numbers */
  readonly rows64: Tensor;
}

/** The smallest probability whose logarithm is taken: a loss of 69 nats. */
const SMALLEST_PROBABILITY = 1e-30;

/** The probabilities of all tokens in one row, those of the targets, and the logarithms of these [1, n]. */
export function likelihoods(
  graph: Graph,
  operands: Operands,
  weights: Tensor,
  x: Tensor,
  { places, rowPlaces }: Pick<Targets, "places" | "rowPlaces">,
  { bias, rows }: HeadParts = {},
) {
  const own = product(graph, operands, weights, x);
  const biased = bias === undefined ? own : graph.add(own, bias);
  const [vocabulary, count] = [weights.shape[1], x.shape[1]];
  let logits = biased;
  if (rows !== undefined && rowPlaces !== undefined) {
    const theirs = graph.reshape(graph.mulMat(rows, x), 1, rows.shape[1] * count);
    const all = graph.reshape(biased, 1, vocabulary * count);
    logits = graph.reshape(graph.setRows(all, theirs, rowPlaces.places64), vocabulary, count);
  }
  const probabilities = graph.softMax(logits, undefined, 1);
  const flat = graph.reshape(probabilities, 1, vocabulary * count);
  const atTarget = graph.getRows(flat, places);
  return {
    flat,
    atTarget,
    logLikelihood: graph.log(graph.scaleBias(atTarget, 1, SMALLEST_PROBABILITY)),
  };
}

/**
 * Output head and cross-entropy in one: Σ sharesᵢ · -ln softmax(Wᵀx + b)[targetᵢ]; W [d, vocabulary], x [d, n] → [1];
 * b [vocabulary] where a head has one. The logits of tokens whose rows are learned by themselves come from those alone.
 * Its result is the loss itself, so its gradient is taken as 1: (softmax - onehot) · share, written by overwriting
 * n elements of the softmax instead of holding a one-hot row of the vocabulary for every token.
 */
export function headLoss(
  graph: Graph,
  operands: Operands,
  weights: Tensor,
  x: Tensor,
  targets: Targets,
  { bias, rows }: HeadParts = {},
): Step {
  const { places64, shares, rowPlaces } = targets;
  const { transposed } = operands;
  const vocabulary = weights.shape[1];
  const count = x.shape[1];
  const { flat, atTarget, logLikelihood } = likelihoods(graph, operands, weights, x, targets, { bias, rows });
  const output = graph.scale(graph.sum(graph.mul(logLikelihood, shares)), -1);
  const exchanged = (a: Tensor) => graph.permute(a, 1, 0, 2, 3);
  const gradients = () => {
    const overwritten = graph.setRows(flat, graph.scaleBias(atTarget, 1, -1), places64);
    if (rows === undefined || rowPlaces === undefined) {
      return { gradLogits: graph.reshape(overwritten, vocabulary, count), ofRows: undefined };
    }
    const theirs = graph.getRows(overwritten, rowPlaces.places);
    // what comes of the rows is not of the matrix
    const others = graph.setRows(overwritten, graph.scale(theirs, 0), rowPlaces.places64);
    const gradRows = graph.reshape(theirs, rows.shape[1], count);
    return {
      gradLogits: graph.reshape(others, vocabulary, count),
      ofRows: {
        x: graph.outProd(rows, exchanged(gradRows)),
        rows: graph.mulMat(graph.cont(exchanged(graph.mul(x, shares))), graph.cont(exchanged(gradRows))),
      },
    };
  };
  return {
    inputs: [weights, x, ...(bias === undefined ? [] : [bias]), ...(rows === undefined ? [] : [rows])],
    output,
    backward: () => {
      const { gradLogits, ofRows } = gradients();
      const gradX = productOfGradient(graph, operands, weights, gradLogits);
      return [
        graph.mulMat(transposed(graph.mul(x, shares)), transposed(gradLogits)),
        graph.mul(ofRows === undefined ? gradX : graph.add(gradX, ofRows.x), shares),
        ...(bias === undefined ? [] : [graph.repeatBack(graph.mul(gradLogits, shares), bias)]),
        ...(ofRows === undefined ? [] : [ofRows.rows]),
      ];
    },
  };
}

/**
 * `headLoss` of a chunk of tokens after the other, each with its own gradient at once, so that only one chunk's logits
 * exist at a time ("Cut Your Losses", Wijmans et al. 2024; Liger Kernel, Hsu et al. 2024). The chunks name every token
 * once; those after the first are optional parts of the graph, to be left out where none of their tokens has loss.
 * @param wanted what a gradient is taken of.
 */
export function chunkedHeadLoss(
  graph: Graph,
  operands: Operands,
  weights: Tensor,
  x: Tensor,
  chunks: readonly TargetChunk[],
  wanted: { readonly weights: boolean; readonly x: boolean },
  rows?: Tensor,
): Step {
  let loss: Tensor | undefined;
  let gradWeights: Tensor | undefined;
  let gradRows: Tensor | undefined;
  let gradX = wanted.x ? graph.scale(x, 0) : undefined;
  const plus = (sum: Tensor | undefined, part: Tensor) =>
    sum === undefined ? part : graph.addInPlace(sum, part);
  chunks.forEach((chunk, i) => {
    const step = headLoss(graph, operands, weights, graph.getRows(x, chunk.rows), chunk, { rows });
    loss = plus(loss, step.output);
    const [ofWeights, ofX, ofRows] = wanted.weights || wanted.x ? step.backward(step.output) : [];
    if (wanted.weights && ofWeights !== undefined) gradWeights = plus(gradWeights, ofWeights);
    if (gradX !== undefined && ofX !== undefined) gradX = graph.setRows(gradX, ofX, chunk.rows64);
    if (ofRows !== undefined) gradRows = plus(gradRows, ofRows);
    const expand = () => {
      for (const result of [loss, gradX, gradWeights, gradRows])
        if (result !== undefined) graph.expand(result);
    };
    if (i === 0) expand();
    else graph.optional(expand);
  });
  if (loss === undefined) throw new RangeError("a loss needs at least one chunk");
  return {
    inputs: [weights, x, ...(rows === undefined ? [] : [rows])],
    output: loss,
    backward: () => [gradWeights, gradX, gradRows],
  };
}

/**
 * A head of one number and its squared error in one: Σ sharesᵢ · (Wᵀxᵢ + b - valueᵢ)²; W [d, 1], b [1], x [d, n], values
 * and shares f32 [1, n] → [1]. Its result is the loss itself, so its gradient is taken as 1.
 */
export function squaredLoss(
  graph: Graph,
  operands: Operands,
  weights: Tensor,
  bias: Tensor,
  x: Tensor,
  { values, shares }: { readonly values: Tensor; readonly shares: Tensor },
): Step {
  const { transposed } = operands;
  const said = graph.add(product(graph, operands, weights, x), bias);
  const error = graph.add(said, graph.scale(values, -1));
  return {
    inputs: [weights, x, bias],
    output: graph.sum(graph.mul(graph.sqr(error), shares)),
    backward: () => {
      const gradSaid = graph.scale(graph.mul(error, shares), 2);
      return [
        graph.mulMat(transposed(x), transposed(gradSaid)),
        productOfGradient(graph, operands, weights, gradSaid),
        graph.sum(gradSaid),
      ];
    },
  };
}
