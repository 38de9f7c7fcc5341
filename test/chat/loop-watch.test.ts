import { expect, test } from "vitest";
import { LoopWatch } from "../../src/chat/loop-watch.ts";

/** After how many pieces a watch sees a loop. */
function seenAfter(pieces: readonly string[]): number | undefined {
  const watch = new LoopWatch();
  const at = pieces.findIndex((piece) => watch.push(piece));
  return at === -1 ? undefined : at + 1;
}
const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);

test("a passage that comes again and again is a loop", () => {
  expect(seenAfter(times(100, "Wait, let me check. "))).toBeLessThanOrEqual(50);
  expect(seenAfter(["An answer that began well. ", ...times(500, "no ")])).toBeDefined();
  expect(seenAfter(times(400, "好的。"))).toBeDefined();
});

test("a text that goes on, a list that counts, and lines of layout are none", () => {
  expect(seenAfter(Array.from({ length: 400 }, (_, i) => `${i}. step of many\n`))).toBeUndefined();
  expect(seenAfter(times(2000, "-"))).toBeUndefined();
  expect(seenAfter(times(7, "A passage that is quoted a few times and then left."))).toBeUndefined();
});
