import koffi from "koffi";
import { Handle, type Pointer } from "../handle.ts";
import { boundOnce } from "../library.ts";
import { ggml } from "./bindings.ts";
import { GgmlError } from "./error.ts";

const CPU_DEVICE = 0; // enum ggml_backend_dev_type

/** Types of the functions that each CPU build has beside ggml's common ones. As in ggml-cpu.h and ggml-backend.h. */
const cpuTypes = boundOnce(() => ({
  setThreads: koffi.proto("void ggml_backend_set_n_threads(void *, int)"),
}));

/** The native object behind a device, for this folder alone. */
export let handleOf: (device: Device) => Handle;

/** The processor that computes graphs. */
export class Device implements Disposable {
  readonly #handle: Handle;

  /** @param threads native threads; more than there are cores is many times slower. */
  constructor(threads: number) {
    const native = ggml();
    const backend = native.backendOf(cpuDevice(), null);
    if (backend === null) throw noCpuBuild();
    this.#handle = new Handle("device", backend, native.backendFree);
    koffi.call(cpuFunction("ggml_backend_set_n_threads"), cpuTypes().setThreads, backend, threads);
  }

  static {
    handleOf = (device) => device.#handle;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** A function that the CPU build in use has beside ggml's common ones, for this folder alone. */
export function cpuFunction(name: string): Pointer {
  const found = ggml().procedure(ggml().deviceRegistry(cpuDevice()), name);
  if (found === null) throw noCpuBuild();
  return found;
}

/** The processor, for this folder alone. */
export function cpuDevice(): Pointer {
  const device = ggml().deviceByType(CPU_DEVICE);
  if (device === null) throw noCpuBuild();
  return device;
}

function noCpuBuild(): GgmlError {
  return new GgmlError({
    en: "No CPU build of the native library fits this processor; install the native package again: npm ci",
    zh: "没有适合本处理器的原生库；请重新安装：npm ci",
  });
}
