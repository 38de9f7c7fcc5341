import koffi from "koffi";
import { Handle } from "../handle.ts";
import { ggml } from "./bindings.ts";
import { GgmlError } from "./error.ts";

const CPU_DEVICE = 0; // enum ggml_backend_dev_type

/** The native object behind a device, for this folder alone. */
export let handleOf: (device: Device) => Handle;

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
