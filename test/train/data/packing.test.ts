import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placesOf, type Segment } from "../../../src/train/batch.ts";
import { drawn } from "../../../src/train/data/mixture.ts";
import { packed } from "../../../src/train/data/packing.ts";
import { PackedBatches } from "../../../src/train/packed-batches.ts";
import { Random } from "../../../src/train/random.ts";

const segment = (length: number): Segment => ({ ids: new Array<number>(length).fill(1) });
const places = (row: readonly Segment[]) => row.reduce((sum, one) => sum + placesOf(one), 0);

describe("packing", () => {
  test("every sample is in one row, whole, and no row is over-full", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 33 })),
        fc.constantFrom("in-order", "best-fit"),
        (lengths, how) => {
          const segments = lengths.map(segment);
          const rows = packed(segments, 32, how, new Random(1));
          expect(new Set(rows.flat())).toEqual(new Set(segments));
          expect(rows.flat()).toHaveLength(segments.length);
          expect(rows.every((row) => row.length > 0 && places(row) <= 32)).toBe(true);
        },
      ),
    );
  });

  test("best fit wastes less than filling in order", () => {
    // Pairs of these fill a row of 32 exactly, in an order in which neighbours never do.
    const segments = [21, 21, 21, 21, 13, 13, 13, 13].map(segment);
    expect(packed(segments, 32, "in-order", new Random(1))).toHaveLength(6);
    expect(packed(segments, 32, "best-fit", new Random(1))).toHaveLength(4);
  });
});

describe("mixture", () => {
  const portion = (name: string, count: number, weight: number) => ({
    items: Array.from({ length: count }, (_, i) => `${name}${i}`),
    weight,
  });

  test("a weight of 1 is every item once, in order", () => {
    expect(drawn([portion("a", 3, 1), portion("b", 2, 1)], 5, 7)).toEqual(["a0", "a1", "a2", "b0", "b1"]);
  });

  test("other weights draw their share, and nothing again before all was drawn as often", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        (count, weight) => {
          const epochs = Array.from({ length: 6 }, (_, epoch) =>
            drawn([portion("a", count, weight)], 3, epoch),
          );
          const all = epochs.flat();
          expect(Math.abs(all.length - 6 * weight * count)).toBeLessThanOrEqual(0.5);
          const times = portion("a", count, weight).items.map(
            (item) => all.filter((one) => one === item).length,
          );
          expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("what a step reads follows from the seed and the step alone", () => {
    const sources = [
      { items: [9, 12, 5, 30, 8].map(segment), weight: 0.5 },
      { items: [4, 6, 7, 11].map(segment), weight: 2 },
    ];
    const batches = () =>
      new PackedBatches(sources, { time: 32, batch: 2 }, 4, (segments, time, random) =>
        packed(segments, time, "best-fit", random),
      );
    const whole = batches();
    const steps = Array.from({ length: 3 * whole.stepsPerEpoch }, (_, step) => whole.at(step));
    for (const step of [steps.length - 1, 0, Math.floor(steps.length / 2)]) {
      expect(batches().at(step)).toEqual(steps[step]);
    }
  });
});
