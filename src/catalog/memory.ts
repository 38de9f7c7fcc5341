import { tensorTypeNamed } from "../formats/gguf/tensor-types.ts";
import { type PackedTensor, packedTensors, type Quantization } from "./quantization.ts";
import { isWindowed, keepsCache, type ModelShape, traitsOf } from "./shape.ts";
import { sliceFor } from "./slice.ts";
import { elements } from "./tensors.ts";

/**
 * How a processor wants matrices laid out: llama.cpp copies those of some types into its own layout while it loads.
 * `none` reads them from the file.
 */
export const PACKINGS = ["none", "x86", "amx", "arm"] as const;
export type Packing = (typeof PACKINGS)[number];

/** What the engine plans for. Sizes in tokens. */
export interface MemoryPlan {
  /** What all sequences together can hold. */
  readonly context: number;
  /** Each keeps states of its own in layers with linear attention. */
  readonly sequences?: number;
  /** Most tokens read at once; what `sliceFor` says of a model of this size unless stated. */
  readonly batch?: number;
  /** Most positions of one batch whose logits are kept. */
  readonly outputs?: number;
  /** The type of the cache of keys and values; F16 unless stated. */
  readonly cacheType?: "F16" | "F32" | "Q8_0" | "Q4_0";
  /** Keep everything in layers with a sliding window too, so that a conversation can be cut back anywhere. */
  readonly wholeWindows?: boolean;
  /** How this machine repacks weights when it loads them; not at all unless stated. */
  readonly packing?: Packing;
}

/** Memory by what it is for, in bytes. */
export interface MemoryEstimate {
  /** Matrices and vectors, each once, as they are computed with. */
  readonly weights: number;
  /** Keys, values and states of what was read. */
  readonly cache: number;
  /** Intermediate results and logits. */
  readonly compute: number;
  /** The engine's process itself, and the tables of the vocabulary. */
  readonly overhead: number;
  /** The sum of these: what must be free. */
  readonly total: number;
  /**
   * Pages of the file that were read to make copies. The system drops them where it needs the room, and counts them
   * as the process's until then.
   */
  readonly droppable: number;
  /** What a process monitor shows at most: `total` and `droppable`. */
  readonly peak: number;
}

/** What basewise's engine plans where nothing else is asked. */
export const ENGINE_PLAN = {
  sequences: 4,
  outputs: 32,
  cacheType: "F16",
  wholeWindows: true,
  packing: "none",
} as const satisfies Omit<Required<MemoryPlan>, "context" | "batch">;

/** llama.cpp rounds the cells of a cache up to this. */
const CELLS = 256;
/** The engine's process without a model, measured on Linux x64 with Node 20 (`npm run bench:memory`). */
const PROCESS_BYTES = 70 * 2 ** 20;
/** A token's text, its entry in the tables and its merge, measured likewise. */
const TOKEN_BYTES = 180;

/**
 * What a model of this shape takes in basewise's engine. Weights: every tensor in the type its mix gives it. Cache:
 * layers × cells × KV heads × head size, for keys and values. `npm run bench:memory` compares it with the engine.
 */
export function estimateMemory(
  shape: ModelShape,
  quantization: Quantization,
  plan: MemoryPlan,
): MemoryEstimate {
  return estimateOf(packedTensors(shape, quantization), shape, plan);
}

/** The same for tensors that are known by their file's header. */
export function estimateOf(
  tensors: readonly Omit<PackedTensor, "name">[],
  shape: ModelShape,
  plan: MemoryPlan,
): MemoryEstimate {
  const parameterCount = tensors.reduce((sum, { sizes }) => sum + elements({ name: "", sizes }), 0);
  const whole = { batch: sliceFor(parameterCount), ...ENGINE_PLAN, ...plan };
  const { weights, droppable } = weightBytes(tensors, whole.packing);
  const cache = cacheBytes(shape, whole);
  const compute = computeBytes(shape, whole);
  const overhead = PROCESS_BYTES + TOKEN_BYTES * shape.vocabularySize;
  const total = weights + cache + compute + overhead;
  return { weights, cache, compute, overhead, total, droppable, peak: total + droppable };
}

interface WeightBytes {
  readonly weights: number;
  readonly droppable: number;
}
/** The same tensors are asked for many plans. */
const KNOWN = new WeakMap<readonly unknown[], Map<Packing, WeightBytes>>();

function weightBytes(tensors: readonly Omit<PackedTensor, "name">[], packing: Packing): WeightBytes {
  const known = KNOWN.get(tensors) ?? new Map<Packing, WeightBytes>();
  KNOWN.set(tensors, known);
  const found = known.get(packing);
  if (found !== undefined) return found;
  let weights = 0;
  let droppable = 0;
  for (const tensor of tensors) {
    const copy = copyBytes(tensor, packing);
    weights += copy ?? tensor.bytes;
    if (copy !== undefined) droppable += tensor.bytes;
  }
  known.set(packing, { weights, droppable });
  return { weights, droppable };
}

/**
 * Bytes that a type's blocks grow by in the processor's own layout; types not named are not copied. Sources:
 * `ggml_repack_get_optimal_repack_type` (its layouts keep the size) and `get_row_size` of `amx/mmq.cpp`.
 */
const COPIED: Readonly<Record<Packing, Readonly<Record<string, number>>>> = {
  none: {},
  x86: { Q4_0: 0, Q4_K: 0, IQ4_NL: 0, MXFP4: 0 },
  amx: { Q4_0: 0, Q4_1: 0, Q8_0: 4, Q4_K: 4, Q5_K: 4, Q6_K: 0, IQ4_XS: 2, F16: 0 },
  arm: { Q4_0: 0, Q4_K: 0, Q5_K: 0, Q6_K: 0, IQ4_NL: 0, MXFP4: 0, Q8_0: 0 },
};
/** Rows that such a layout takes together. */
const ROWS: Readonly<Record<Packing, number>> = { none: 1, x86: 8, amx: 32, arm: 8 };

/** Bytes of the copy that is computed with, or nothing where the file's own are. */
function copyBytes({ type, sizes, bytes }: Omit<PackedTensor, "name">, packing: Packing): number | undefined {
  // What AMX does not take, experts for one, is laid out as on other x86 processors.
  const layout = packing === "amx" && sizes.length > 2 ? "x86" : packing;
  const growth = COPIED[layout][type];
  const [, rows = 1] = sizes;
  if (growth === undefined || sizes.length < 2 || rows % ROWS[layout] !== 0) return undefined;
  const blocks = elements({ name: "", sizes }) / tensorTypeNamed(type).blockElements;
  return bytes + growth * blocks;
}

type WholePlan = Required<MemoryPlan>;

function cacheBytes(shape: ModelShape, plan: WholePlan): number {
  if (traitsOf(shape).encoder) return 0;
  const { kvHeads, headSize, layers, slidingWindow, linearAttention } = shape;
  const type = tensorTypeNamed(plan.cacheType);
  const rowBytes = ((kvHeads * headSize) / type.blockElements) * type.blockBytes;
  const cells = rounded(plan.context);
  const windowCells = Math.min(cells, rounded((slidingWindow?.size ?? 0) + plan.batch));
  let bytes = 0;
  for (let layer = 0; layer < layers; layer++) {
    if (!keepsCache(shape, layer)) bytes += plan.sequences * stateBytes(linearAttention);
    else bytes += 2 * rowBytes * (isWindowed(shape, layer) && !plan.wholeWindows ? windowCells : cells);
  }
  return bytes;
}

/** A matrix for each head, and what the convolution looks back on, in F32. */
function stateBytes(linear: ModelShape["linearAttention"]): number {
  if (linear === undefined) return 0;
  const { keyHeads, valueHeads, headSize, convolution } = linear;
  const channels = (2 * keyHeads + valueHeads) * headSize;
  return 4 * (valueHeads * headSize * headSize + (convolution - 1) * channels);
}

/**
 * The larger of what a layer and what the output head need at once, as the library's own figures show
 * (`sched_reserve`): with flash attention, a layer needs its mask and a few rows of each width.
 */
function computeBytes(shape: ModelShape, plan: WholePlan): number {
  const { hiddenSize, vocabularySize, heads, kvHeads, headSize, experts } = shape;
  const batch = Math.min(plan.batch, plan.context);
  const wide =
    experts === undefined
      ? 3 * shape.feedForwardSize
      : 3 * experts.active * experts.size + experts.active * hiddenSize + 3 * experts.sharedSize;
  const attention = (2 * heads + 2 * kvHeads) * headSize;
  const layer = 4 * batch * (Math.max(wide, attention) + 4 * hiddenSize) + 2 * batch * rounded(plan.context);
  const head = traitsOf(shape).encoder ? 0 : 4 * (plan.outputs * vocabularySize + batch * hiddenSize);
  return Math.max(layer, head);
}

function rounded(tokens: number): number {
  return Math.ceil(tokens / CELLS) * CELLS;
}
