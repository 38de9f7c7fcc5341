import { afterAll, beforeAll, expect, test } from "vitest";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { count, ggufBytes, temporaryFile, text, type Value } from "../support/gguf.ts";

/** A token of a SentencePiece vocabulary, with its GGUF type: 1 ordinary, 2 unknown, 3 control, 4 added, 6 a byte. */
const TOKENS: readonly (readonly [string, number])[] = [
  ["<unk>", 2],
  ["<s>", 3],
  ["</s>", 3],
  ...Array.from(
    { length: 256 },
    (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, 6] as const,
  ),
  ...[..."▁ab</sthink>"].filter((one, at, all) => all.indexOf(one) === at).map((one) => [one, 1] as const),
  // With these, merging letters leads to a control token.
  ["</", 1],
  ["s>", 1],
  ["<think>", 4],
];

const floats = (values: readonly number[]): Value => {
  const bytes = Buffer.alloc(12 + 4 * values.length);
  bytes.writeUInt32LE(6, 0);
  bytes.writeBigUInt64LE(BigInt(values.length), 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 12 + 4 * i);
  return { type: "raw", number: 9, bytes };
};

function sentencePieceModel(): string {
  const square = { shape: [8, 8] };
  const names = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
  const keys: Record<string, Value> = {
    "general.architecture": text("llama"),
    "llama.block_count": count(1),
    "llama.context_length": count(64),
    "llama.embedding_length": count(8),
    "llama.feed_forward_length": count(8),
    "llama.attention.head_count": count(1),
    "llama.attention.layer_norm_rms_epsilon": { type: "f32", value: 1e-5 },
    "tokenizer.ggml.model": text("llama"),
    "tokenizer.ggml.tokens": { type: "strings", value: TOKENS.map(([token]) => token) },
    "tokenizer.ggml.token_type": { type: "i32s", value: TOKENS.map(([, type]) => type) },
    "tokenizer.ggml.scores": floats(TOKENS.map((_, id) => -id)),
    "tokenizer.ggml.bos_token_id": count(1),
    "tokenizer.ggml.eos_token_id": count(2),
  };
  const tensors = [
    { name: "token_embd.weight", shape: [8, TOKENS.length] },
    { name: "output_norm.weight", shape: [8] },
    { name: "blk.0.attn_norm.weight", shape: [8] },
    { name: "blk.0.ffn_norm.weight", shape: [8] },
    ...names.map((name) => ({ name: `blk.0.${name}.weight`, ...square })),
  ];
  return temporaryFile("spm.gguf", ggufBytes({ keys: Object.entries(keys), tensors }));
}

let engine: LlamaEngine;
beforeAll(async () => {
  engine = await LlamaEngine.load(sentencePieceModel());
});
afterAll(() => engine[Symbol.asyncDispose]());

test("begins every text with its beginning token", () => {
  expect(engine.model.beginToken).toBe(1);
});

test.each(["a</s>b", "<s>", "</s></s>", "a<think>b", "<think>", "a<s", "ab"])(
  "makes no control token of %s, and no other text",
  async (given) => {
    const ids = await engine.tokenize(given);
    for (const id of ids) expect(engine.model.controlTokens).not.toContain(id);
    // SentencePiece puts one space before every text.
    expect(Buffer.concat(await engine.bytes(ids)).toString()).toBe(` ${given}`);
  },
);
