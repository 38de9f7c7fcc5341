import pc from "picocolors";
import { expect, test } from "vitest";
import { plotLines } from "../../src/cli/plot.ts";
import { averaged, sparkline } from "../../src/train/run/sparkline.ts";

const plain = pc.createColors(false);

test("a sparkline rises with its numbers and averages what does not fit", () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([1, 1, 1], 8)).toBe("▁▁▁");
  expect(sparkline([], 8)).toBe("");
  expect(averaged([1, 3, 5, 7, 9, 11], 3)).toEqual([2, 6, 10]);
});

test("a plot puts the first point at the left and the highest at the top, and names its ranges", () => {
  const lines = plotLines([{ xs: [1, 2, 3], ys: [4, 3, 2] }], 20, 3, plain);
  expect(lines[0]).toMatch(/^ {8}4 │⠁$/);
  expect(lines[2]).toMatch(/^ {8}2 │ +⢀$/);
  expect(lines[3]).toMatch(/└─+$/);
  expect(lines[4]).toMatch(/ 1 +3$/);
  expect(plotLines([{ xs: [1], ys: [Number.NaN] }], 20, 3, plain)).toHaveLength(5);
});
