import { describe, expect, test } from "vitest";
import { BadFileError } from "../../../src/errors.ts";
import { parseGgufHeader } from "../../../src/formats/gguf/header.ts";
import { requireLoadable } from "../../../src/formats/gguf/loadable.ts";
import { count, type GgufParts, ggufBytes, text, tinyModel } from "../../support/gguf.ts";

function load(parts: GgufParts): void {
  const bytes = ggufBytes(parts);
  requireLoadable(parseGgufHeader("m.gguf", bytes, bytes.length));
}

test("a sound file passes", () => {
  expect(() => load(tinyModel())).not.toThrow();
});

test("a per-layer array of head counts passes", () => {
  const heads = { type: "i32s", value: [2] } as const;
  expect(() => load(tinyModel({ "qwen3.attention.head_count": heads }))).not.toThrow();
});

describe("what the native library would abort on is refused with what is wrong", () => {
  test.each<[string, GgufParts, RegExp]>([
    [
      "an unknown architecture",
      tinyModel({ "general.architecture": text("qwen99") }),
      /"qwen99" is not supported.*newer basewise/,
    ],
    ["an adapter", tinyModel({ "general.type": text("adapter") }), /"adapter", not a model/],
    ["a later part", tinyModel({ "split.no": count(1) }), /part 2.*first file/],
    ["no weights", tinyModel({}, { tensors: [] }), /no weights/],
    ["no layers", tinyModel({ "qwen3.block_count": count(0) }), /qwen3.block_count is 0/],
    ["layers that are text", tinyModel({ "qwen3.block_count": text("1") }), /does not say qwen3.block_count/],
    ["too many layers", tinyModel({ "qwen3.block_count": count(513) }), /qwen3.block_count is 513/],
    ["no width", tinyModel({ "qwen3.embedding_length": count(0) }), /embedding_length is 0/],
    ["no heads", tinyModel({ "qwen3.attention.head_count": count(0) }), /head_count is 0/],
    ["no key heads", tinyModel({ "qwen3.attention.head_count_kv": count(0) }), /2 attention heads/],
    [
      "heads that do not divide",
      tinyModel({ "qwen3.attention.head_count": count(3), "qwen3.attention.head_count_kv": count(2) }),
      /3 attention heads cannot share 2 key heads/,
    ],
    [
      "a rotation of less than the head",
      tinyModel({ "qwen3.rope.dimension_count": count(2) }),
      /rope.dimension_count is 2/,
    ],
    [
      "a rotation of more than the head",
      tinyModel({ "qwen3.rope.dimension_count": count(1 << 30) }),
      /rope.dimension_count is/,
    ],
    ["an unknown rotation", tinyModel({ "qwen3.rope.scaling.type": text("odd") }), /RoPE scaling "odd"/],
    ["experts used of none", tinyModel({ "qwen3.expert_used_count": count(2) }), /2 of 0 experts/],
    [
      "a vocabulary of another size",
      tinyModel({ "tokenizer.ggml.tokens": { type: "strings", value: ["a", "b"] } }),
      /2 tokens, and token_embd.weight has 5 rows/,
    ],
    [
      "a token twice",
      tinyModel({ "tokenizer.ggml.tokens": { type: "strings", value: ["a", "b", "b", "c", "d"] } }),
      /token "b" twice/,
    ],
    ["no vocabulary", tinyModel({ "tokenizer.ggml.tokens": count(1) }), /no vocabulary/],
  ])("%s", (_, parts, message) => {
    expect(() => load(parts)).toThrow(BadFileError);
    expect(() => load(parts)).toThrow(message);
  });
});
