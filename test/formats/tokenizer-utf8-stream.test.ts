import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Utf8Stream } from "../../src/formats/tokenizer/utf8-stream.ts";

describe("Utf8Stream", () => {
  test("holds a character back until its last byte", () => {
    const stream = new Utf8Stream();
    expect(stream.push(Uint8Array.of(0x41, 0xf0, 0x9f))).toBe("A");
    expect(stream.push(Uint8Array.of(0x8e))).toBe("");
    expect(stream.push(Uint8Array.of(0x89, 0xe4))).toBe("🎉");
    expect(stream.push(Uint8Array.of(0xb8, 0xad))).toBe("中");
    expect(stream.end()).toBe("");
  });

  test("marks what can never become a character, and what was never finished", () => {
    const stream = new Utf8Stream();
    expect(stream.push(Uint8Array.of(0xff, 0x41))).toBe("\ufffdA");
    expect(stream.push(Uint8Array.of(0xe4, 0xb8))).toBe("");
    expect(stream.end()).toBe("\ufffd");
    expect(stream.push(Uint8Array.of(0x42))).toBe("B");
  });

  test("keeps a byte order mark", () => {
    const stream = new Utf8Stream();
    expect(stream.push(Buffer.from("\ufeffA"))).toBe("\ufeffA");
  });

  test("gives whole characters and the whole text, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.integer({ min: 1, max: 5 })), (text, sizes) => {
        const bytes = Buffer.from(text);
        const stream = new Utf8Stream();
        const pieces: string[] = [];
        let start = 0;
        for (const size of [...sizes, bytes.length]) {
          pieces.push(stream.push(bytes.subarray(start, start + size)));
          start += size;
        }
        expect(pieces.join("") + stream.end()).toBe(text);
        for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
