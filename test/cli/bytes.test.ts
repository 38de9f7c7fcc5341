import { expect, test } from "vitest";
import { bytesOf } from "../../src/cli/bytes.ts";

test.each([
  ["8GiB", 8 * 2 ** 30],
  ["8G", 8 * 2 ** 30],
  ["8gib", 8 * 2 ** 30],
  ["8 GB", 8e9],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["512MiB", 2 ** 29],
  ["300k", 300 * 1024],
  ["0GiB", undefined],
  ["-1GiB", undefined],
  ["8", undefined],
  ["", undefined],
  ["GiB", undefined],
  ["8GiBs", undefined],
  ["1e3G", undefined],
  [`${"9".repeat(400)}G`, undefined],
])("%s", (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});
