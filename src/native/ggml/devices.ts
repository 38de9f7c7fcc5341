import type { Pointer } from "../handle.ts";
import { boundOnce, type NativeLibraries } from "../library.ts";

/** The kinds of device, in the order of `enum ggml_backend_dev_type`. */
export const DEVICE_KINDS = ["processor", "graphics", "integrated graphics", "accelerator"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Something that the native library can compute on. */
export interface NativeDevice {
  /** Such as `CUDA0` or `CPU`. */
  readonly name: string;
  readonly description: string;
  readonly kind: DeviceKind;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
}

const devices = boundOnce(({ bind }: NativeLibraries) => ({
  count: bind<[], number>("ggml", "size_t ggml_backend_dev_count(void)"),
  at: bind<[number], Pointer>("ggml", "void *ggml_backend_dev_get(size_t)"),
  name: bind<[Pointer], string>("ggmlBase", "const char *ggml_backend_dev_name(void *)"),
  description: bind<[Pointer], string>("ggmlBase", "const char *ggml_backend_dev_description(void *)"),
  kind: bind<[Pointer], number>("ggmlBase", "int ggml_backend_dev_type(void *)"),
  memory: bind<[Pointer, BigUint64Array, BigUint64Array], void>(
    "ggmlBase",
    "void ggml_backend_dev_memory(void *, void *, void *)",
  ),
}));

/**
 * Every device of the installed native package, the processor among them. Loading a graphics driver can end the
 * process, so programs ask in another one. Throws NativeLibraryError where no package is installed.
 */
export function nativeDevices(): NativeDevice[] {
  const native = devices();
  return Array.from({ length: Number(native.count()) }, (_, index) => {
    const device = native.at(index);
    const free = new BigUint64Array(1);
    const total = new BigUint64Array(1);
    native.memory(device, free, total);
    return {
      name: native.name(device),
      description: native.description(device),
      kind: DEVICE_KINDS[native.kind(device)] ?? "accelerator",
      memory: { total: Number(total[0]), free: Number(free[0]) },
    };
  });
}
