import { Heap } from "./heap.ts";

/** What the merges say of two neighbouring tokens. */
export interface MergeRules {
  /** How urgent merging the pair is, 0 first; -1 where no merge joins it. */
  rank(left: number, right: number): number;
  /** The token that the merge of this rank makes. */
  result(rank: number): number;
}

const NONE = -1;

/**
 * Applies the merges to the byte tokens of one pre-token (overwritten), always the most urgent merge, the leftmost of
 * equals, as llama.cpp does. The tokens form a linked list and the possible merges a heap, so that n bytes take
 * O(n log n) steps and at most 3n look-ups, however long or hostile the pre-token is.
 */
export function mergeTokens(tokens: Int32Array, rules: MergeRules): number[] {
  const count = tokens.length;
  const next = new Int32Array(count);
  const previous = new Int32Array(count);
  /** The rank of the pair that begins here: what the heap holds is out of date where it says otherwise. */
  const ranks = new Int32Array(count);
  /** rank · count + position: one number that orders by urgency, then from left to right. */
  const possible = new Heap<number>((a, b) => a < b);

  const consider = (position: number): void => {
    const right = next[position] ?? NONE;
    const rank = right === NONE ? NONE : rules.rank(tokens[position] ?? NONE, tokens[right] ?? NONE);
    ranks[position] = rank;
    if (rank !== NONE) possible.push(rank * count + position);
  };

  for (let position = 0; position < count; position++) {
    previous[position] = position - 1;
    next[position] = position + 1 < count ? position + 1 : NONE;
  }
  for (let position = 0; position < count; position++) consider(position);

  for (let best = possible.pop(); best !== undefined; best = possible.pop()) {
    const position = best % count;
    const rank = (best - position) / count;
    if (ranks[position] !== rank) continue;

    const right = next[position] ?? NONE;
    const after = next[right] ?? NONE;
    tokens[position] = rules.result(rank);
    ranks[right] = NONE;
    next[position] = after;
    if (after !== NONE) previous[after] = position;

    consider(position);
    const before = previous[position] ?? NONE;
    if (before !== NONE) consider(before);
  }

  const merged: number[] = [];
  for (let position = 0; position < count && position !== NONE; position = next[position] ?? NONE) {
    merged.push(tokens[position] ?? NONE);
  }
  return merged;
}
