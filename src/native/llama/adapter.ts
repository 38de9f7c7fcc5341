import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { Handle, type Pointer } from "../handle.ts";
import { nativeLibraries } from "../library.ts";
import { llama } from "./bindings.ts";
import { complaint } from "./complaint.ts";
import { type LlamaModel, pointerOf as modelPointerOf } from "./model.ts";

/** The address of an adapter, for this folder alone. */
export let pointerOf: (adapter: LlamaAdapter) => Pointer;

/** A LoRA beside the weights of a model. Dispose it after the contexts and before the model. */
export class LlamaAdapter implements Disposable {
  readonly #handle: Handle;
  /** What its products are multiplied with, beside what the file says. */
  readonly scale: number;
  /** Tells it apart from other adapters, also in another process. */
  readonly id: string;

  /** Throws BadFileError where the library refuses the file, because it belongs to another model for one. */
  constructor(model: LlamaModel, path: string, scale: number, id: string) {
    const native = llama();
    nativeLibraries().takeComplaints();
    const pointer = native.adapterLoad(modelPointerOf(model), path);
    if (pointer === null) throw cannotLoad(path);
    this.#handle = new Handle("adapter", pointer, native.adapterFree);
    this.scale = scale;
    this.id = id;
  }

  static {
    pointerOf = (adapter) => adapter.#handle.pointer;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** Computes with this adapter alone, or with none. */
export function setAdapter(context: Pointer, adapter: LlamaAdapter | undefined): void {
  const pointers = new BigUint64Array(adapter === undefined ? [] : [pointerOf(adapter)]);
  const scales = new Float32Array(adapter === undefined ? [] : [adapter.scale]);
  llama().setAdapters(context, pointers, pointers.length, scales);
}

function cannotLoad(path: string): BadFileError {
  const reason = complaint();
  return new BadFileError(path, {
    en: `The adapter ${printable(path)} cannot be used with this model: ${reason}; take the adapter that was trained on it.`,
    zh: `适配器 ${printable(path)} 无法用于该模型：${reason}；请使用在该模型上训练的适配器。`,
  });
}
