import { expect, test } from "vitest";
import {
  bytesOfFloats,
  type FloatType,
  floatsOf,
  RowConverter,
  type RowType,
} from "../../src/native/rows.ts";

/** Every pattern of 16 bits, which as f32 are pairs of them. */
const PATTERNS = new Uint8Array(Uint16Array.from({ length: 2 ** 16 }, (_, value) => value).buffer);
const COLUMNS = 64;

test.each<[FloatType, RowType]>([
  ["bf16", "f16"],
  ["f16", "bf16"],
  ["bf16", "f32"],
  ["f16", "f32"],
  ["f32", "f16"],
  ["f32", "bf16"],
  ["f32", "q8_0"],
])(
  "rows of %s become %s through memory that is used again, as the library converts them at once",
  (from, to) => {
    // Blocks of q8_0 have a scale, which infinities have none of.
    const source = to === "q8_0" ? new Uint8Array(new Float32Array(4096).map(Math.sin).buffer) : PATTERNS;
    const converter = new RowConverter();
    const whole = bytesOfFloats(floatsOf(source, from), to, COLUMNS);
    const parts: Uint8Array[] = [];
    const step = source.length / 4;
    for (let at = 0; at < source.length; at += step) {
      parts.push(converter.convert(source.slice(at, at + step), from, to, COLUMNS).slice());
    }
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  },
);
