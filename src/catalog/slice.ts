/** A slice of a prompt takes about so many multiplications with weights: one or two seconds on two cores. */
const SLICE_WORK = 2.6e11;
export const LEAST_SLICE = 32;
const MOST_SLICE = 512;

/** Most tokens that are read at once. Powers of two, and always the same for a model, so that the same seed gives the same text. */
export function sliceFor(parameterCount: number): number {
  const power = Math.floor(Math.log2(SLICE_WORK / Math.max(1, parameterCount)));
  return Math.min(MOST_SLICE, Math.max(LEAST_SLICE, 2 ** power));
}
