import { Handle } from "../handle.ts";
import { allocated, newArena } from "./arena.ts";
import { ggml } from "./bindings.ts";
import { type Device, handleOf } from "./device.ts";
import { outOfMemory, outOfOrder } from "./error.ts";
import { pointerOf, shapeOf, TENSOR_TYPES, Tensor, type TensorType } from "./tensor.ts";

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

  /**
   * Takes the memory for every tensor declared so far, zeroed unless `clears` is false: then the system gives none of it
   * before it is written. Throws GgmlError when there is not enough.
   */
  allocate(device: Device, { clears = true }: { readonly clears?: boolean } = {}): void {
    const native = ggml();
    void this.#arena.pointer;
    if (this.#buffer !== undefined) throw outOfOrder("a store is allocated once", "存储只能分配一次");
    const buffer = native.allocateAll(this.#arena.pointer, handleOf(device).pointer);
    if (buffer === null) throw outOfMemory();
    allocated.add(this.#arena);
    this.#buffer = new Handle("tensor store", buffer, native.bufferFree);
    if (clears) native.bufferClear(buffer, 0);
  }

  /** Sets every tensor to zero. */
  clear(): void {
    if (this.#buffer === undefined)
      throw outOfOrder("a store is allocated before it is cleared", "存储需先分配再清零");
    ggml().bufferClear(this.#buffer.pointer, 0);
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
