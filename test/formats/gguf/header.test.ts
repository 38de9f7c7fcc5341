import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gguf } from "@huggingface/gguf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadFileError, NotFoundError } from "../../../src/errors.ts";
import { parseGgufHeader, readGgufHeader } from "../../../src/formats/gguf/header.ts";
import {
  count,
  type GgufParts,
  ggufBytes,
  temporaryFile,
  temporaryFolder,
  text,
  tinyModel,
  type Value,
} from "../../support/gguf.ts";

const parse = (bytes: Uint8Array) => parseGgufHeader("m.gguf", bytes, bytes.length);

describe("a sound file", () => {
  test("gives its architecture, name, tensors and sizes", async () => {
    const bytes = ggufBytes(tinyModel());
    const header = await readGgufHeader(temporaryFile("m.gguf", bytes));
    expect(header.architecture).toBe("qwen3");
    expect(header.name).toBe("Tiny");
    expect(header.fileBytes).toBe(bytes.length);
    expect(header.parameterCount).toBe(8 * 5 + 8 * 8 + 8);
    expect(header.tensors).toEqual([
      { name: "token_embd.weight", shape: [8, 5], type: "F32", offset: 0, bytes: 160 },
      { name: "blk.0.attn_q.weight", shape: [8, 8], type: "F32", offset: 160, bytes: 256 },
      { name: "output_norm.weight", shape: [8], type: "F32", offset: 416, bytes: 32 },
    ]);
  });

  test("gives typed values, and nothing for another type or key", () => {
    const { metadata } = parse(
      ggufBytes(
        tinyModel({
          yes: { type: "bool", value: true },
          half: { type: "f32", value: 0.5 },
          below: { type: "i32", value: -7 },
          wide: { type: "u64", value: 2 ** 40 },
          huge: { type: "raw", number: 10, bytes: new Uint8Array(8).fill(255) },
        }),
      ),
    );
    expect(metadata.boolean("yes")).toBe(true);
    expect(metadata.number("half")).toBe(0.5);
    expect(metadata.number("below")).toBe(-7);
    expect(metadata.number("wide")).toBe(2 ** 40);
    expect(metadata.number("huge")).toBeUndefined();
    expect(metadata.string("yes")).toBeUndefined();
    expect(metadata.number("absent")).toBeUndefined();
    expect(metadata.strings("tokenizer.ggml.tokens")).toEqual(["a", "b", "c", "<|endoftext|>", "<|im_end|>"]);
    expect(metadata.stringAt("tokenizer.ggml.tokens", 4)).toBe("<|im_end|>");
    expect(metadata.stringAt("tokenizer.ggml.tokens", 5)).toBeUndefined();
    expect(metadata.numbers("tokenizer.ggml.token_type")).toEqual([1, 1, 1, 3, 3]);
  });

  test("is read as @huggingface/gguf reads it", async () => {
    const path = temporaryFile("m.gguf", ggufBytes(tinyModel({ 温度: { type: "f32", value: 0.5 } })));
    const ours = await readGgufHeader(path);
    const theirs = await gguf(path, { allowLocalFile: true, computeParametersCount: true });
    expect(ours.tensorDataOffset).toBe(Number(theirs.tensorDataOffset));
    expect(ours.parameterCount).toBe(theirs.parameterCount);
    const values = new Map<string, unknown>(Object.entries(theirs.metadata));
    expect(ours.metadata.strings("tokenizer.ggml.tokens")).toEqual(values.get("tokenizer.ggml.tokens"));
    expect(ours.metadata.number("温度")).toBe(values.get("温度"));
    expect(ours.tensors.map(({ name, shape, offset }) => ({ name, shape, offset }))).toEqual(
      theirs.tensorInfos.map(({ name, shape, offset }) => ({
        name,
        shape: shape.map(Number),
        offset: Number(offset),
      })),
    );
  });

  test("is read when its header is larger than the first read", async () => {
    const tokens = Array.from({ length: 120_000 }, (_, index) => `token ${index}`);
    const parts = tinyModel({ "tokenizer.ggml.tokens": { type: "strings", value: tokens } });
    const header = await readGgufHeader(temporaryFile("m.gguf", ggufBytes(parts)));
    expect(header.metadata.stringAt("tokenizer.ggml.tokens", 119_999)).toBe("token 119999");
    expect(header.tensorDataOffset).toBeGreaterThan(2 ** 20);
  });
});

describe("a file that cannot be read", () => {
  test("is not found where nothing is", async () => {
    const path = join(temporaryFolder(), "absent.gguf");
    await expect(readGgufHeader(path)).rejects.toThrow(NotFoundError);
    await expect(readGgufHeader(path)).rejects.toMatchObject({ exitCode: 4, reference: path });
  });

  test.each([
    ["empty", new Uint8Array(0), /is empty/],
    ["one byte", new Uint8Array([71]), /not a GGUF file/],
    ["text", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), /not a GGUF file/],
    ["zeros", new Uint8Array(4096), /not a GGUF file/],
  ])("is refused: %s", async (_, bytes, message) => {
    const path = temporaryFile("m.gguf", bytes);
    await expect(readGgufHeader(path)).rejects.toThrow(BadFileError);
    await expect(readGgufHeader(path)).rejects.toThrow(message);
    await expect(readGgufHeader(path)).rejects.toMatchObject({ exitCode: 2, path });
  });

  test("is refused when it is a folder", async () => {
    const path = join(temporaryFolder(), "m.gguf");
    mkdirSync(path);
    await expect(readGgufHeader(path)).rejects.toThrow(/not a regular file/);
  });
});

const u64 = (value: bigint): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const arrayOf = (type: number, length: bigint): Value => ({
  type: "raw",
  number: 9,
  bytes: Buffer.concat([Buffer.from([type, 0, 0, 0]), u64(length)]),
});
const tensors = (...list: GgufParts["tensors"]): GgufParts => tinyModel({}, { tensors: list });
const twice = (parts: GgufParts): GgufParts => ({
  ...parts,
  keys: [...parts.keys, ["general.name", text("again")]],
});

describe("a hostile file is refused with what is wrong", () => {
  test.each<[string, GgufParts, RegExp]>([
    ["version 1", tinyModel({}, { version: 1 }), /version 1/],
    ["version 4", tinyModel({}, { version: 4 }), /version 4/],
    ["version 0", tinyModel({}, { version: 0 }), /version 0/],
    ["big-endian", tinyModel({}, { version: 0x03000000 }), /big-endian/],
    ["2^63 tensors", tinyModel({}, { tensorCount: 2n ** 63n }), /claims \d+ tensors/],
    ["2^64-1 keys", tinyModel({}, { keyCount: 2n ** 64n - 1n }), /metadata keys/],
    ["a million keys", tinyModel({}, { keyCount: 1_000_000 }), /metadata keys/],
    ["more keys than there are", tinyModel({}, { keyCount: 65_000 }), /./],
    ["a key twice", twice(tinyModel()), /"general.name" appears twice/],
    ["an empty key", tinyModel({ "": count(1) }), /name of 0 bytes/],
    [
      "an unknown value type",
      tinyModel({ odd: { type: "raw", number: 13, bytes: u64(0n) } }),
      /unknown type 13/,
    ],
    [
      "a string of 2^40 bytes",
      tinyModel({ odd: { type: "raw", number: 8, bytes: u64(2n ** 40n) } }),
      /claims 1099511627776 bytes/,
    ],
    ["an array of 2^50", tinyModel({ odd: arrayOf(8, 2n ** 50n) }), /claims \d+ entries/],
    ["a long array in a short file", tinyModel({ odd: arrayOf(8, 10_000_000n) }), /cut short/],
    ["a nested array", tinyModel({ odd: arrayOf(9, 1n) }), /unknown type 9/],
    ["no architecture", tinyModel({ "general.architecture": count(1) }), /does not say its architecture/],
    ["alignment 0", tinyModel({ "general.alignment": count(0) }), /alignment is 0/],
    ["alignment 48", tinyModel({ "general.alignment": count(48) }), /alignment is 48/],
    ["a tensor twice", tensors({ name: "t", shape: [8] }, { name: "t", shape: [8] }), /"t" appears twice/],
    ["a long tensor name", tensors({ name: "t".repeat(64), shape: [8] }), /name of 64 bytes/],
    ["five dimensions", tensors({ name: "t", shape: [1, 1, 1, 1, 1] }), /5 dimensions/],
    ["an unknown tensor type", tensors({ name: "t", shape: [32], type: 4 }), /unknown type 4/],
    ["a row that does not fill blocks", tensors({ name: "t", shape: [33], type: 8 }), /rows of 33/],
    ["a misaligned tensor", tensors({ name: "t", shape: [8], offset: 4 }), /not a multiple of 32/],
    [
      "overlapping tensors",
      tensors({ name: "t", shape: [64], offset: 0 }, { name: "u", shape: [8], offset: 32 }),
      /"u" overlaps/,
    ],
    ["a tensor past the end", tensors({ name: "t", shape: [8], offset: 2 ** 30 }), /cut short/],
    ["an offset of 2^64-32", tensors({ name: "t", shape: [8], offset: 2n ** 64n - 32n }), /impossible size/],
    ["dimensions that overflow", tensors({ name: "t", shape: [2n ** 32n, 2n ** 32n] }), /impossible size/],
    ["an overflow behind a zero", tensors({ name: "t", shape: [2n ** 63n, 0] }), /impossible size/],
    ["data cut off", tinyModel({}, { dataBytes: 40 }), /cut short/],
  ])("%s", (_, parts, message) => {
    const bytes = ggufBytes(parts);
    expect(() => parse(bytes)).toThrow(BadFileError);
    expect(() => parse(bytes)).toThrow(message);
  });

  test("the sentence names the file and the remedy in both languages, and no control characters", () => {
    const bytes = ggufBytes(tensors({ name: "\u001b[2Jt", shape: [33], type: 8 }));
    try {
      parse(bytes);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof BadFileError)) throw error;
      expect(error.text.en).toContain("m.gguf");
      expect(error.text.en).toContain("again");
      expect(error.text.zh).toContain("m.gguf");
      expect(error.text.zh).toContain("请重新下载");
      expect(error.text.en).not.toContain("\u001b");
    }
  });

  test("cut at every byte", () => {
    const whole = ggufBytes(tinyModel());
    for (let length = 0; length < whole.length; length++) {
      expect(() => parse(whole.subarray(0, length))).toThrow(BadFileError);
    }
  });

  test("with any byte changed it is read or refused, never worse", () => {
    const whole = ggufBytes(tinyModel());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(BadFileError);
          }
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
