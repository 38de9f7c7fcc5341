import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseGgufHeader } from "../../src/formats/gguf/header.ts";
import { tensorType } from "../../src/formats/gguf/tensor-types.ts";
import { inspect, readFacts } from "../../src/model/inspect.ts";
import { rowToFloats } from "../../src/native/ggml/dequantize.ts";
import { weightsSignal } from "../../src/stage/signals/weights.ts";
import { ggufBytes, temporaryFile, temporaryFolder, text, type Value } from "../support/gguf.ts";
import { packRows } from "../support/quantize.ts";

const COLUMNS = 256;
const WORDS = 300;
/** The special tokens, behind the words: the end of text, two that mark turns, and ten that nothing uses. */
const SPECIAL = [
  "<|endoftext|>",
  "<|im_start|>",
  "<|im_end|>",
  ...Array.from({ length: 10 }, (_, i) => `<|reserved_${i}|>`),
];
const TYPES = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8, Q4_K: 12, Q5_K: 13, Q6_K: 14, BF16: 30 };

/** Numbers from a fixed sequence, about -1 to 1. */
function numbers(seed: number): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length: COLUMNS }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) + 0x9e3779b9) | 0;
    return state / 2 ** 31;
  });
}

type Turns = "zero" | "identical" | "unused" | "trained a little" | "trained";

/** A vocabulary's rows: words that were trained, rows that nothing uses and so are one, and the turn tokens. */
function rowsOf(turns: Turns): Float32Array[] {
  const unused = numbers(1);
  const moved = (seed: number, by: number): Float32Array => {
    const direction = numbers(seed);
    return unused.map((value, i) => value + by * (direction[i] ?? 0));
  };
  const [start, end] = {
    zero: [new Float32Array(COLUMNS), new Float32Array(COLUMNS)],
    identical: [numbers(7), numbers(7)],
    unused: [unused, unused],
    "trained a little": [moved(5, 0.12), moved(6, 0.12)],
    trained: [numbers(5), numbers(6)],
  }[turns];
  const words = Array.from({ length: WORDS }, (_, i) => numbers(100 + i));
  return [...words, numbers(2), start, end, ...Array.from({ length: 10 }, () => unused)].filter(
    (row) => row !== undefined,
  );
}

function gguf(type: number, rows: readonly Float32Array[]): string {
  const tokens = [...Array.from({ length: WORDS }, (_, i) => `w${i}`), ...SPECIAL];
  const keys: [string, Value][] = [
    ["general.architecture", text("qwen3")],
    ["tokenizer.ggml.tokens", { type: "strings", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "i32s", value: tokens.map((_, id) => (id < WORDS ? 1 : 3)) }],
  ];
  const data = packRows(type, rows);
  const bytes = ggufBytes({
    keys,
    tensors: [{ name: "token_embd.weight", shape: [COLUMNS, tokens.length], type }],
    dataBytes: data.length,
  });
  const header = parseGgufHeader("rows.gguf", bytes, bytes.length);
  bytes.set(data, header.tensorDataOffset);
  return temporaryFile("rows.gguf", bytes);
}

async function signals(path: string, kind: "file" | "folder" = "file") {
  const { matrices } = await readFacts({ kind, path, reference: path });
  return weightsSignal(matrices).map(({ signal, says }) => `${signal}: ${says}`);
}

describe.each(Object.entries(TYPES))("rows in %s", (name, type) => {
  test.each<[Turns, string[]]>([
    ["zero", ["turn rows are zero: base"]],
    ["identical", ["turn rows are identical: base"]],
    ["unused", ["turn rows are identical: base"]],
    ["trained a little", ["turn rows were trained: instruct"]],
    ["trained", []],
  ])("of turn tokens that are %s", async (turns, expected) => {
    expect(await signals(gguf(type, rowsOf(turns)))).toEqual(expected);
  });

  test("come out as they went in, to the type's precision", () => {
    const row = numbers(3);
    const back = rowToFloats(name, packRows(type, [row]), COLUMNS);
    const error = row.reduce((sum, value, i) => sum + (value - (back?.[i] ?? Number.NaN)) ** 2, 0);
    expect(Math.sqrt(error / COLUMNS)).toBeLessThan(name.startsWith("Q4") ? 0.06 : 0.03);
    expect(rowToFloats(name, packRows(type, [row]).slice(1), COLUMNS)).toBeUndefined();
  });
});

describe("safetensors", () => {
  const config = {
    "config.json": JSON.stringify({ architectures: ["Qwen3ForCausalLM"], model_type: "qwen3" }),
    "tokenizer_config.json": JSON.stringify({
      added_tokens_decoder: Object.fromEntries(
        SPECIAL.slice(0, 3).map((content, i) => [String(WORDS + i), { content }]),
      ),
    }),
  };
  const safetensors = (name: string, dtype: "BF16" | "F16", rows: readonly Float32Array[]): Uint8Array => {
    const data = packRows(dtype === "BF16" ? TYPES.BF16 : TYPES.F16, rows);
    const header = Buffer.from(
      JSON.stringify({ [name]: { dtype, shape: [rows.length, COLUMNS], data_offsets: [0, data.length] } }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([length, header, data]);
  };

  test("in one file: rows behind the last token are padding, and the turn tokens are beside them", async () => {
    const file = (turns: Turns) =>
      temporaryFolder({
        ...config,
        "model.safetensors": safetensors("model.embed_tokens.weight", "BF16", rowsOf(turns)),
      });
    expect(await signals(file("trained a little"), "folder")).toEqual(["turn rows were trained: instruct"]);
    expect(await signals(file("zero"), "folder")).toEqual(["turn rows are zero: base"]);
  });

  test("in shards: only those with the two matrices are opened", async () => {
    const folder = temporaryFolder({
      ...config,
      "model.safetensors.index.json": JSON.stringify({
        weight_map: {
          "model.embed_tokens.weight": "model-00001-of-00003.safetensors",
          "model.layers.0.mlp.up_proj.weight": "model-00002-of-00003.safetensors",
          "lm_head.weight": "model-00003-of-00003.safetensors",
        },
      }),
      "model-00001-of-00003.safetensors": safetensors("model.embed_tokens.weight", "F16", rowsOf("trained")),
      "model-00003-of-00003.safetensors": safetensors("lm_head.weight", "F16", rowsOf("identical")),
    });
    expect(await signals(folder, "folder")).toEqual(["turn rows are identical: base"]);
  });

  test("that are damaged are a warning, and the other evidence still counts", async () => {
    const folder = temporaryFolder({ ...config, "model.safetensors": "no such thing" });
    const inspection = await inspect(folder);
    expect(inspection.warnings.map(({ en }) => en).join()).toMatch(/model\.safetensors/);
    expect(inspection.evidence.length).toBeGreaterThan(0);
  });
});

describe("the miniature pair", () => {
  test("the base never met the turn tokens, and its weights verify that before it runs", async () => {
    const inspection = await inspect("mini-base");
    expect(inspection).toMatchObject({ stage: "base", status: "verified" });
    const found = inspection.evidence.find(({ source }) => source === "tensors");
    expect(found?.signal).toBe("turn rows like unused rows");
  });

  test("of the instruct nothing is concluded: no row is near enough to compare with", async () => {
    const { evidence } = await inspect("mini-instruct");
    expect(evidence.filter(({ source }) => source === "tensors")).toEqual([]);
  });
});

test("a file of one type is read by rows, never whole", async () => {
  const path = gguf(TYPES.F32, rowsOf("trained"));
  const bytes = readFileSync(path);
  // What stands in no chosen row may be anything, even no number.
  const size = (COLUMNS / (tensorType(0)?.blockElements ?? 1)) * 4;
  const header = parseGgufHeader(path, bytes, bytes.length);
  bytes.fill(0xff, header.tensorDataOffset, header.tensorDataOffset + size * 5);
  const copy = join(temporaryFolder(), "rows.gguf");
  writeFileSync(copy, bytes);
  expect((await readFacts({ kind: "file", path: copy, reference: copy })).matrices).toHaveLength(1);
});
