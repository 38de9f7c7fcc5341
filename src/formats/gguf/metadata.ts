import { printable } from "../../printable.ts";
import type { Cursor } from "./cursor.ts";
import { contradiction } from "./problems.ts";

/** The GGUF format: a key is at most 2^16 - 1 bytes long. */
const MAX_KEY_BYTES = 65_535;
/** One string; chat templates and vocabularies stay far below. */
const MAX_STRING_BYTES = 16 * 2 ** 20;
/** One array; the largest vocabularies have 300 thousand entries, their merge lists about as many. */
const MAX_ARRAY_LENGTH = 2 ** 24;

/** The kinds of one value and the bytes each takes, by the GGUF format. */
const WIDTHS = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  u64: 8,
  i64: 8,
  f64: 8,
} as const;
type ScalarKind = keyof typeof WIDTHS;

/** The value types by their number in the file. */
const STRING = 8;
const ARRAY = 9;
const SCALARS: ReadonlyMap<number, ScalarKind> = new Map([
  [0, "u8"],
  [1, "i8"],
  [2, "u16"],
  [3, "i16"],
  [4, "u32"],
  [5, "i32"],
  [6, "f32"],
  [7, "bool"],
  [10, "u64"],
  [11, "i64"],
  [12, "f64"],
]);

/** Where a value lies in the file. Values are decoded when asked for: a vocabulary is 300 thousand strings. */
type Value =
  | { readonly shape: "scalar"; readonly kind: ScalarKind; readonly at: number }
  | { readonly shape: "string"; readonly at: number; readonly bytes: number }
  | { readonly shape: "scalars"; readonly kind: ScalarKind; readonly at: number; readonly length: number }
  | { readonly shape: "strings"; readonly starts: Uint32Array; readonly length: number };

/** The template for conversations with tools, where a model has one of its own. Source: llama.cpp's gguf-py, `Tokenizer.CHAT_TEMPLATE_N`. */
export const TOOL_TEMPLATE_KEY = "tokenizer.chat_template.tool_use";

/**
 * The metadata of a GGUF file. Every getter answers `undefined` when the key is missing or holds another kind of
 * value, and decodes from the header's bytes when called.
 */
export class GgufMetadata {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(bytes: Uint8Array, values: ReadonlyMap<string, Value>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#values = values;
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  string(key: string): string | undefined {
    const value = this.#values.get(key);
    return value?.shape === "string" ? this.#text(value.at, value.bytes) : undefined;
  }

  /** A number of any width; a 64-bit integer beyond 2^53 - 1 is not given, because it would be rounded. */
  number(key: string): number | undefined {
    const value = this.#values.get(key);
    return value?.shape === "scalar" ? this.#number(value.kind, value.at) : undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#values.get(key);
    if (value?.shape !== "scalar" || value.kind !== "bool") return undefined;
    return this.#view.getUint8(value.at) !== 0;
  }

  numbers(key: string): number[] | undefined {
    const value = this.#values.get(key);
    if (value?.shape !== "scalars") return undefined;
    const { kind, at, length } = value;
    const width = WIDTHS[kind];
    const numbers = Array.from({ length }, (_, index) => this.#number(kind, at + index * width));
    return numbers.every((number) => number !== undefined) ? numbers : undefined;
  }

  strings(key: string): string[] | undefined {
    const value = this.#values.get(key);
    if (value?.shape !== "strings") return undefined;
    return Array.from({ length: value.length }, (_, index) => this.#textIn(value.starts, index));
  }

  /** One entry of an array of strings, without decoding the others. */
  stringAt(key: string, index: number): string | undefined {
    const value = this.#values.get(key);
    if (value?.shape !== "strings" || !Number.isInteger(index) || index < 0 || index >= value.length) {
      return undefined;
    }
    return this.#textIn(value.starts, index);
  }

  /** How many entries the array under this key has. */
  lengthOf(key: string): number | undefined {
    const value = this.#values.get(key);
    return value?.shape === "strings" || value?.shape === "scalars" ? value.length : undefined;
  }

  #textIn(starts: Uint32Array, index: number): string {
    const at = starts[index] ?? 0;
    return this.#text(at + 8, this.#view.getUint32(at, true));
  }

  #text(at: number, bytes: number): string {
    return decoder.decode(this.#bytes.subarray(at, at + bytes));
  }

  #number(kind: ScalarKind, at: number): number | undefined {
    const view = this.#view;
    switch (kind) {
      case "u8":
        return view.getUint8(at);
      case "i8":
        return view.getInt8(at);
      case "u16":
        return view.getUint16(at, true);
      case "i16":
        return view.getInt16(at, true);
      case "u32":
        return view.getUint32(at, true);
      case "i32":
        return view.getInt32(at, true);
      case "f32":
        return view.getFloat32(at, true);
      case "f64":
        return view.getFloat64(at, true);
      case "u64":
        return safe(view.getBigUint64(at, true));
      case "i64":
        return safe(view.getBigInt64(at, true));
      case "bool":
        return undefined;
    }
  }
}

const decoder = new TextDecoder();

function quoted(key: string): string {
  return `"${printable(key)}"`;
}

function safe(value: bigint): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Reads `count` keys with their values from the cursor on, noting where each value lies. */
export function readMetadata(cursor: Cursor, count: number): GgufMetadata {
  const values = new Map<string, Value>();
  for (let index = 0; index < count; index++) {
    const key = readKey(cursor, index);
    if (values.has(key)) {
      throw contradiction(cursor.path, {
        en: `the metadata key ${quoted(key)} appears twice`,
        zh: `元数据键 ${quoted(key)} 出现了两次`,
      });
    }
    values.set(key, readValue(cursor, key));
  }
  return new GgufMetadata(cursor.bytes, values);
}

function readKey(cursor: Cursor, index: number): string {
  const bytes = cursor.count();
  if (bytes === 0 || bytes > MAX_KEY_BYTES) {
    throw contradiction(cursor.path, {
      en: `metadata key ${index} has a name of ${bytes} bytes (1 to ${MAX_KEY_BYTES} are allowed)`,
      zh: `第 ${index} 个元数据键的名称有 ${bytes} 字节（允许 1 到 ${MAX_KEY_BYTES}）`,
    });
  }
  return cursor.text(bytes);
}

function readValue(cursor: Cursor, key: string): Value {
  const type = cursor.u32();
  if (type === STRING) {
    const bytes = stringBytes(cursor, key);
    const at = cursor.position;
    cursor.skip(bytes);
    return { shape: "string", at, bytes };
  }
  if (type === ARRAY) return readArray(cursor, key);
  const kind = scalarOf(cursor, key, type);
  const at = cursor.position;
  cursor.skip(WIDTHS[kind]);
  return { shape: "scalar", kind, at };
}

function readArray(cursor: Cursor, key: string): Value {
  const type = cursor.u32();
  const length = cursor.count();
  if (length > MAX_ARRAY_LENGTH) {
    throw contradiction(cursor.path, {
      en: `the metadata array ${quoted(key)} claims ${length} entries (at most ${MAX_ARRAY_LENGTH} are allowed)`,
      zh: `元数据数组 ${quoted(key)} 声称有 ${length} 项（最多允许 ${MAX_ARRAY_LENGTH}）`,
    });
  }
  if (type !== STRING) {
    const kind = scalarOf(cursor, key, type);
    const at = cursor.position;
    cursor.skip(length * WIDTHS[kind]);
    return { shape: "scalars", kind, at, length };
  }
  // Before memory is taken for the places of the strings, the file must be long enough to hold them.
  cursor.require(length * 8);
  const starts = new Uint32Array(length);
  for (let index = 0; index < length; index++) {
    starts[index] = cursor.position;
    cursor.skip(stringBytes(cursor, key));
  }
  return { shape: "strings", starts, length };
}

function stringBytes(cursor: Cursor, key: string): number {
  const bytes = cursor.count();
  if (bytes > MAX_STRING_BYTES) {
    throw contradiction(cursor.path, {
      en: `a string under ${quoted(key)} claims ${bytes} bytes (at most ${MAX_STRING_BYTES} are allowed)`,
      zh: `${quoted(key)} 下的字符串声称有 ${bytes} 字节（最多允许 ${MAX_STRING_BYTES}）`,
    });
  }
  return bytes;
}

function scalarOf(cursor: Cursor, key: string, type: number): ScalarKind {
  const kind = SCALARS.get(type);
  if (kind === undefined) {
    throw contradiction(cursor.path, {
      en: `the metadata key ${quoted(key)} has a value of unknown type ${type}`,
      zh: `元数据键 ${quoted(key)} 的值类型 ${type} 未知`,
    });
  }
  return kind;
}
