import type { VectorRow } from "./write-vectors.ts";

/** One text with its vector as a line of JSON. */
export function jsonlLine({ index, text, vector }: VectorRow): string {
  return JSON.stringify({ index, text, embedding: numbersOf(vector) });
}

/** The numbers of a vector with as many digits as 32 bits hold, and no more. */
export function numbersOf(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)));
}
