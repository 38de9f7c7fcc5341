import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { BadFileError } from "../errors.ts";
import { newArena } from "./ggml/arena.ts";
import { ggml } from "./ggml/bindings.ts";
import { shapeOf, TENSOR_TYPES } from "./ggml/tensor.ts";
import { Handle, type Pointer } from "./handle.ts";
import { boundOnce } from "./library.ts";

/** A value of GGUF metadata; a plain number is written as u32. */
export type GgufValue =
  | string
  | number
  | boolean
  | { readonly f32: number }
  | { readonly strings: readonly string[] }
  | { readonly i32s: Int32Array };

/** A tensor to write: f32 values and the type the file keeps them in. */
export interface GgufTensor {
  readonly name: string;
  /** Fastest dimension first. */
  readonly sizes: readonly number[];
  readonly values: Float32Array;
  readonly type: "f32" | "q8_0";
}

const GGUF_TYPE_INT32 = 5;
const ALIGNMENT = 32;

/** The C functions of GGUF. Prototypes as in gguf.h of the pinned release. */
const gguf = boundOnce(({ bind }) => {
  const base = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("ggmlBase", prototype);
  return {
    empty: base<[], Pointer>("void *gguf_init_empty(void)"),
    free: base<[Pointer], void>("void gguf_free(void *)"),
    setString: base<[Pointer, string, string], void>(
      "void gguf_set_val_str(void *, const char *, const char *)",
    ),
    setU32: base<[Pointer, string, number], void>("void gguf_set_val_u32(void *, const char *, uint32_t)"),
    setF32: base<[Pointer, string, number], void>("void gguf_set_val_f32(void *, const char *, float)"),
    setBool: base<[Pointer, string, boolean], void>("void gguf_set_val_bool(void *, const char *, bool)"),
    setStrings: base<[Pointer, string, readonly string[], number], void>(
      "void gguf_set_arr_str(void *, const char *, const char **, size_t)",
    ),
    setData: base<[Pointer, string, number, Int32Array, number], void>(
      "void gguf_set_arr_data(void *, const char *, int, const void *, size_t)",
    ),
    metaSize: base<[Pointer], number>("size_t gguf_get_meta_size(const void *)"),
    metaData: base<[Pointer, Uint8Array], void>("void gguf_get_meta_data(const void *, void *)"),
    addTensor: base<[Pointer, Pointer], void>("void gguf_add_tensor(void *, const void *)"),
  };
});

/**
 * Writes a GGUF file (version 3) under a temporary name and renames it when it is whole and on disk, so that a full
 * disk or a killed process never leaves half a file under the final name. Throws BadFileError when it cannot.
 */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): Promise<void> {
  const header = headerBytes(metadata, tensors);
  const partial = `${path}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(partial, "w");
    await file.writeFile(header);
    for (const tensor of tensors) await file.writeFile(padded(tensorBytes(tensor)));
    await file.sync();
    await file.close();
    await rename(partial, path);
  } catch (cause) {
    await file?.close().catch(() => {});
    await rm(partial, { force: true }).catch(() => {}); // the first error is the one to tell
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BadFileError(
      path,
      {
        en: `${path} could not be written (${reason}); free some space or choose another place.`,
        zh: `无法写入 ${path}（${reason}）；请腾出空间或换一个位置。`,
      },
      { cause },
    );
  }
}

function headerBytes(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensor[]): Uint8Array {
  const native = gguf();
  using header = new Handle("GGUF header", native.empty(), native.free);
  using arena = newArena("tensor list", ggml().tensorOverhead() * (tensors.length + 1));
  for (const [key, value] of metadata) {
    if (typeof value === "string") native.setString(header.pointer, key, value);
    else if (typeof value === "number") native.setU32(header.pointer, key, value);
    else if (typeof value === "boolean") native.setBool(header.pointer, key, value);
    else if ("f32" in value) native.setF32(header.pointer, key, value.f32);
    else if ("strings" in value) native.setStrings(header.pointer, key, value.strings, value.strings.length);
    else native.setData(header.pointer, key, GGUF_TYPE_INT32, value.i32s, value.i32s.length);
  }
  for (const { name, sizes, type } of tensors) {
    const tensor = ggml().newTensor(arena.pointer, TENSOR_TYPES[type], ...shapeOf(...sizes));
    ggml().setName(tensor, name);
    native.addTensor(header.pointer, tensor);
  }
  const bytes = new Uint8Array(native.metaSize(header.pointer));
  native.metaData(header.pointer, bytes);
  return bytes;
}

function tensorBytes({ sizes, values, type }: GgufTensor): Uint8Array {
  if (type === "f32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const native = ggml();
  const columns = sizes[0] ?? 1;
  const rows = values.length / columns;
  const bytes = new Uint8Array(native.rowSize(TENSOR_TYPES[type], columns) * rows);
  native.quantize(TENSOR_TYPES[type], values, bytes, 0, rows, columns, null);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  if (whole === bytes.length) return bytes;
  const result = new Uint8Array(whole);
  result.set(bytes);
  return result;
}
