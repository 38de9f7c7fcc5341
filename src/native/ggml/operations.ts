import type { Handle, Pointer } from "../handle.ts";
import type { NativeFunction } from "../library.ts";
import { type Binary, ggml, type RopeArguments, type Unary } from "./bindings.ts";
import { outOfOrder } from "./error.ts";
import { requireRepeats, requireSameShape, requireShapes } from "./shapes.ts";
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

const ROPE_NEIGHBOURS = 0;
const ROPE_NEOX = 2; // rotates halves, as Qwen and Llama files of Hugging Face do

/** Parameters of rotary position embedding: dimensions to rotate, base frequency, context the model was made for. */
export interface Rope {
  readonly dimensions: number;
  readonly base: number;
  readonly context: number;
  /** Rotates values next to each other, as GGUF files of the llama architecture lay them out, instead of halves. */
  readonly neighbours?: boolean;
  /** f32 [dimensions / 2]: what each frequency is divided by. */
  readonly divisors?: Tensor;
  /** How many times longer than `context` texts may be: positions are divided by it. */
  readonly stretch?: number;
  /** Divides only the slow frequencies, and multiplies the result (YaRN). */
  readonly yarn?: { readonly attentionFactor: number };
}

/**
 * The operations of a graph. Every method appends one of ggml's and returns its result; shapes follow ggml (fastest
 * dimension first). Nothing here knows of gradients.
 */
export abstract class Operations {
  protected readonly arena: Handle;
  /** The arenas of all tensors that the operations read. */
  protected readonly sources = new Set<Handle>();
  readonly #capacity: number;
  #count = 0;

  constructor(arena: Handle, capacity: number) {
    this.arena = arena;
    this.#capacity = capacity;
  }

  #binary(operation: Binary, a: Tensor, b: Tensor, shape: Shape): Tensor {
    return this.#node(operation(this.arena.pointer, this.#read(a), this.#read(b)), shape);
  }
  #unary(operation: Unary, a: Tensor, shape: Shape = a.shape): Tensor {
    return this.#node(operation(this.arena.pointer, this.#read(a)), shape, a.type);
  }
  #node(pointer: Pointer, shape: Shape, type: TensorType = "f32"): Tensor {
    this.#count++;
    return new Tensor(this.arena, pointer, type, shape);
  }
  /** The address of an operation's input, which must live for as long as the graph computes. */
  #read(a: Tensor): Pointer {
    if (this.#count >= this.#capacity) {
      throw outOfOrder(
        `the graph was made for ${this.#capacity} operations`,
        `该图只为 ${this.#capacity} 个操作而建`,
      );
    }
    this.sources.add(arenaOf(a));
    return pointerOf(a);
  }

  /** a + b; b is repeated over a where a is larger. */
  add(a: Tensor, b: Tensor): Tensor {
    requireRepeats(b, a);
    return this.#binary(ggml().add, a, b, a.shape);
  }
  /** a · b, element by element; b is repeated over a where a is larger. */
  /** a + b of the same shape, written where a lies. */
  addInPlace(a: Tensor, b: Tensor): Tensor {
    requireSameShape(b, a);
    return this.#binary(ggml().addInPlace, a, b, a.shape);
  }
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
  /** The sum of each row: a [n, …] → [1, …]. */
  sumRows(a: Tensor): Tensor {
    return this.#unary(ggml().sumRows, a, [1, a.shape[1], a.shape[2], a.shape[3]]);
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
      this.arena.pointer,
      this.#read(grad),
      this.#read(rows),
      this.#read(source),
    );
    return this.#node(pointer, source.shape);
  }
  /** Overwrites in `a` the rows that the i64 indices name by those of b, in place; the result is a. */
  setRows(a: Tensor, b: Tensor, rows: Tensor): Tensor {
    const pointer = ggml().setRows(this.arena.pointer, this.#read(a), this.#read(b), this.#read(rows));
    return this.#node(pointer, a.shape);
  }
  /** A contiguous copy. */
  cont(a: Tensor): Tensor {
    return this.#unary(ggml().cont, a);
  }
  cast(a: Tensor, type: TensorType): Tensor {
    return this.#node(ggml().cast(this.arena.pointer, this.#read(a), TENSOR_TYPES[type]), a.shape, type);
  }
  scale(a: Tensor, factor: number): Tensor {
    return this.#node(ggml().scale(this.arena.pointer, this.#read(a), factor), a.shape);
  }
  /** factor · a + bias. */
  scaleBias(a: Tensor, factor: number, bias: number): Tensor {
    return this.#node(ggml().scaleBias(this.arena.pointer, this.#read(a), factor, bias), a.shape);
  }
  /** a, with every element held between the two limits. It works in place: do not use `a` afterwards. */
  clamp(a: Tensor, minimum: number, maximum: number): Tensor {
    return this.#node(ggml().clamp(this.arena.pointer, this.#read(a), minimum, maximum), a.shape);
  }
  /** The same elements in another shape, without a copy; a is contiguous. */
  reshape(a: Tensor, ...sizes: number[]): Tensor {
    const shape = shapeOf(...sizes);
    requireShapes(elementCount(shape) === elementCount(a.shape), a, { shape });
    return this.#node(ggml().reshape(this.arena.pointer, this.#read(a), ...shape), shape, a.type);
  }
  /** The first row of a matrix, without a copy. */
  firstRow(a: Tensor): Tensor {
    const pointer = ggml().view1d(this.arena.pointer, this.#read(a), a.shape[0], 0);
    return this.#node(pointer, shapeOf(a.shape[0]), a.type);
  }
  /** Dimension i of a becomes dimension axes[i] of the result, without a copy. */
  permute(a: Tensor, ...axes: [number, number, number, number]): Tensor {
    const shape: [number, number, number, number] = [1, 1, 1, 1];
    a.shape.forEach((size, i) => {
      shape[axes[i] ?? 0] = size;
    });
    return this.#node(ggml().permute(this.arena.pointer, this.#read(a), ...axes), shape, a.type);
  }
  /** x / √(mean(x²) + epsilon), row by row. */
  rmsNorm(a: Tensor, epsilon: number): Tensor {
    return this.#node(ggml().rmsNorm(this.arena.pointer, this.#read(a), epsilon), a.shape);
  }
  /** The gradient of rmsNorm at x. */
  rmsNormBack(grad: Tensor, x: Tensor, epsilon: number): Tensor {
    requireSameShape(grad, x);
    return this.#node(
      ggml().rmsNormBack(this.arena.pointer, this.#read(grad), this.#read(x), epsilon),
      x.shape,
    );
  }
  /** softmax(scale · a + mask), row by row; the mask [columns, rows] is f32 and repeats over the rest. */
  softMax(a: Tensor, mask: Tensor | undefined, scale: number): Tensor {
    if (mask !== undefined) requireRepeats(mask, a);
    const maskPointer = mask === undefined ? null : this.#read(mask);
    return this.#node(ggml().softMax(this.arena.pointer, this.#read(a), maskPointer, scale, 0), a.shape);
  }
  /** The gradient of softMax, from the gradient of its result and the result. */
  softMaxBack(grad: Tensor, result: Tensor, scale: number): Tensor {
    requireSameShape(grad, result);
    const pointer = ggml().softMaxBack(this.arena.pointer, this.#read(grad), this.#read(result), scale, 0);
    return this.#node(pointer, result.shape);
  }
  /** Rotary embedding of a [head, heads, tokens] at the i32 positions [tokens]. */
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
    { dimensions, base, context, neighbours = false, divisors, stretch = 1, yarn }: Rope,
  ): Tensor {
    requireShapes(a.shape[2] === positions.shape[0] && dimensions <= a.shape[0], a, positions);
    if (divisors !== undefined) requireShapes(divisors.shape[0] * 2 >= dimensions, a, divisors);
    const pointer = operation(
      this.arena.pointer,
      this.#read(a),
      this.#read(positions),
      divisors === undefined ? null : this.#read(divisors),
      dimensions,
      neighbours ? ROPE_NEIGHBOURS : ROPE_NEOX,
      context,
      base,
      1 / stretch,
      yarn === undefined ? 0 : 1,
      yarn?.attentionFactor ?? 1,
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
      this.arena.pointer,
      this.#read(weights),
      this.#read(grad),
      this.#read(first),
      this.#read(second),
      this.#read(settings),
    );
    return this.#node(pointer, weights.shape);
  }
}
