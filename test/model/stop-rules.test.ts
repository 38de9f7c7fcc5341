import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireStopRules, type StopRules, StopWatch } from "../../src/model/stop-rules.ts";

/** What a watch lets through of a text that comes in pieces. */
function through(rules: StopRules, pieces: readonly string[], trims = false) {
  const watch = new StopWatch(rules, trims);
  const given = [...pieces.map((piece) => watch.push(piece)), watch.end()];
  return { given, text: given.join(""), isStopped: watch.isStopped };
}

describe("a stop watch", () => {
  test.each([
    [{ until: ["END"] }, ["one E", "N", "D two"], "one ", true],
    [{ until: ["END"] }, ["one E", "N"], "one EN", false],
    [{ until: ["\nUser:"] }, ["Hi.\n", "Use", "rs like it.\nUser", ":"], "Hi.\nUsers like it.", true],
    [{ until: ["b", "ab"] }, ["xa", "b"], "x", true],
    [{ until: ["abc", "b"] }, ["xa", "b", "c"], "x", true],
    [{ until: ["abc", "b"] }, ["xa", "b", "d"], "xa", true],
    [{ until: ["abc", "b"] }, ["xa", "b"], "xa", true],
    [{ lines: 1 }, ["one", "\ntwo"], "one", true],
    [{ lines: 2 }, ["one\ntwo\nthree"], "one\ntwo", true],
    [{ lines: 2 }, ["one\ntwo"], "one\ntwo", false],
    [{ lines: 2, until: ["\n\n"] }, ["one\n", "\ntwo"], "one", true],
    [{}, ["as", " it is "], "as it is ", false],
  ])("%j of %j", (rules, pieces, text, isStopped) => {
    expect(through(rules, pieces)).toMatchObject({ text, isStopped });
  });

  test("trims both ends also where white space comes in pieces", () => {
    expect(through({ until: ["\n\n"] }, [" ", "\n Paris", " is", " ", "\n", "\nNext"], true).given).toEqual([
      "",
      "Paris",
      " is",
      "",
      "",
      "",
      "",
    ]);
  });

  test("lets the same through however the text is cut, and never a part of what ends it", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 24 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n"), minLength: 1, maxLength: 3 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        letters,
        stops,
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        (text, until, lines) => {
          const rules = { until, ...(lines === undefined ? {} : { lines }) };
          const breaks = [...text].flatMap((letter, at) => (letter === "\n" ? [at] : []));
          const ends = [...until.map((stop) => text.indexOf(stop)), breaks[(lines ?? 99) - 1] ?? -1];
          const end = Math.min(text.length, ...ends.filter((at) => at !== -1));
          expect(through(rules, [...text]).text).toBe(text.slice(0, end));
          expect(through(rules, [text]).text).toBe(text.slice(0, end));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([{ until: [""] }, { lines: 0 }, { lines: 1.5 }])("%j is refused", (rules) => {
    expect(() => requireStopRules(rules)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
