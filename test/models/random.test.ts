import { describe, expect, it } from "vitest";
import { Random } from "../../models/make/text/random.ts";

const draws = (seed: number, count: number) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.below(1_000));
};

describe("Random", () => {
  it("gives the same numbers for the same seed, others for the next", () => {
    expect(draws(1, 20)).toEqual(draws(1, 20));
    expect(draws(2, 20)).not.toEqual(draws(1, 20));
    expect(draws(2 ** 32 + 1, 20)).not.toEqual(draws(1, 20));
  });

  it("spreads evenly: the mean and every tenth of the range", () => {
    const numbers = draws(3, 20_000);
    expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(499.5, -1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((number) => Math.floor(number / 100) === tenth).length / numbers.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
    }
  });

  it("includes both ends of a range", () => {
    const random = new Random(4);
    expect(new Set(Array.from({ length: 100 }, () => random.between(2, 4)))).toEqual(new Set([2, 3, 4]));
  });

  it("samples different items and leaves the list as it was", () => {
    const random = new Random(5);
    const list = [1, 2, 3, 4, 5];
    for (let round = 0; round < 50; round++) expect(new Set(random.sample(list, 4)).size).toBe(4);
    expect(random.shuffle(list).toSorted()).toEqual(list);
    expect(list).toEqual([1, 2, 3, 4, 5]);
  });

  it("refuses to pick from nothing or to sample more than there is", () => {
    const random = new Random(6);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => random.sample([1], 2)).toThrow(RangeError);
  });
});
