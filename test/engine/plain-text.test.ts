import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isReserved, PlainText } from "../../src/engine/llama/plain-text.ts";

describe("plain text", () => {
  const reserved = ["<think>", "<thi", "aa", "</s>", "[INST]", "中文"];

  test("is cut after the first character of what it must not spell", () => {
    expect(new PlainText(reserved).pieces("x<think>y")).toEqual(["x<", "think>y"]);
    expect(new PlainText(reserved).pieces("aaa")).toEqual(["a", "a", "a"]);
    expect(new PlainText(reserved).pieces("中文")).toEqual(["中", "文"]);
    expect(new PlainText(["😀😀"]).pieces("😀😀")).toEqual(["😀", "😀"]);
    expect(new PlainText(reserved).pieces("plain")).toEqual(["plain"]);
    expect(new PlainText(reserved).pieces("")).toEqual([]);
  });

  test("without reserved texts, or with single characters only, stays whole", () => {
    expect(new PlainText([]).pieces("a b")).toEqual(["a b"]);
    expect(new PlainText(["a", "b"]).pieces("a b")).toEqual(["a b"]);
  });

  test("joined is the text, and no piece spells a reserved one", () => {
    const texts = fc.array(fc.constantFrom(...reserved, "<", "a", " ", "nk>", "中"), { maxLength: 12 });
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("");
        const pieces = new PlainText(reserved).pieces(text);
        expect(pieces.join("")).toBe(text);
        for (const piece of pieces) for (const name of reserved) expect(piece).not.toContain(name);
      }),
    );
  });
});

test("control tokens and markup are reserved, other added tokens are text", () => {
  const added = (text: string, isControl = false) => ({ id: 1, text, isControl });
  expect(["<think>", "</tool_call>", "[TOOL_CALLS]"].map((text) => isReserved(added(text)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(["\n\n", "   ", "word", "<a b>", "<>"].map((text) => isReserved(added(text)))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(isReserved(added("word", true))).toBe(true);
});
