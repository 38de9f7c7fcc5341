import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { preTokenEnd } from "../../src/formats/tokenizer/split.ts";

/** Qwen2's expression in JavaScript's words: ASCII case spelled out, White_Space for \s. */
const QWEN2 =
  /'(?:[sStTmMdD]|[rRvV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function split(text: string): string[] {
  const words: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = preTokenEnd(text, start);
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
}

const telling = fc.constantFrom(
  ..."'sStTmMdDrRvVeElLſ \n\r\t\u0085\u00a0\u3000\ufeff\u200b.!_<|>aé中ข้7²Ⅷ½",
  ..."🎉𝒜𝟘",
  "'ll",
  "'RE",
  "\r\n",
  "  ",
  "\ud800",
  "\udc00",
  "e\u0301",
);

describe("preTokenEnd", () => {
  test.each([
    ["Hello world", ["Hello", " world"]],
    ["I'm SHE'LL we've'd", ["I", "'m", " SHE", "'LL", " we", "'ve", "'d"]],
    ["'sun 'ſ", ["'s", "un", " '", "ſ"]],
    ["year 2024", ["year", " ", "2", "0", "2", "4"]],
    ["a  b", ["a", " ", " b"]],
    ["end.  ", ["end", ".", "  "]],
    ["end. \n\n  x", ["end", ".", " \n\n", " ", " x"]],
    ["你好，世界！", ["你好", "，世界", "！"]],
    ["if (x) {\n\treturn;\n}", ["if", " (", "x", ")", " {\n", "\treturn", ";\n", "}"]],
    ["<|im_end|>", ["<|", "im", "_end", "|>"]],
    ["a\u0085b\ufeffc", ["a", "\u0085b", "\ufeffc"]],
    ["\u0085\ufeff", ["\u0085", "\ufeff"]],
    ["👍🏽 ok", ["👍🏽", " ok"]],
  ])("splits %j as Qwen2 does", (text, words) => {
    expect(split(text)).toEqual(words);
  });

  test("agrees with Qwen2's regular expression", () => {
    const texts = fc.oneof(
      fc.array(telling, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(split(text)).toEqual(text.match(QWEN2) ?? []);
      }),
      { numRuns: 2_000 },
    );
  });

  test("takes a run of any length", () => {
    for (const character of ["a", " ", "\n", "!", "中"]) {
      const text = character.repeat(1 << 20);
      expect(preTokenEnd(text, 0)).toBe(text.length);
    }
  });
});
