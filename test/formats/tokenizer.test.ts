import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadInputError } from "../../src/errors.ts";
import { BYTE_ALPHABET, bytesOf } from "../../src/formats/tokenizer/alphabet.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import type { Vocabulary } from "../../src/formats/tokenizer/vocabulary.ts";

const CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

/** 256 bytes, then a token a merge, then the control tokens. */
function vocabulary(merges: readonly string[]): Vocabulary {
  const ordinary = [...BYTE_ALPHABET, ...merges.map((merge) => merge.replace(" ", ""))];
  return {
    tokens: [...ordinary, ...CONTROL],
    merges,
    controlTokens: CONTROL.map((text, index) => ({ id: ordinary.length + index, text })),
  };
}

const MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "ä ½", "ä½ ł", "< |", "i m", "| >"];
const tokenizer = new Tokenizer(vocabulary(MERGES));

/** Whatever text: whole characters, halves of them, and everything that looks like a control token. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(...CONTROL, "<|", "|>", "hello", "hell", "你好", "\n", "\r\n", "   ", "👩‍🚀", "\ud83d"),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("the byte alphabet", () => {
  test("is GPT-2's", () => {
    expect(new Set(BYTE_ALPHABET).size).toBe(256);
    expect(["\n", " ", "!", "~", "\x7f", "\x80", "\xa1", "\xad", "\xff"].map(letter)).toEqual([
      ..."ĊĠ!~ġĢ¡Ńÿ",
    ]);
  });

  test("spells every byte, and nothing else", () => {
    expect(bytesOf(BYTE_ALPHABET.join(""))).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect(bytesOf("a b")).toBeUndefined();
    expect(bytesOf("中")).toBeUndefined();
  });

  function letter(byte: string): string | undefined {
    return BYTE_ALPHABET[byte.charCodeAt(0)];
  }
});

describe("encode", () => {
  test.each([
    ["hello", ["hello"]],
    ["hell hello", ["hell", "Ġ", "hello"]],
    ["ell", ["e", "ll"]],
    ["hello world", ["hello", "Ġw", "o", "r", "l", "d"]],
    ["你好", ["ä½ł", "å", "¥", "½"]],
    ["\ud800!", ["ï", "¿", "½", "!"]],
    ["<|im_end|>", ["<|", "im", "_", "e", "n", "d", "|>"]],
    ["", []],
  ])("applies the merges to %j as worked out by hand", (text, tokens) => {
    expect(tokenizer.encode(text).map((id) => tokenizer.vocabulary.tokens[id])).toEqual(tokens);
  });

  test("round-trips any text without ever writing a control token", () => {
    const lowest = 256 + MERGES.length;
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        expect(ids.every((id) => id < lowest)).toBe(true);
        expect(tokenizer.decode(ids)).toBe(Buffer.from(text).toString());
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same ids from the cache and after the cache has been emptied", () => {
    const fresh = new Tokenizer(vocabulary(MERGES));
    const first = fresh.encode("hello \ud800 hello");
    expect(fresh.encode("hello \ud800 hello")).toEqual(first);
    let words = "";
    for (let number = 0; number < 70_000; number++) {
      words += `!${number.toString(2).replaceAll("0", "a").replaceAll("1", "b")}`;
    }
    expect(fresh.decode(fresh.encode(words))).toBe(words);
    expect(fresh.encode("hello \ud800 hello")).toEqual(first);
  });

  test("encodes a megabyte of one letter", () => {
    const doubling = ["a a", "aa aa", "aaaa aaaa"];
    const ids = new Tokenizer(vocabulary(doubling)).encode("a".repeat((1 << 20) + 1));
    expect(ids.length).toBe((1 << 17) + 1);
    expect(ids.slice(-2)).toEqual([256 + 2, "a".charCodeAt(0)]);
  });
});

describe("control tokens", () => {
  test("have ids for the template alone", () => {
    expect(CONTROL.map((text) => tokenizer.controlId(text))).toEqual([266, 267, 268]);
    expect(() => tokenizer.controlId("<|eot_id|>")).toThrow(BadInputError);
    expect(() => tokenizer.controlId("hello")).toThrow(/no control token hello/);
  });

  test("have no text", () => {
    const end = tokenizer.controlId("<|im_end|>");
    expect(tokenizer.decode([...tokenizer.encode("hello"), end])).toBe("hello");
  });
});

describe("decode", () => {
  test("marks a character that was cut short", () => {
    const ids = tokenizer.encode("a好");
    expect(tokenizer.decode(ids.slice(0, -1))).toBe("a\ufffd");
  });

  test.each([269, -1, 0.5])("refuses the id %d", (id) => {
    expect(() => tokenizer.decode([id])).toThrow(BadInputError);
  });
});

describe("a vocabulary that contradicts itself", () => {
  const good = vocabulary(["a b"]);

  test.each<[string, Vocabulary, RegExp]>([
    ["a byte is missing", { ...good, tokens: good.tokens.with(0, "zz") }, /no ordinary token Ā/],
    ["a token has two ids", { ...good, tokens: [...good.tokens, "ab"] }, /token ab has two ids/],
    ["a token is no bytes", { ...good, tokens: [...good.tokens, "中"] }, /中 is not spelled/],
    ["a merge is no pair", { ...good, merges: ["ab"] }, /"ab" is not two tokens/],
    ["a merge has three parts", { ...good, merges: ["a b c"] }, /"a b c" is not two tokens/],
    ["a merge names no token", { ...good, merges: ["x y"] }, /no ordinary token xy/],
    [
      "a control token has another id",
      { ...good, controlTokens: [{ id: 0, text: "<s>" }] },
      /token 0 is not/,
    ],
    [
      "a merge spells a control token",
      { ...good, controlTokens: [{ id: 256, text: "ab" }] },
      /no ordinary token ab/,
    ],
  ])("is refused: %s", (_, wrong, message) => {
    expect(() => new Tokenizer(wrong)).toThrow(BadInputError);
    expect(() => new Tokenizer(wrong)).toThrow(message);
  });
});
