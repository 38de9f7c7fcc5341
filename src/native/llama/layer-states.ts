import koffi from "koffi";
import { ggml } from "../ggml/bindings.ts";
import type { Pointer } from "../handle.ts";
import { boundOnce } from "../library.ts";

/** `ggml_backend_sched_eval_callback`: asked before a tensor is computed whether to tell of it, and told of it then. */
const observed = boundOnce(() =>
  koffi.pointer(koffi.proto("bool NativeEvalCallback(void *tensor, bool ask, void *data)")),
);
const nameOf = boundOnce(({ bind }) =>
  bind<[Pointer], string>("ggmlBase", "const char *ggml_get_name(const void *)"),
);

/**
 * Looks at what comes out of one layer while a batch is computed, and ends the computation there: what comes behind it is
 * not needed. The architectures of the pinned library that can be steered name that tensor `l_out-N`, N from 0.
 */
export class LayerStates implements Disposable {
  /** What a context is to call. */
  readonly callback: Pointer;
  readonly #registered: ReturnType<typeof koffi.register>;
  #states: Float32Array | undefined;

  /** @param layer from 1 */
  constructor(layer: number) {
    const wanted = `l_out-${layer - 1}`;
    const [getName, native] = [nameOf(), ggml()];
    // Nothing may be thrown through the library.
    this.#registered = koffi.register((tensor: Pointer, asks: boolean): boolean => {
      if (getName(tensor) !== wanted) return !asks;
      if (asks) return true;
      const bytes = Number(native.byteCount(tensor));
      const states = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
      native.read(tensor, states, 0, bytes);
      this.#states = states;
      return false;
    }, observed());
    this.callback = this.#registered;
  }

  /** The states of all tokens of the batch since the last call, one behind the other; undefined where none were seen. */
  take(): Float32Array | undefined {
    const states = this.#states;
    this.#states = undefined;
    return states;
  }

  [Symbol.dispose](): void {
    koffi.unregister(this.#registered);
  }
}
