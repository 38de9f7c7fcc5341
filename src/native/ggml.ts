import koffi from "koffi";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { Handle, type Pointer } from "./handle.ts";
import { type NativeFunction, nativeLibraries } from "./library.ts";
import {
  arenaOf,
  elementCount,
  pointerOf,
  type Shape,
  shapeOf,
  TENSOR_TYPES,
  Tensor,
  type TensorType,
} from "./tensor.ts";

/** A computation that ggml refused or could not finish. */
export class GgmlError extends BasewiseError {
  override readonly name = "GgmlError";
  readonly exitCode: ExitCode = EXIT.failed;
}

const CPU_DEVICE = 0; // enum ggml_backend_dev_type
const ROPE_NEOX = 2; // rotates halves, as Qwen and Llama files of Hugging Face do

type Unary = NativeFunction<[Pointer, Pointer], Pointer>;
type Binary = NativeFunction<[Pointer, Pointer, Pointer], Pointer>;

/** The C functions, bound once. Prototypes as in ggml.h, ggml-alloc.h and ggml-backend.h of the pinned release. */
function bindGgml() {
  const { bind } = nativeLibraries();
  const base = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("ggmlBase", prototype);
  const unary = (name: string): Unary => base(`void *${name}(void *, void *)`);
  const binary = (name: string): Binary => base(`void *${name}(void *, void *, void *)`);
  return {
    setThreadsType: koffi.proto("void ggml_set_threads(void *, int)"),
    init: base<[{ mem_size: number; mem_buffer: null; no_alloc: boolean }], Pointer | null>(
      "void *ggml_init(ggml_init_params)",
    ),
    free: base<[Pointer], void>("void ggml_free(void *)"),
    tensorOverhead: base<[], number>("size_t ggml_tensor_overhead(void)"),
    graphOverhead: base<[number, boolean], number>("size_t ggml_graph_overhead_custom(size_t, bool)"),
    newTensor: base<[Pointer, number, number, number, number, number], Pointer>(
      "void *ggml_new_tensor_4d(void *, int, int64_t, int64_t, int64_t, int64_t)",
    ),
    setInput: base<[Pointer], void>("void ggml_set_input(void *)"),
    setParameter: base<[Pointer], void>("void ggml_set_param(void *)"),
    setOutput: base<[Pointer], void>("void ggml_set_output(void *)"),
    byteCount: base<[Pointer], number>("size_t ggml_nbytes(void *)"),
    write: base<[Pointer, ArrayBufferView, number, number], void>(
      "void ggml_backend_tensor_set(void *, const void *, size_t, size_t)",
    ),
    read: base<[Pointer, ArrayBufferView, number, number], void>(
      "void ggml_backend_tensor_get(const void *, void *, size_t, size_t)",
    ),
    // memory and computation
    cpuBackend: bind<[number, null], Pointer | null>(
      "ggml",
      "void *ggml_backend_init_by_type(int, const char *)",
    ),
    backendFree: base<[Pointer], void>("void ggml_backend_free(void *)"),
    backendDevice: base<[Pointer], Pointer>("void *ggml_backend_get_device(void *)"),
    deviceRegistry: base<[Pointer], Pointer>("void *ggml_backend_dev_backend_reg(void *)"),
    procedure: base<[Pointer, string], Pointer | null>(
      "void *ggml_backend_reg_get_proc_address(void *, const char *)",
    ),
    bufferType: base<[Pointer], Pointer>("void *ggml_backend_get_default_buffer_type(void *)"),
    allocateAll: base<[Pointer, Pointer], Pointer | null>(
      "void *ggml_backend_alloc_ctx_tensors(void *, void *)",
    ),
    bufferFree: base<[Pointer], void>("void ggml_backend_buffer_free(void *)"),
    bufferSize: base<[Pointer], number>("size_t ggml_backend_buffer_get_size(void *)"),
    bufferClear: base<[Pointer, number], void>("void ggml_backend_buffer_clear(void *, uint8_t)"),
    plannerNew: base<[Pointer], Pointer>("void *ggml_gallocr_new(void *)"),
    plannerFree: base<[Pointer], void>("void ggml_gallocr_free(void *)"),
    plannerAllocate: base<[Pointer, Pointer], boolean>("bool ggml_gallocr_alloc_graph(void *, void *)"),
    plannerSize: base<[Pointer, number], number>("size_t ggml_gallocr_get_buffer_size(void *, int)"),
    graphNew: base<[Pointer, number, boolean], Pointer>("void *ggml_new_graph_custom(void *, size_t, bool)"),
    graphExpand: base<[Pointer, Pointer], void>("void ggml_build_forward_expand(void *, void *)"),
    graphNodes: base<[Pointer], number>("int ggml_graph_n_nodes(void *)"),
    graphCompute: base<[Pointer, Pointer], number>("int ggml_backend_graph_compute(void *, void *)"),
    // operations
    add: binary("ggml_add"),
    mul: binary("ggml_mul"),
    div: binary("ggml_div"),
    sqr: unary("ggml_sqr"),
    sqrt: unary("ggml_sqrt"),
    log: unary("ggml_log"),
    sum: unary("ggml_sum"),
    siluBack: binary("ggml_silu_back"),
    swiglu: binary("ggml_swiglu_split"),
    repeat: binary("ggml_repeat"),
    repeatBack: binary("ggml_repeat_back"),
    mulMat: binary("ggml_mul_mat"),
    outProd: binary("ggml_out_prod"),
    getRows: binary("ggml_get_rows"),
    getRowsBack: base<[Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_get_rows_back(void *, void *, void *, void *)",
    ),
    setRows: base<[Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_set_rows(void *, void *, void *, void *)",
    ),
    cont: unary("ggml_cont"),
    cast: base<[Pointer, Pointer, number], Pointer>("void *ggml_cast(void *, void *, int)"),
    scale: base<[Pointer, Pointer, number], Pointer>("void *ggml_scale(void *, void *, float)"),
    scaleBias: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_scale_bias(void *, void *, float, float)",
    ),
    clamp: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_clamp(void *, void *, float, float)",
    ),
    reshape: base<[Pointer, Pointer, number, number, number, number], Pointer>(
      "void *ggml_reshape_4d(void *, void *, int64_t, int64_t, int64_t, int64_t)",
    ),
    view1d: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_view_1d(void *, void *, int64_t, size_t)",
    ),
    permute: base<[Pointer, Pointer, number, number, number, number], Pointer>(
      "void *ggml_permute(void *, void *, int, int, int, int)",
    ),
    rmsNorm: base<[Pointer, Pointer, number], Pointer>("void *ggml_rms_norm(void *, void *, float)"),
    rmsNormBack: base<[Pointer, Pointer, Pointer, number], Pointer>(
      "void *ggml_rms_norm_back(void *, void *, void *, float)",
    ),
    softMax: base<[Pointer, Pointer, Pointer | null, number, number], Pointer>(
      "void *ggml_soft_max_ext(void *, void *, void *, float, float)",
    ),
    softMaxBack: base<[Pointer, Pointer, Pointer, number, number], Pointer>(
      "void *ggml_soft_max_ext_back(void *, void *, void *, float, float)",
    ),
    rope: base<RopeArguments, Pointer>(
      "void *ggml_rope_ext(void *, void *, void *, void *, int, int, int, float, float, float, float, float, float)",
    ),
    ropeBack: base<RopeArguments, Pointer>(
      "void *ggml_rope_ext_back(void *, void *, void *, void *, int, int, int, float, float, float, float, float, float)",
    ),
    adamw: base<[Pointer, Pointer, Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_opt_step_adamw(void *, void *, void *, void *, void *, void *)",
    ),
  };
}
type RopeArguments = [
  Pointer,
  Pointer,
  Pointer,
  null,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

let bound: ReturnType<typeof bindGgml> | undefined;
function ggml(): ReturnType<typeof bindGgml> {
  bound ??= bindGgml();
  return bound;
}

let handleOf: (device: Device) => Handle;

/** The processor that computes graphs. */
export class Device implements Disposable {
  readonly #handle: Handle;

  /** @param threads native threads; more than there are cores is many times slower. */
  constructor(threads: number) {
    const native = ggml();
    const backend = native.cpuBackend(CPU_DEVICE, null);
    if (backend === null) {
      throw new GgmlError({
        en: "No CPU build of the native library fits this processor; install the native package again: npm ci",
        zh: "没有适合本处理器的原生库；请重新安装：npm ci",
      });
    }
    this.#handle = new Handle("device", backend, native.backendFree);
    const setThreads = native.procedure(
      native.deviceRegistry(native.backendDevice(backend)),
      "ggml_backend_set_n_threads",
    );
    if (setThreads !== null) {
      koffi.call(setThreads, native.setThreadsType, backend, threads);
    }
  }

  static {
    handleOf = (device) => device.#handle;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** Arenas whose tensors have memory: those of allocated stores and of planned graphs. */
const allocated = new WeakSet<Handle>();

type Elements = Float32Array | Int32Array | BigInt64Array | Uint16Array | Uint8Array;

/**
 * Tensors that keep their memory: weights, optimiser moments, inputs. Declare all of them, then `allocate`; what a
 * graph computes lives in a `Graph` instead.
 */
export class Store implements Disposable {
  readonly #arena: Handle;
  readonly #capacity: number;
  #count = 0;
  #buffer: Handle | undefined;

  /** @param capacity the greatest number of tensors it will hold. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#arena = newArena("tensor store", ggml().tensorOverhead() * (capacity + 1));
  }

  tensor(type: TensorType, ...sizes: number[]): Tensor {
    const native = ggml();
    void this.#arena.pointer;
    if (this.#count++ >= this.#capacity) {
      throw outOfOrder(
        `the store was made for ${this.#capacity} tensors`,
        `该存储只为 ${this.#capacity} 个张量而建`,
      );
    }
    const shape = shapeOf(...sizes);
    const pointer = native.newTensor(this.#arena.pointer, TENSOR_TYPES[type], ...shape);
    native.setInput(pointer); // so that no plan reuses its memory
    return new Tensor(this.#arena, pointer, type, shape);
  }

  /** An f32 tensor that the optimiser may change. */
  parameter(...sizes: number[]): Tensor {
    const tensor = this.tensor("f32", ...sizes);
    ggml().setParameter(pointerOf(tensor));
    return tensor;
  }

  /** Takes the memory for every tensor declared so far, zeroed. Throws GgmlError when there is not enough. */
  allocate(device: Device): void {
    const native = ggml();
    void this.#arena.pointer;
    if (this.#buffer !== undefined) throw outOfOrder("a store is allocated once", "存储只能分配一次");
    const buffer = native.allocateAll(this.#arena.pointer, handleOf(device).pointer);
    if (buffer === null) throw outOfMemory();
    allocated.add(this.#arena);
    this.#buffer = new Handle("tensor store", buffer, native.bufferFree);
    native.bufferClear(buffer, 0);
  }

  /** Bytes that its tensors take. */
  get byteCount(): number {
    return this.#buffer === undefined ? 0 : ggml().bufferSize(this.#buffer.pointer);
  }

  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose](); // refuses while a computation holds it, before anything is freed
    this.#buffer?.[Symbol.dispose]();
  }
}

/** Copies values into a tensor; the array holds exactly the tensor's bytes. */
export function writeTensor(tensor: Tensor, values: Elements): void {
  const native = ggml();
  requireMemory(tensor);
  checkBytes(native.byteCount(pointerOf(tensor)), values.byteLength);
  native.write(pointerOf(tensor), values, 0, values.byteLength);
}

/** Copies the values out of a tensor into an array of exactly its bytes, and returns that array. */
export function readTensor<T extends Elements>(tensor: Tensor, into: T): T {
  const native = ggml();
  requireMemory(tensor);
  checkBytes(native.byteCount(pointerOf(tensor)), into.byteLength);
  native.read(pointerOf(tensor), into, 0, into.byteLength);
  return into;
}

/** The values of an f32 tensor. */
export function readFloats(tensor: Tensor): Float32Array {
  return readTensor(tensor, new Float32Array(elementCount(tensor.shape)));
}

function requireMemory(tensor: Tensor): void {
  void pointerOf(tensor);
  if (!allocated.has(arenaOf(tensor))) {
    throw outOfOrder(
      "the tensor has no memory yet: allocate its store or plan its graph first",
      "张量尚无内存：请先分配其存储或规划其图",
    );
  }
}

function checkBytes(wanted: number, given: number): void {
  if (wanted === given) return;
  throw new GgmlError({
    en: `The tensor holds ${wanted} bytes but the array has ${given}; pass an array of the tensor's size.`,
    zh: `张量占 ${wanted} 字节，而数组有 ${given} 字节；请传入与张量大小一致的数组。`,
  });
}

/** Parameters of rotary position embedding: dimensions to rotate, base frequency, context the model was made for. */
export interface Rope {
  readonly dimensions: number;
  readonly base: number;
  readonly context: number;
}

/**
 * A graph under construction, then computable. Every method appends one ggml operation and returns its result; shapes
 * follow ggml (fastest dimension first). Nothing here knows of gradients.
 */
export class Graph implements Disposable {
  readonly #arena: Handle;
  readonly #graph: Pointer;
  readonly #capacity: number;
  /** The arenas of all tensors that the operations read. */
  readonly #sources = new Set<Handle>();
  #count = 0;
  #planned: { readonly planner: Handle; readonly device: Handle } | undefined;

  /** @param capacity the greatest number of operations. */
  constructor(capacity: number) {
    const native = ggml();
    this.#capacity = capacity;
    this.#arena = newArena(
      "graph",
      native.tensorOverhead() * (2 * capacity + 1) + native.graphOverhead(capacity, false),
    );
    this.#graph = native.graphNew(this.#arena.pointer, capacity, false);
  }

  #binary(operation: Binary, a: Tensor, b: Tensor, shape: Shape): Tensor {
    return this.#node(operation(this.#arena.pointer, this.#read(a), this.#read(b)), shape);
  }
  #unary(operation: Unary, a: Tensor, shape: Shape = a.shape): Tensor {
    return this.#node(operation(this.#arena.pointer, this.#read(a)), shape, a.type);
  }
  #node(pointer: Pointer, shape: Shape, type: TensorType = "f32"): Tensor {
    this.#count++;
    return new Tensor(this.#arena, pointer, type, shape);
  }
  /** The address of an operation's input, which must live for as long as the graph computes. */
  #read(a: Tensor): Pointer {
    if (this.#count >= this.#capacity) {
      throw outOfOrder(
        `the graph was made for ${this.#capacity} operations`,
        `该图只为 ${this.#capacity} 个操作而建`,
      );
    }
    this.#sources.add(arenaOf(a));
    return pointerOf(a);
  }

  /** a + b; b is repeated over a where a is larger. */
  add(a: Tensor, b: Tensor): Tensor {
    requireRepeats(b, a);
    return this.#binary(ggml().add, a, b, a.shape);
  }
  /** a · b, element by element; b is repeated over a where a is larger. */
  mul(a: Tensor, b: Tensor): Tensor {
    requireRepeats(b, a);
    return this.#binary(ggml().mul, a, b, a.shape);
  }
  /** a / b, element by element. */
  div(a: Tensor, b: Tensor): Tensor {
    requireRepeats(b, a);
    return this.#binary(ggml().div, a, b, a.shape);
  }
  sqr(a: Tensor): Tensor {
    return this.#unary(ggml().sqr, a);
  }
  sqrt(a: Tensor): Tensor {
    return this.#unary(ggml().sqrt, a);
  }
  log(a: Tensor): Tensor {
    return this.#unary(ggml().log, a);
  }
  /** The sum of all elements, as one element. */
  sum(a: Tensor): Tensor {
    return this.#unary(ggml().sum, a, shapeOf(1));
  }
  /** The gradient of silu at x for the gradient `grad` of its result. */
  siluBack(grad: Tensor, x: Tensor): Tensor {
    requireSameShape(grad, x);
    return this.#binary(ggml().siluBack, grad, x, x.shape);
  }
  /** silu(gate) · up. */
  swiglu(gate: Tensor, up: Tensor): Tensor {
    requireSameShape(gate, up);
    return this.#binary(ggml().swiglu, gate, up, gate.shape);
  }
  /** a repeated to the shape of b. */
  repeat(a: Tensor, b: Tensor): Tensor {
    requireRepeats(a, b);
    return this.#binary(ggml().repeat, a, b, b.shape);
  }
  /** The sum of a's repetitions, in the shape of b. */
  repeatBack(a: Tensor, b: Tensor): Tensor {
    requireRepeats(b, a);
    return this.#binary(ggml().repeatBack, a, b, b.shape);
  }
  /** aᵀb: a [k, m, …], b [k, n, …] → [m, n, …]; both have the same rest. */
  mulMat(a: Tensor, b: Tensor): Tensor {
    requireShapes(
      [0, 2, 3].every((i) => a.shape[i] === b.shape[i]),
      a,
      b,
    );
    return this.#binary(ggml().mulMat, a, b, [a.shape[1], b.shape[1], b.shape[2], b.shape[3]]);
  }
  /** Σ over dimension 1: a [n, k, …], b [m, k, …] → [n, m, …]. */
  outProd(a: Tensor, b: Tensor): Tensor {
    requireShapes(
      [1, 2, 3].every((i) => a.shape[i] === b.shape[i]),
      a,
      b,
    );
    return this.#binary(ggml().outProd, a, b, [a.shape[0], b.shape[0], b.shape[2], b.shape[3]]);
  }
  /** The rows of a [n, rows] that the i32 indices name, as f32 [n, count]. */
  getRows(a: Tensor, rows: Tensor): Tensor {
    return this.#binary(ggml().getRows, a, rows, shapeOf(a.shape[0], rows.shape[0]));
  }
  /** The gradient of getRows: rows of `grad` added up where they came from, in the shape of `source`. */
  getRowsBack(grad: Tensor, rows: Tensor, source: Tensor): Tensor {
    const pointer = ggml().getRowsBack(
      this.#arena.pointer,
      this.#read(grad),
      this.#read(rows),
      this.#read(source),
    );
    return this.#node(pointer, source.shape);
  }
  /** Overwrites in `a` the rows that the i64 indices name by those of b, in place; the result is a. */
  setRows(a: Tensor, b: Tensor, rows: Tensor): Tensor {
    const pointer = ggml().setRows(this.#arena.pointer, this.#read(a), this.#read(b), this.#read(rows));
    return this.#node(pointer, a.shape);
  }
  /** A contiguous copy. */
  cont(a: Tensor): Tensor {
    return this.#unary(ggml().cont, a);
  }
  cast(a: Tensor, type: TensorType): Tensor {
    return this.#node(ggml().cast(this.#arena.pointer, this.#read(a), TENSOR_TYPES[type]), a.shape, type);
  }
  scale(a: Tensor, factor: number): Tensor {
    return this.#node(ggml().scale(this.#arena.pointer, this.#read(a), factor), a.shape);
  }
  /** factor · a + bias. */
  scaleBias(a: Tensor, factor: number, bias: number): Tensor {
    return this.#node(ggml().scaleBias(this.#arena.pointer, this.#read(a), factor, bias), a.shape);
  }
  /** a, with every element held between the two limits. It works in place: do not use `a` afterwards. */
  clamp(a: Tensor, minimum: number, maximum: number): Tensor {
    return this.#node(ggml().clamp(this.#arena.pointer, this.#read(a), minimum, maximum), a.shape);
  }
  /** The same elements in another shape, without a copy; a is contiguous. */
  reshape(a: Tensor, ...sizes: number[]): Tensor {
    const shape = shapeOf(...sizes);
    requireShapes(elementCount(shape) === elementCount(a.shape), a, { shape });
    return this.#node(ggml().reshape(this.#arena.pointer, this.#read(a), ...shape), shape, a.type);
  }
  /** The first row of a matrix, without a copy. */
  firstRow(a: Tensor): Tensor {
    const pointer = ggml().view1d(this.#arena.pointer, this.#read(a), a.shape[0], 0);
    return this.#node(pointer, shapeOf(a.shape[0]), a.type);
  }
  /** Dimension i of a becomes dimension axes[i] of the result, without a copy. */
  permute(a: Tensor, ...axes: [number, number, number, number]): Tensor {
    const shape: [number, number, number, number] = [1, 1, 1, 1];
    a.shape.forEach((size, i) => {
      shape[axes[i] ?? 0] = size;
    });
    return this.#node(ggml().permute(this.#arena.pointer, this.#read(a), ...axes), shape, a.type);
  }
  /** x / √(mean(x²) + epsilon), row by row. */
  rmsNorm(a: Tensor, epsilon: number): Tensor {
    return this.#node(ggml().rmsNorm(this.#arena.pointer, this.#read(a), epsilon), a.shape);
  }
  /** The gradient of rmsNorm at x. */
  rmsNormBack(grad: Tensor, x: Tensor, epsilon: number): Tensor {
    requireSameShape(grad, x);
    return this.#node(
      ggml().rmsNormBack(this.#arena.pointer, this.#read(grad), this.#read(x), epsilon),
      x.shape,
    );
  }
  /** softmax(scale · a + mask), row by row; the mask [columns, rows] is f32 and repeats over the rest. */
  softMax(a: Tensor, mask: Tensor | undefined, scale: number): Tensor {
    if (mask !== undefined) requireRepeats(mask, a);
    const maskPointer = mask === undefined ? null : this.#read(mask);
    return this.#node(ggml().softMax(this.#arena.pointer, this.#read(a), maskPointer, scale, 0), a.shape);
  }
  /** The gradient of softMax, from the gradient of its result and the result. */
  softMaxBack(grad: Tensor, result: Tensor, scale: number): Tensor {
    requireSameShape(grad, result);
    const pointer = ggml().softMaxBack(this.#arena.pointer, this.#read(grad), this.#read(result), scale, 0);
    return this.#node(pointer, result.shape);
  }
  /** Rotary embedding (NeoX layout) of a [head, heads, tokens] at the i32 positions [tokens]. */
  rope(a: Tensor, positions: Tensor, rope: Rope): Tensor {
    return this.#rotate(ggml().rope, a, positions, rope);
  }
  /** The gradient of rope: the rotation turned back. */
  ropeBack(grad: Tensor, positions: Tensor, rope: Rope): Tensor {
    return this.#rotate(ggml().ropeBack, grad, positions, rope);
  }
  #rotate(
    operation: NativeFunction<RopeArguments, Pointer>,
    a: Tensor,
    positions: Tensor,
    { dimensions, base, context }: Rope,
  ): Tensor {
    requireShapes(a.shape[2] === positions.shape[0] && dimensions <= a.shape[0], a, positions);
    const pointer = operation(
      this.#arena.pointer,
      this.#read(a),
      this.#read(positions),
      null,
      dimensions,
      ROPE_NEOX,
      context,
      base,
      1,
      0,
      1,
      32,
      1,
    );
    return this.#node(pointer, a.shape);
  }
  /** One AdamW step on `weights`, in place; `settings` holds alpha, beta1, beta2, epsilon, decay, 1/(1-beta1ᵗ), 1/(1-beta2ᵗ). */
  adamw(weights: Tensor, grad: Tensor, first: Tensor, second: Tensor, settings: Tensor): Tensor {
    for (const other of [grad, first, second]) requireSameShape(other, weights);
    requireShapes(settings.shape[0] === 7, weights, settings);
    const pointer = ggml().adamw(
      this.#arena.pointer,
      this.#read(weights),
      this.#read(grad),
      this.#read(first),
      this.#read(second),
      this.#read(settings),
    );
    return this.#node(pointer, weights.shape);
  }

  /** Keeps a result readable after the computation. */
  output(a: Tensor): void {
    ggml().setOutput(pointerOf(a));
  }

  /** Adds a result, and all that it needs, to what is computed. */
  expand(result: Tensor): void {
    ggml().graphExpand(this.#graph, pointerOf(result));
  }

  /** Plans the memory of everything expanded so far. Throws GgmlError when there is not enough. */
  plan(device: Device): void {
    if (this.#planned !== undefined) throw outOfOrder("a graph is planned once", "图只能规划一次");
    for (const source of this.#sources) {
      if (source !== this.#arena && !allocated.has(source)) {
        throw outOfOrder("the graph reads a store that is not allocated yet", "图读取的存储尚未分配");
      }
    }
    const native = ggml();
    const bufferType = native.bufferType(handleOf(device).pointer);
    const planner = new Handle("graph", native.plannerNew(bufferType), native.plannerFree);
    this.#planned = { planner, device: handleOf(device) };
    if (!native.plannerAllocate(planner.pointer, this.#graph)) throw outOfMemory();
    allocated.add(this.#arena);
  }

  /** Bytes that the planned results take. */
  get byteCount(): number {
    return this.#planned === undefined ? 0 : ggml().plannerSize(this.#planned.planner.pointer, 0);
  }

  get nodeCount(): number {
    void this.#arena.pointer;
    return ggml().graphNodes(this.#graph);
  }

  /**
   * Computes the planned graph on another thread; until it is done nothing that it reads can be disposed.
   * Throws GgmlError when the library reports a failure, UseAfterFreeError when something it reads is gone.
   */
  async compute(): Promise<void> {
    void this.#arena.pointer;
    if (this.#planned === undefined)
      throw outOfOrder("plan the graph before you compute it", "计算前请先规划图");
    const { planner, device } = this.#planned;
    const releases: (() => void)[] = [];
    try {
      for (const used of [this.#arena, planner, device, ...this.#sources]) releases.push(used.hold());
      await computeOnThread(device.pointer, this.#graph);
    } finally {
      for (const release of releases) release();
    }
  }

  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
    this.#planned?.planner[Symbol.dispose]();
  }
}

function computeOnThread(backend: Pointer, graph: Pointer): Promise<void> {
  return new Promise((resolve, reject) => {
    ggml().graphCompute.async(backend, graph, (error, status) => {
      if (error !== null) reject(error);
      else if (status !== 0) reject(computeFailed(status));
      else resolve();
    });
  });
}

function newArena(what: string, bytes: number): Handle {
  const native = ggml();
  const pointer = native.init({ mem_size: bytes, mem_buffer: null, no_alloc: true });
  if (pointer === null) throw outOfMemory();
  return new Handle(what, pointer, native.free);
}

function outOfMemory(): GgmlError {
  return new GgmlError({
    en: "There is not enough memory for this computation; take a smaller batch, context or model.",
    zh: "内存不足，无法完成计算；请减小批量、上下文长度或模型。",
  });
}

type Shaped = Pick<Tensor, "shape">;

function requireShapes(fit: boolean, a: Shaped, b: Shaped): void {
  if (fit) return;
  const [one, other] = [a, b].map(({ shape }) => `[${shape.join(", ")}]`);
  throw new GgmlError({
    en: `Tensors of the shapes ${one} and ${other} do not go together in this operation.`,
    zh: `形状为 ${one} 与 ${other} 的张量不能用于该操作。`,
  });
}

function requireSameShape(a: Shaped, b: Shaped): void {
  requireShapes(
    a.shape.every((size, i) => size === b.shape[i]),
    a,
    b,
  );
}

/** Whether repeating the small one fills the large one. */
function requireRepeats(small: Shaped, large: Shaped): void {
  requireShapes(
    small.shape.every((size, i) => (large.shape[i] ?? 0) % size === 0),
    small,
    large,
  );
}

function outOfOrder(en: string, zh: string): GgmlError {
  return new GgmlError({ en: `This cannot be computed: ${en}.`, zh: `无法计算：${zh}。` });
}

function computeFailed(status: number): GgmlError {
  return new GgmlError({
    en: `The native library could not compute the graph (status ${status}); this is a defect of basewise, please report it.`,
    zh: `原生库无法完成计算（状态 ${status}）；这是 basewise 的缺陷，请报告。`,
  });
}
