import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** A metadata value with its GGUF type; arrays hold one of the other types. */
export type Value =
  | { readonly type: "u32" | "i32" | "u64" | "f32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "i32s"; readonly value: readonly number[] }
  /** Bytes as they are, after a type number: for hostile files. */
  | { readonly type: "raw"; readonly number: number; readonly bytes: Uint8Array };

export interface Tensor {
  readonly name: string;
  readonly shape: readonly (number | bigint)[];
  /** GGUF type number; 0 is F32. */
  readonly type?: number;
  /** Where it lies in the data; by default after the one before it, aligned. */
  readonly offset?: number | bigint;
}

/** A GGUF file to write. Everything may be wrong on purpose. */
export interface GgufParts {
  readonly magic?: string;
  readonly version?: number;
  readonly keys: readonly (readonly [string, Value])[];
  readonly tensors: readonly Tensor[];
  readonly keyCount?: number | bigint;
  readonly tensorCount?: number | bigint;
  /** How many bytes of tensor data follow; by default as many as the F32 tensors need. */
  readonly dataBytes?: number;
}

const ALIGNMENT = 32;
const TYPE_NUMBERS = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, u64: 10 } as const;

/** The bytes of a GGUF file. */
export function ggufBytes(parts: GgufParts): Uint8Array {
  const out: Buffer[] = [Buffer.from(parts.magic ?? "GGUF", "latin1"), u32(parts.version ?? 3)];
  out.push(u64(parts.tensorCount ?? parts.tensors.length), u64(parts.keyCount ?? parts.keys.length));
  for (const [key, value] of parts.keys) out.push(string(key), valueBytes(value));
  let next = 0;
  for (const tensor of parts.tensors) {
    const offset = tensor.offset ?? next;
    out.push(string(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64));
    out.push(u32(tensor.type ?? 0), u64(offset));
    const bytes = tensor.shape.reduce<number>((product, size) => product * Number(size), 4);
    next = Math.max(next, Math.ceil((Number(offset) + bytes) / ALIGNMENT) * ALIGNMENT);
  }
  const header = Buffer.concat(out);
  const padding = (ALIGNMENT - (header.length % ALIGNMENT)) % ALIGNMENT;
  return Buffer.concat([header, Buffer.alloc(padding + (parts.dataBytes ?? Math.min(next, 2 ** 20)))]);
}

/** A temporary file with these bytes. */
export function temporaryFile(name: string, bytes: Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files; it is gone when the test file is done. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "basewise-test-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export const text = (value: string): Value => ({ type: "string", value });
export const count = (value: number): Value => ({ type: "u32", value });

/** The vocabulary of `tinyModel`: three words and two control tokens, ids 3 and 4. */
export const TINY_TOKENS = ["a", "b", "c", "<|endoftext|>", "<|im_end|>"] as const;

/** The parts of a sound little Qwen3-shaped file; `keys` replace or join its own. */
export function tinyModel(
  keys: Readonly<Record<string, Value>> = {},
  changes: Partial<GgufParts> = {},
): GgufParts {
  const own: Record<string, Value> = {
    "general.architecture": text("qwen3"),
    "general.name": text("Tiny"),
    "qwen3.block_count": count(1),
    "qwen3.context_length": count(64),
    "qwen3.embedding_length": count(8),
    "qwen3.feed_forward_length": count(16),
    "qwen3.attention.head_count": count(2),
    "qwen3.attention.head_count_kv": count(1),
    "tokenizer.ggml.model": text("gpt2"),
    "tokenizer.ggml.tokens": { type: "strings", value: TINY_TOKENS },
    "tokenizer.ggml.token_type": { type: "i32s", value: [1, 1, 1, 3, 3] },
    "tokenizer.ggml.eos_token_id": count(3),
  };
  return {
    keys: Object.entries({ ...own, ...keys }),
    tensors: [
      { name: "token_embd.weight", shape: [8, 5] },
      { name: "blk.0.attn_q.weight", shape: [8, 8] },
      { name: "output_norm.weight", shape: [8] },
    ],
    ...changes,
  };
}

function valueBytes(value: Value): Buffer {
  switch (value.type) {
    case "raw":
      return Buffer.concat([u32(value.number), value.bytes]);
    case "strings":
      return Buffer.concat([u32(9), u32(8), u64(value.value.length), ...value.value.map(string)]);
    case "i32s":
      return Buffer.concat([u32(9), u32(5), u64(value.value.length), ...value.value.map(i32)]);
    default:
      return Buffer.concat([u32(TYPE_NUMBERS[value.type]), scalarBytes(value)]);
  }
}

function scalarBytes(value: Exclude<Value, { type: "raw" | "strings" | "i32s" }>): Buffer {
  switch (value.type) {
    case "string":
      return string(value.value);
    case "bool":
      return Buffer.from([value.value ? 1 : 0]);
    case "u64":
      return u64(value.value);
    case "f32": {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value.value);
      return bytes;
    }
    case "i32":
      return i32(value.value);
    case "u32":
      return u32(value.value);
  }
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
