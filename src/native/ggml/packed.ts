import koffi from "koffi";
import { Handle, type Pointer } from "../handle.ts";
import { boundOnce } from "../library.ts";
import { allocated, newArena } from "./arena.ts";
import { ggml } from "./bindings.ts";
import { cpuDevice, cpuFunction } from "./device.ts";
import { outOfMemory } from "./error.ts";
import { shapeOf, TENSOR_TYPES, Tensor, type TensorType } from "./tensor.ts";
import { writePieces } from "./values.ts";

/** Prototypes as in ggml-backend.h and ggml-alloc.h of the pinned release. */
const packing = boundOnce(({ bind }) => ({
  extraLayouts: koffi.proto("void **ggml_packed_layouts(void *)"),
  allocate: bind<[Pointer, Pointer], Pointer | null>(
    "ggmlBase",
    "void *ggml_backend_alloc_ctx_tensors_from_buft(void *, void *)",
  ),
  supports: bind<[Pointer, Pointer], boolean>(
    "ggmlBase",
    "bool ggml_backend_dev_supports_op(void *, void *)",
  ),
}));

const MOST_LAYOUTS = 16;

/** The layouts that the CPU build in use has for the matrices of products: AMX tiles, interleaved rows. */
function layouts(): Pointer[] {
  const listed: unknown = koffi.call(
    cpuFunction("ggml_backend_dev_get_extra_bufts"),
    packing().extraLayouts,
    cpuDevice(),
  );
  const found: Pointer[] = [];
  for (let i = 0; listed !== null && i < MOST_LAYOUTS; i++) {
    const layout: Pointer | null = koffi.decode(listed, i * koffi.sizeof("void *"), "void *");
    if (layout === null) break;
    found.push(layout);
  }
  return found;
}

/**
 * A quantised matrix [inputs, outputs] laid out the way this processor multiplies fastest. Nothing but `mulMat` can
 * read it, as its first operand beside one in f32. The layouts are those that llama.cpp loads weights into.
 */
export class PackedMatrix implements Disposable {
  readonly tensor: Tensor;
  readonly byteCount: number;
  readonly #arena: Handle;
  readonly #buffer: Handle;

  private constructor(tensor: Tensor, arena: Handle, buffer: Handle) {
    this.tensor = tensor;
    this.#arena = arena;
    this.#buffer = buffer;
    this.byteCount = ggml().bufferSize(buffer.pointer);
  }

  /**
   * Room for a matrix of that type, to be written before it is read; undefined where this processor has no layout for
   * one of that type and size. Throws GgmlError when there is not enough memory.
   */
  static of(type: TensorType, [inputs, outputs]: readonly [number, number]): PackedMatrix | undefined {
    const native = ggml();
    const shape = shapeOf(inputs, outputs);
    for (const layout of layouts()) {
      const arena = newArena("packed matrix", 2 * native.tensorOverhead());
      const pointer = native.newTensor(arena.pointer, TENSOR_TYPES[type], ...shape);
      native.setInput(pointer);
      const memory = packing().allocate(arena.pointer, layout);
      if (memory === null) {
        arena[Symbol.dispose]();
        throw outOfMemory();
      }
      allocated.add(arena);
      const buffer = new Handle("packed matrix", memory, native.bufferFree);
      const packed = new PackedMatrix(new Tensor(arena, pointer, type, shape), arena, buffer);
      if (isMultiplied(pointer, inputs)) return packed;
      packed[Symbol.dispose]();
    }
    return undefined;
  }

  /** Packs the matrix, given in its type as a file keeps it. */
  write(bytes: Uint8Array): void {
    void this.#buffer.pointer; // throws when it is gone
    writePieces(this.tensor, [bytes]);
  }

  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose](); // refuses while a computation holds it
    this.#buffer[Symbol.dispose]();
  }
}

/** Whether the library multiplies a matrix in the layout that it was given. */
function isMultiplied(matrix: Pointer, inputs: number): boolean {
  const native = ggml();
  using arena = newArena("packed matrix", 4 * native.tensorOverhead());
  const x = native.newTensor(arena.pointer, TENSOR_TYPES.f32, inputs, 32, 1, 1);
  return packing().supports(cpuDevice(), native.mulMat(arena.pointer, matrix, x));
}
