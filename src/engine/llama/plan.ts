/** Sequences that are computed together unless stated. */
export const SEQUENCES = 4;
/** Outputs of one batch: enough to score text quickly, little memory even for large vocabularies. */
export const OUTPUTS = 32;
/** Tokens of context where the model was trained for more and nothing is stated. */
export const DEFAULT_CONTEXT = 4096;
/** A slice of a prompt takes about so many multiplications with weights: half a second on two cores. */
const SLICE_WORK = 1e10;

/** Most tokens of one batch. Powers of two, and always the same for a model, so that the same seed gives the same text. */
export function sliceFor(parameterCount: number): number {
  const power = Math.floor(Math.log2(SLICE_WORK / Math.max(1, parameterCount)));
  return 2 ** Math.min(9, Math.max(5, power));
}
