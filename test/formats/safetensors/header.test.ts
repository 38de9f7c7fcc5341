import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadFileError, BasewiseError, NotFoundError } from "../../../src/errors.ts";
import { openFile } from "../../../src/formats/file-bytes.ts";
import {
  headerLength,
  parseSafetensorsHeader,
  readSafetensorsHeader,
  type SafetensorsHeader,
} from "../../../src/formats/safetensors/header.ts";
import { temporaryFile, temporaryFolder } from "../../support/gguf.ts";
import { floats, safetensorsBytes, withHeader } from "../../support/safetensors.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/safetensors/${name}`, import.meta.url));

function parse(bytes: Buffer): SafetensorsHeader {
  const length = headerLength("m", bytes, bytes.length);
  return parseSafetensorsHeader("m", bytes.subarray(8, 8 + length), bytes.length);
}

describe("a file of the reference implementation", () => {
  const expected: { shapes: Record<string, number[]>; bytes: Record<string, number> } = JSON.parse(
    readFileSync(fixture("dtypes.json"), "utf8"),
  );

  test("gives every tensor's shape and size", async () => {
    const { tensors, metadata } = await readSafetensorsHeader(fixture("dtypes.safetensors"));
    const all = [...tensors.values()];
    expect(Object.fromEntries(all.map(({ name, shape }) => [name, shape]))).toEqual(expected.shapes);
    expect(Object.fromEntries(all.map(({ name, bytes }) => [name, bytes]))).toEqual(expected.bytes);
    expect(metadata).toEqual(new Map([["format", "pt"]]));
  });

  test("leads to every tensor's values", async () => {
    await using file = await openFile(fixture("dtypes.safetensors"));
    const { tensors } = await readSafetensorsHeader(file.path);
    const values = async (name: string): Promise<ArrayBuffer> => {
      const { offset = 0, bytes = 0 } = tensors.get(name) ?? {};
      return Uint8Array.from(await file.read(offset, bytes)).buffer;
    };
    expect([...new Float32Array(await values("float32"))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...new BigInt64Array(await values("int64"))]).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    expect([...new Float32Array(await values("scalar"))]).toEqual([2.5]);
    expect([...new Uint16Array(await values("float16"))].slice(0, 3)).toEqual([0, 0x3c00, 0x4000]);
    expect((await values("empty")).byteLength).toBe(0);
  });
});

test("what is written is read back", () => {
  const tensor = fc.array(fc.nat(4), { maxLength: 4 }).map((shape) => ({
    dtype: "F32",
    shape,
    data: floats(...Array(shape.reduce((a, b) => a * b, 1)).fill(1)),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constant("__proto__")), tensor, {
        noNullPrototype: true,
      }),
      (written) => {
        const { __metadata__: _, ...tensors } = written;
        const read = parse(safetensorsBytes(tensors)).tensors;
        expect(new Map([...read].map(([name, { shape }]) => [name, shape]))).toEqual(
          new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
        );
      },
    ),
  );
});

const entry = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
const data = new Uint8Array(16);

describe("a hostile header is refused with what is wrong", () => {
  test.each<[string, Buffer, RegExp]>([
    ["not JSON", withHeader("{"), /is not JSON/],
    ["not UTF-8", Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), /is not UTF-8/],
    ["an array", withHeader("[]"), /no JSON object/],
    ["null", withHeader("null"), /no JSON object/],
    ["a deep entry", withHeader(`{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`), /nested deeper than 3/],
    ["an entry that is no object", withHeader(`{"a":7}`, data), /unknown element type/],
    ["an unknown type", withHeader(`{"a":${entry("F17", "[4]", 0, 16)}}`, data), /unknown element type/],
    ["a type of the prototype", withHeader(`{"a":${entry("toString", "[4]", 0, 16)}}`, data), /element type/],
    ["no shape", withHeader(`{"a":{"dtype":"F32","data_offsets":[0,16]}}`, data), /no sound shape/],
    ["a negative size", withHeader(`{"a":${entry("F32", "[-4]", 0, 16)}}`, data), /no sound shape/],
    ["half an element", withHeader(`{"a":${entry("F32", "[4.5]", 0, 18)}}`, data), /no sound shape/],
    ["a text as size", withHeader(`{"a":${entry("F32", '["4"]', 0, 16)}}`, data), /no sound shape/],
    [
      "nine dimensions",
      withHeader(`{"a":${entry("F32", "[1,1,1,1,1,1,1,1,4]", 0, 16)}}`, data),
      /sound shape/,
    ],
    [
      "a huge product",
      withHeader(`{"a":${entry("F32", "[4294967296,4294967296]", 0, 16)}}`, data),
      /and yet/,
    ],
    [
      "zero times huge",
      withHeader(`{"a":${entry("F32", "[0,9007199254740991,9]", 0, 0)}}`),
      /and yet takes 0/,
    ],
    ["one offset", withHeader(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}`, data), /data_offsets/],
    ["offsets backwards", withHeader(`{"a":${entry("F32", "[4]", 16, 0)}}`, data), /data_offsets/],
    ["a negative offset", withHeader(`{"a":${entry("F32", "[4]", -16, 0)}}`, data), /data_offsets/],
    ["a rounded offset", withHeader(`{"a":${entry("F32", "[4]", 0, "1e300")}}`, data), /data_offsets/],
    ["a size that is another", withHeader(`{"a":${entry("F32", "[4]", 0, 12)}}`, data), /takes 12 bytes/],
    ["half a byte", withHeader(`{"a":${entry("F4", "[3]", 0, 2)}}`, data), /and yet takes 2 bytes/],
    [
      "an overlap",
      withHeader(`{"a":${entry("F32", "[3]", 0, 12)},"b":${entry("F32", "[2]", 8, 16)}}`, data),
      /"b" overlaps/,
    ],
    [
      "two at one place",
      withHeader(`{"a":${entry("F32", "[4]", 0, 16)},"b":${entry("F32", "[4]", 0, 16)}}`, data),
      /overlaps/,
    ],
    [
      "a hole",
      withHeader(`{"a":${entry("F32", "[1]", 0, 4)},"b":${entry("F32", "[2]", 8, 16)}}`, data),
      /"b" begins 4 bytes behind/,
    ],
    ["a hole at the start", withHeader(`{"a":${entry("F32", "[2]", 8, 16)}}`, data), /begins 8 bytes behind/],
    ["a rest at the end", withHeader(`{"a":${entry("F32", "[2]", 0, 8)}}`, data), /8 bytes at its end/],
    ["an end beyond the file", withHeader(`{"a":${entry("F32", "[8]", 0, 32)}}`, data), /cut short/],
    ["a tensor twice", withHeader(`{"a":${entry("F32", "[4]", 0, 16)},"a":7}`, data), /"a" appears twice/],
    [
      "a field twice",
      withHeader(`{"a":{"dtype":"F32","dtype":"I8","shape":[4],"data_offsets":[0,16]}}`, data),
      /"dtype" appears twice/,
    ],
    ["metadata that is no text", withHeader(`{"__metadata__":{"a":1}}`), /something else than texts/],
    ["metadata that is no object", withHeader(`{"__metadata__":"pt"}`), /something else than texts/],
    ["no name", withHeader(`{"":${entry("F32", "[4]", 0, 16)}}`, data), /name of 0 characters/],
    ["a long name", withHeader(`{"${"a".repeat(2000)}":7}`), /name of 2000 characters/],
  ])("%s", (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(BadFileError);
    expect(() => parse(bytes)).toThrow(message);
  });

  test.each([
    ["2^64 - 1", 2n ** 64n - 1n, /claims a header of/],
    ["2^40", 2n ** 40n, /claims a header of/],
    ["more than there is", 1000n, /cut short/],
  ])("a header of %s bytes", (_, length, message) => {
    const bytes = Buffer.alloc(64);
    bytes.writeBigUInt64LE(length);
    expect(() => parse(bytes)).toThrow(message);
  });

  test("however it is changed: a sound header or a BadFileError, and nothing else", () => {
    const sound = safetensorsBytes(
      {
        a: { dtype: "F32", shape: [2, 2], data },
        b: { dtype: "BF16", shape: [8], data },
        c: { dtype: "I8", shape: [], data: data.subarray(0, 1) },
      },
      { format: "pt" },
    );
    const change = fc.record({
      at: fc.nat(sound.length - 1),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:0129-eE\\ '))),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        let bytes = Buffer.from(sound);
        for (const { at, byte, cut } of changes) {
          if (at >= bytes.length) continue;
          if (cut) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 4))]);
          else bytes[at] = byte;
        }
        if (bytes.length < 8) return;
        try {
          for (const { offset, bytes: size } of parse(bytes).tensors.values()) {
            expect(offset + size).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          if (!(error instanceof BadFileError)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a file that cannot be read", () => {
  test("is not found where nothing is", async () => {
    await expect(readSafetensorsHeader(join(temporaryFolder(), "absent"))).rejects.toThrow(NotFoundError);
  });

  test.each([
    ["empty", new Uint8Array(0), /is empty/],
    ["one byte", new Uint8Array(1), /cut short/],
    ["a pointer of Git LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), /another format/],
  ])("is refused: %s", async (_, bytes, message) => {
    const path = temporaryFile("m.safetensors", bytes);
    await expect(readSafetensorsHeader(path)).rejects.toThrow(message);
    await expect(readSafetensorsHeader(path)).rejects.toBeInstanceOf(BasewiseError);
  });

  test("is refused when it is a folder", async () => {
    const path = join(temporaryFolder(), "m.safetensors");
    mkdirSync(path);
    await expect(readSafetensorsHeader(path)).rejects.toThrow(/not a regular file/);
  });
});
