import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceFor } from "../../src/catalog/slice.ts";
import { shares, sliceBesideWriting } from "../../src/engine/llama/plan.ts";

test("slices are powers of two from 32 to 512, shorter for larger models and beside requests that write", () => {
  expect([1e6, 4.94e8, 1.5e9, 7e9, 7e11].map(sliceFor)).toEqual([512, 512, 128, 32, 32]);
  expect([512, 256, 64, 32].map(sliceBesideWriting)).toEqual([128, 64, 32, 32]);
});

test("a share is all that is wanted, or an equal part of what the modest leave", () => {
  expect(shares([1, 500, 1], 128)).toEqual([1, 126, 1]);
  expect(shares([500, 20, 500], 120)).toEqual([50, 20, 50]);
  expect(shares([], 5)).toEqual([]);
});

test("shares never pass what is wanted or there is, leave nothing unused, and none is left out", () => {
  const wanted = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(wanted, fc.integer({ min: 64, max: 512 }), (wants, most) => {
      const got = shares(wants, most);
      const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
      expect(sum(got)).toBe(Math.min(most, sum(wants)));
      got.forEach((share, i) => {
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThanOrEqual(wants[i] ?? 0);
      });
    }),
  );
});
