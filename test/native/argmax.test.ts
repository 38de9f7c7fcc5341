import fc from "fast-check";
import { expect, test } from "vitest";
import { argmax } from "../../src/native/llama/argmax.ts";

const first = (values: readonly number[]): number => {
  const most = Math.max(...values);
  return Math.max(0, values.indexOf(most));
};

test("is where the first of the highest floats stands, whatever their signs", () => {
  const float = fc.oneof(
    fc.float({ noNaN: true }),
    fc.constantFrom(0, -0, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  const negative = fc.float({ noNaN: true, max: 0 });
  const array = fc.oneof(...[float, negative].map((one) => fc.array(one, { minLength: 1, maxLength: 40 })));
  fc.assert(
    fc.property(array, (values) => {
      expect(argmax(Float32Array.from(values).buffer)).toBe(first(values));
    }),
    { numRuns: 500 },
  );
});

test("passes over what is no number", () => {
  expect(argmax(Float32Array.from([Number.NaN, 1, 3, Number.NaN, 2]).buffer)).toBe(2);
  expect(argmax(Float32Array.from([Number.NaN]).buffer)).toBe(0);
});
