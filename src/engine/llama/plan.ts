import { LEAST_SLICE } from "../../catalog/slice.ts";

/** Sequences that are computed together unless stated. */
export const SEQUENCES = 4;
/** Outputs of one batch: enough to score text quickly, little memory even for large vocabularies. */
export const OUTPUTS = 32;
/** Tokens of context where the model was trained for more and nothing is stated. */
export const DEFAULT_CONTEXT = 4096;
/** The share of a slice that is read in one batch while other requests write: they wait for it. */
const SHARE_BESIDE_WRITING = 1 / 4;

/** Most tokens of a batch in which some requests write and others read their prompts. */
export function sliceBesideWriting(slice: number): number {
  return Math.min(slice, Math.max(LEAST_SLICE, slice * SHARE_BESIDE_WRITING));
}

/** What each gets of so many: all that it wants, or an equal part of what those that want less leave; at least 1. */
export function shares(wanted: readonly number[], most: number): number[] {
  const got = wanted.map(() => 0);
  const modestFirst = [...wanted.entries()].sort(([, one], [, other]) => one - other);
  let left = most;
  for (const [at, [index, want]] of modestFirst.entries()) {
    const share = Math.min(want, Math.max(1, Math.floor(left / (wanted.length - at))));
    got[index] = share;
    left -= share;
  }
  return got;
}
