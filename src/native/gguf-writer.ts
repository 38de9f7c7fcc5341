import { writeSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { BasewiseError } from "../errors.ts";
import { notWritten, requireSpace } from "../formats/disk.ts";
import { partialFor } from "../formats/partial-file.ts";
import { newArena } from "./ggml/arena.ts";
import { ggml } from "./ggml/bindings.ts";
import { shapeOf, TENSOR_TYPES, type TensorType } from "./ggml/tensor.ts";
import { Handle, type Pointer } from "./handle.ts";
import { boundOnce } from "./library.ts";

/** A value of GGUF metadata; a plain number is written as u32. */
export type GgufValue =
  | string
  | number
  | boolean
  | { readonly f32: number }
  | { readonly strings: readonly string[] }
  | { readonly i32s: Int32Array }
  | { readonly f32s: Float32Array };

/** A tensor to write. */
export interface GgufTensor {
  readonly name: string;
  /** Fastest dimension first. */
  readonly sizes: readonly number[];
  /** How the file keeps it. */
  readonly type: TensorType;
  /**
   * Its bytes in that type, piece by piece, asked for when its turn comes; a large model never is in memory whole. A
   * piece is written before the next one is asked for, so that one may lie where the last one lay.
   */
  readonly pieces: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Metadata of a file, most of which another one takes over. */
export interface GgufOrigin {
  /** A file whose header was read and checked before; the library trusts it. */
  readonly path: string;
  /** Keys that are not taken over. */
  readonly without: readonly string[];
}

export interface GgufProgress {
  /** Metadata to begin with; what is written beside it counts more. */
  readonly origin?: GgufOrigin;
  /** Hears how many bytes of how many are written. */
  readonly progress?: (written: number, total: number) => void;
  /** Stops the writing; what was written is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** enum gguf_type */
const GGUF_TYPE_INT32 = 5;
const GGUF_TYPE_FLOAT32 = 6;
const ALIGNMENT = 32;
/** Written bytes that are sent on to the disk while the next ones are written, instead of all at the end. */
const FLUSH_BYTES = 64 * 2 ** 20;
/** Written bytes after which the program's other work has its turn. */
const TURN_BYTES = 8 * 2 ** 20;

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
    setData: base<[Pointer, string, number, Int32Array | Float32Array, number], void>(
      "void gguf_set_arr_data(void *, const char *, int, const void *, size_t)",
    ),
    metaSize: base<[Pointer], number>("size_t gguf_get_meta_size(const void *)"),
    metaData: base<[Pointer, Uint8Array], void>("void gguf_get_meta_data(const void *, void *)"),
    read: base<[string, { no_alloc: boolean; ctx: null }], Pointer | null>(
      "void *gguf_init_from_file(const char *, gguf_init_params)",
    ),
    copyAll: base<[Pointer, Pointer], void>("void gguf_set_kv(void *, const void *)"),
    remove: base<[Pointer, string], number>("int64_t gguf_remove_key(void *, const char *)"),
    addTensor: base<[Pointer, Pointer], void>("void gguf_add_tensor(void *, const void *)"),
  };
});

/**
 * Writes a GGUF file (version 3) under a temporary name and renames it when it is whole and on disk, so that a full
 * disk or a killed process never leaves half a file under the final name. Memory holds the header and a few pieces.
 * Throws BadFileError when it cannot, NoSpaceError before anything is written where the disk has too little room, what
 * the pieces throw, and the signal's reason.
 */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
  { origin, progress = () => {}, signal }: GgufProgress = {},
): Promise<void> {
  const header = headerBytes(metadata, tensors, origin);
  const total = header.length + tensors.reduce((sum, tensor) => sum + aligned(byteCountOf(tensor)), 0);
  const partial = await partialFor(path);
  let file: FileHandle | undefined;
  try {
    await requireSpace(path, total);
    file = await open(partial, "w");
    await using disk = new Flushing(file);
    disk.write(header);
    for await (const piece of bodyOf(tensors)) {
      signal?.throwIfAborted();
      disk.write(piece);
      await disk.turn();
      progress(disk.written, total);
    }
    await disk.flushed();
    await file.sync();
    await file.close();
    signal?.throwIfAborted();
    await rename(partial, path);
  } catch (cause) {
    await file?.close().catch(() => {});
    await rm(partial, { force: true }).catch(() => {}); // the first error is the one to tell
    if (cause instanceof BasewiseError || signal?.aborted) throw cause;
    throw notWritten(path, cause);
  }
}

/** The pieces of all tensors one behind the other, each tensor filled up to the alignment. */
async function* bodyOf(tensors: readonly GgufTensor[]): AsyncGenerator<Uint8Array> {
  for (const tensor of tensors) {
    const bytes = byteCountOf(tensor);
    let given = 0;
    for await (const piece of tensor.pieces()) {
      given += piece.length;
      yield piece;
    }
    if (given !== bytes) throw new RangeError(`${tensor.name} takes ${bytes} bytes, ${given} were given`);
    if (bytes % ALIGNMENT > 0) yield new Uint8Array(aligned(bytes) - bytes);
  }
}

/**
 * Writes a file from its start to its end. Each write is done when the call returns (another thread would take longer to
 * fetch the bytes than to write them), and what was written goes to the disk meanwhile.
 */
class Flushing implements AsyncDisposable {
  written = 0;
  readonly #file: FileHandle;
  #flushing: Promise<void> = Promise.resolve();
  #flushedTo = 0;
  #turnAt = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file.fd, bytes, at);
    this.written += bytes.length;
  }

  /** Gives what else is to be done its turn, where it is time for that. Throws what sending to the disk threw. */
  async turn(): Promise<void> {
    if (this.written - this.#flushedTo >= FLUSH_BYTES) {
      await this.#flushing; // a disk that cannot keep up is waited for
      this.#flushedTo = this.written;
      this.#flushing = this.#file.datasync();
      this.#flushing.catch(() => {}); // told at the next turn
    }
    if (this.written - this.#turnAt < TURN_BYTES) return;
    this.#turnAt = this.written;
    await setImmediate();
  }

  /** Done when what was sent to the disk is there. */
  flushed(): Promise<void> {
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing.catch(() => {});
  }
}

function headerBytes(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
  origin: GgufOrigin | undefined,
): Uint8Array {
  const native = gguf();
  using header = new Handle("GGUF header", native.empty(), native.free);
  if (origin !== undefined) takeOver(header, origin);
  using arena = newArena("tensor list", ggml().tensorOverhead() * (tensors.length + 1));
  for (const [key, value] of metadata) {
    if (typeof value === "string") native.setString(header.pointer, key, value);
    else if (typeof value === "number") native.setU32(header.pointer, key, value);
    else if (typeof value === "boolean") native.setBool(header.pointer, key, value);
    else if ("f32" in value) native.setF32(header.pointer, key, value.f32);
    else if ("strings" in value) native.setStrings(header.pointer, key, value.strings, value.strings.length);
    else if ("i32s" in value)
      native.setData(header.pointer, key, GGUF_TYPE_INT32, value.i32s, value.i32s.length);
    else native.setData(header.pointer, key, GGUF_TYPE_FLOAT32, value.f32s, value.f32s.length);
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

function takeOver(header: Handle, { path, without }: GgufOrigin): void {
  const native = gguf();
  const pointer = native.read(path, { no_alloc: true, ctx: null });
  if (pointer === null) throw new RangeError(`${path} was not checked before its metadata was taken over`);
  using source = new Handle("GGUF header", pointer, native.free);
  native.copyAll(header.pointer, source.pointer);
  for (const key of without) native.remove(header.pointer, key);
}

/** Bytes that a tensor takes in its type. */
export function byteCountOf({ sizes, type }: Pick<GgufTensor, "sizes" | "type">): number {
  const [columns = 1, ...more] = sizes;
  return ggml().rowSize(TENSOR_TYPES[type], columns) * more.reduce((rows, size) => rows * size, 1);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
