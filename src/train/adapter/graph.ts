import type { Graph } from "../../native/ggml/graph.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";
import { type Weights, weightOf } from "../arch/weights.ts";
import { add, linear, rescaleRows, scale } from "../tensor/operations.ts";
import type { Tape } from "../tensor/tape.ts";
import { type AdapterConfig, PARTS, scaleOf } from "./adapter.ts";

/** The squared lengths of a matrix's rows, which DoRA reads: f32 [rows], a constant. */
export const SQUARED_LENGTHS = "squared_lengths";

/** The rows that are learned for some tokens, as the embedding has them: f32 [hidden, tokens], a constant. */
export const FIRST_ROWS = "first_rows";

/** Adds to y = Wᵀx what the adapter of W adds; returns y itself where W has none. */
export function adapted(
  graph: Graph,
  tape: Tape,
  adapter: AdapterConfig | undefined,
  weights: Weights,
  name: string,
  x: Tensor,
  y: Tensor,
): Tensor {
  const a = weights.get(`${name}.${PARTS.a}`);
  const b = weights.get(`${name}.${PARTS.b}`);
  if (adapter === undefined || a === undefined || b === undefined) return y;
  const factor = scaleOf(adapter);
  const low = tape.record(scale(graph, tape.record(linear(graph, tape.operands, a, x)), factor));
  const sum = tape.record(add(graph, y, tape.record(linear(graph, tape.operands, b, low))));
  const magnitude = weights.get(`${name}.${PARTS.magnitude}`);
  if (magnitude === undefined) return sum;
  const present = lengths(
    graph,
    weightOf(weights, name),
    a,
    b,
    factor,
    weightOf(weights, `${name}.${SQUARED_LENGTHS}`),
  );
  return tape.record(rescaleRows(graph, sum, magnitude, present));
}

/**
 * ‖wⱼ + s·(BA)ⱼ‖ of every row j, as √(‖wⱼ‖² + 2s·wⱼ·(BA)ⱼ + s²·‖(BA)ⱼ‖²), so that BA is never written out. DoRA takes
 * it for a constant (section 4.3 of the paper), so it needs no gradient.
 */
function lengths(
  graph: Graph,
  weights: Tensor,
  a: Tensor,
  b: Tensor,
  factor: number,
  squares: Tensor,
): Tensor {
  const outputs = b.shape[1];
  const seen = graph.cont(graph.permute(graph.mulMat(weights, a), 1, 0, 2, 3));
  const cross = graph.sumRows(graph.mul(seen, b));
  const own = graph.sumRows(graph.mul(graph.mulMat(graph.mulMat(a, a), b), b));
  const changes = graph.add(graph.scale(cross, 2 * factor), graph.scale(own, factor ** 2));
  return graph.sqrt(graph.add(squares, graph.reshape(changes, outputs)));
}
