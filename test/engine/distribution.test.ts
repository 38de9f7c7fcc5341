import { expect, test } from "vitest";
import { highest, logSumExp } from "../../src/engine/distribution.ts";

test("ln of a sum of powers, without overflow", () => {
  expect(logSumExp(Float32Array.of(0, 0))).toBeCloseTo(Math.LN2, 12);
  expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 9);
  expect(logSumExp(Float32Array.of(Number.NEGATIVE_INFINITY, 3))).toBe(3);
});

test("the highest logits, highest first, of equal ones the lower id", () => {
  const logits = Float32Array.of(1, 5, 3, 5, -2);
  expect(highest(logits, 1)).toEqual([1]);
  expect(highest(logits, 3)).toEqual([1, 3, 2]);
  expect(highest(logits, 9)).toEqual([1, 3, 2, 0, 4]);
  expect(highest(logits, 0)).toEqual([]);
});
