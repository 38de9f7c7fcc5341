import { placesOf, type Row } from "../batch.ts";
import type { Sample } from "../data/encode.ts";

/** Two answers to one prompt, each with the prompt before it; learned is the answer alone. */
export interface Pair {
  readonly chosen: Sample;
  readonly rejected: Sample;
  /** The beginning of what was asked. */
  readonly question: string;
}

/** A pair as it stands in a row: its better answer, then the worse one. */
export function segmentsOf({ chosen, rejected }: Pair): readonly [Sample, Sample] {
  return [chosen, rejected];
}

/** Places that a pair takes in a row. */
export function placesOfPair(pair: Pair): number {
  return segmentsOf(pair).reduce((sum, one) => sum + placesOf(one), 0);
}

/** What belongs to the answers of rows, two by two as `packedPairs` lays them out. */
export function pairwise<Item>(segments: readonly Item[]): [Item, Item][] {
  return segments.flatMap((chosen, i): [Item, Item][] => {
    const rejected = segments[i + 1];
    return i % 2 === 0 && rejected !== undefined ? [[chosen, rejected]] : [];
  });
}

/** Rows of as many pairs as fit, in their order; both answers of a pair share a row. */
export function packedPairs(pairs: readonly Pair[], time: number): Row[] {
  const rows: Sample[][] = [];
  let left = 0;
  for (const pair of pairs) {
    const places = placesOfPair(pair);
    if (rows.length === 0 || places > left) {
      rows.push([]);
      left = time;
    }
    rows.at(-1)?.push(...segmentsOf(pair));
    left -= places;
  }
  return rows;
}
