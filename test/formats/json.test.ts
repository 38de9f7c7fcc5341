import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonError, parseJson } from "../../src/formats/json.ts";

const LIMITS = { depth: 64, values: 100_000 };

test("reads what JSON.parse reads, to the same value", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(parseJson(text, LIMITS)).toEqual(JSON.parse(text));
    }),
  );
});

test("structure inside strings does not count", () => {
  const value = { 'a"[[[{,,,:': '\\"]]]}"', b: "\\" };
  expect(parseJson(JSON.stringify(value), { depth: 1, values: 3 })).toEqual(value);
});

describe("refuses before it takes memory", () => {
  test.each([
    ["deep arrays", "[".repeat(65), "it is nested deeper than 64 levels"],
    ["deep objects", '{"a":'.repeat(65), "it is nested deeper than 64 levels"],
    ["many numbers", `[${"0,".repeat(100_001)}0]`, "it holds more than 100000 values"],
    ["many empty arrays", `[${"[],".repeat(100_001)}[]]`, "it holds more than 100000 values"],
  ])("%s", (_, text, message) => {
    expect(() => parseJson(text, LIMITS)).toThrow(message);
  });
});

describe("refuses the same key twice", () => {
  test.each([
    ['{"a":1,"a":2}', 'the key "a" appears twice'],
    ['{"a":{"b":1},"c":[{"x" :1, "y":2,"x": 3}]}', 'the key "x" appears twice'],
    ['{"a":1,"\\u0061":2}', 'the key "a" appears twice'],
  ])("%s", (text, message) => {
    expect(() => parseJson(text, LIMITS)).toThrow(message);
  });

  test("but not in different objects, or as a value", () => {
    expect(parseJson('{"a":{"a":"a"},"b":["a","a"]}', LIMITS)).toEqual({ a: { a: "a" }, b: ["a", "a"] });
  });
});

test("what is no JSON is a JsonError, and nothing else is ever thrown", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\01ae ') }), (text) => {
      try {
        parseJson(text, LIMITS);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError);
      }
    }),
    { numRuns: 2000 },
  );
});
