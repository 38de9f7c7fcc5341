import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../../src/formats/tokenizer/heap.ts";
import { type MergeRules, mergeTokens } from "../../src/formats/tokenizer/merge.ts";

/** Rules from [left, right, result], the most urgent first. */
function rules(merges: readonly (readonly [number, number, number])[]): MergeRules {
  return {
    rank: (left, right) => merges.findIndex((merge) => merge[0] === left && merge[1] === right),
    result: (rank) => merges[rank]?.[2] ?? -1,
  };
}

/** The definition, word for word: scan for the most urgent pair, join it, start again. */
function mergeNaively(tokens: readonly number[], { rank, result }: MergeRules): number[] {
  const merged = [...tokens];
  for (;;) {
    const ranks = merged.slice(1).map((right, index) => rank(merged[index] ?? -1, right));
    const best = Math.min(...ranks.filter((value) => value >= 0));
    if (best === Number.POSITIVE_INFINITY) return merged;
    merged.splice(ranks.indexOf(best), 2, result(best));
  }
}

describe("mergeTokens", () => {
  const [a, b, c] = [0, 1, 2];

  test("joins the most urgent pair first, wherever it stands", () => {
    const urgent = rules([
      [b, c, 3],
      [a, b, 4],
      [4, 3, 5],
    ]);
    expect(mergeTokens(Int32Array.of(a, b, c), urgent)).toEqual([a, 3]);
    expect(mergeTokens(Int32Array.of(a, b, b, c), urgent)).toEqual([5]);
    expect(mergeTokens(Int32Array.of(c, b, a), urgent)).toEqual([c, b, a]);
  });

  test("joins the leftmost of equal pairs", () => {
    expect(mergeTokens(Int32Array.of(a, a, a), rules([[a, a, 3]]))).toEqual([3, a]);
  });

  test("leaves nothing and a single token as they are", () => {
    expect(mergeTokens(new Int32Array(), rules([]))).toEqual([]);
    expect(mergeTokens(Int32Array.of(b), rules([[b, b, 3]]))).toEqual([b]);
  });

  test("does what the definition says", () => {
    const small = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 40 }),
        fc.uniqueArray(fc.tuple(small, small), { selector: String, maxLength: 8 }),
        (tokens, pairs) => {
          const merges = rules(pairs.map(([left, right], index) => [left, right, 3 + index]));
          expect(mergeTokens(Int32Array.from(tokens), merges)).toEqual(mergeNaively(tokens, merges));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("looks up at most three pairs a byte in a hostile word", () => {
    const size = 1 << 18;
    let lookUps = 0;
    const merged = mergeTokens(new Int32Array(size), {
      // Each merge doubles the length: 0 is one letter, 16 is 65,536 of them.
      rank: (left, right) => {
        lookUps++;
        return left === right && left < 16 ? left : -1;
      },
      result: (rank) => rank + 1,
    });
    expect(merged).toEqual([16, 16, 16, 16]);
    expect(lookUps).toBeLessThanOrEqual(3 * size);
  });
});

describe("Heap", () => {
  test("gives its items in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((x, y) => x < y);
        items.forEach((item) => {
          heap.push(item);
        });
        const sorted = items.map(() => heap.pop());
        expect(sorted).toEqual([...items].sort((x, y) => x - y));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
