import type { Handle, Pointer } from "../handle.ts";

/** Element types, by ggml's numbers (`enum ggml_type`). */
export const TENSOR_TYPES = { f32: 0, f16: 1, q8_0: 8, i32: 26, i64: 27, bf16: 30 } as const;
export type TensorType = keyof typeof TENSOR_TYPES;

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
