import type { Handle, Pointer } from "../handle.ts";

/** Element types, by ggml's numbers (`enum ggml_type`). */
export const TENSOR_TYPES = {
  f32: 0,
  f16: 1,
  q4_0: 2,
  q4_1: 3,
  q5_0: 6,
  q5_1: 7,
  q8_0: 8,
  q2_k: 10,
  q3_k: 11,
  q4_k: 12,
  q5_k: 13,
  q6_k: 14,
  iq2_xxs: 16,
  iq2_xs: 17,
  iq3_xxs: 18,
  iq1_s: 19,
  iq4_nl: 20,
  iq3_s: 21,
  iq2_s: 22,
  iq4_xs: 23,
  i32: 26,
  i64: 27,
  iq1_m: 29,
  bf16: 30,
  tq1_0: 34,
  tq2_0: 35,
  mxfp4: 39,
} as const;
export type TensorType = keyof typeof TENSOR_TYPES;

/** The element type of a GGUF file's name for it, such as `Q4_K`; undefined for one that graphs do not compute with. */
export function tensorTypeOf(name: string): TensorType | undefined {
  const lower = name.toLowerCase();
  return (Object.keys(TENSOR_TYPES) as TensorType[]).find((type) => type === lower);
}

/** Whether its elements share scales in blocks, so that a row can be cut only between blocks. */
export function isQuantized(type: TensorType): boolean {
  return !["f32", "f16", "bf16", "i32", "i64"].includes(type);
}

/** Sizes of the four dimensions, fastest first, as ggml counts them: a row-major matrix [rows][columns] is [columns, rows, 1, 1]. */
export type Shape = readonly [number, number, number, number];

/** A shape from one to four sizes; the rest are 1. */
export function shapeOf(...sizes: number[]): Shape {
  const [n0 = 1, n1 = 1, n2 = 1, n3 = 1] = sizes;
  return [n0, n1, n2, n3];
}

/** How many elements a shape holds. */
export function elementCount(shape: Shape): number {
  return shape[0] * shape[1] * shape[2] * shape[3];
}

/** The address of a tensor, for this folder alone; throws UseAfterFreeError when its arena was disposed. */
export let pointerOf: (tensor: Tensor) => Pointer;

/** What owns a tensor's description, for this folder alone. */
export let arenaOf: (tensor: Tensor) => Handle;

/** One node or leaf of a ggml graph. Its memory belongs to the arena that made it. */
export class Tensor {
  readonly type: TensorType;
  readonly shape: Shape;
  readonly #arena: Handle;
  readonly #pointer: Pointer;

  constructor(arena: Handle, pointer: Pointer, type: TensorType, shape: Shape) {
    this.#arena = arena;
    this.#pointer = pointer;
    this.type = type;
    this.shape = shape;
  }

  static {
    arenaOf = (tensor) => tensor.#arena;
    pointerOf = (tensor) => {
      void tensor.#arena.pointer; // throws when the arena is gone
      return tensor.#pointer;
    };
  }
}
