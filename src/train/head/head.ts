import type { WeightSpec } from "../arch/weights.ts";

/**
 * What reads the vectors of texts in place of the head that writes: one linear layer on the normed states that are pooled
 * over each text, with cross-entropy over labels or the squared error of a number.
 */
export interface TextHead {
  readonly kind: "classify" | "regress";
  /** Labels, or 1 for a number. */
  readonly outputs: number;
  /** How the states of a text become one: their mean, or that of its last token. */
  readonly pooling: "mean" | "last";
}

/** The names that a head's weights have beside those of an adapter. */
export const HEAD_WEIGHT = "head.weight";
export const HEAD_BIAS = "head.bias";

/** What a head learns: its matrix [hidden, outputs] and its bias [outputs]. */
export function headSpecs(hiddenSize: number, { outputs }: TextHead): WeightSpec[] {
  return [
    { name: HEAD_WEIGHT, sizes: [hiddenSize, outputs] },
    { name: HEAD_BIAS, sizes: [outputs] },
  ];
}
