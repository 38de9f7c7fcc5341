import { NATIVE_PACKAGE_VERSION, NativeLibraryError } from "./platform.ts";

/**
 * Refuses a library whose defaults differ from those of the pinned release: its structs are laid out otherwise, and
 * calling it would corrupt memory. Throws NativeLibraryError naming the first field that differs.
 */
export function checkDefaults<Parameters extends object>(
  struct: string,
  found: Parameters,
  expected: Parameters,
): void {
  const values = new Map<string, unknown>(Object.entries(found));
  for (const [field, value] of Object.entries(expected)) {
    if (values.get(field) === value) continue;
    throw new NativeLibraryError({
      en: `The native library's ${struct} has ${field} = ${values.get(field)} where ${value} was expected; install @node-llama-cpp packages of version ${NATIVE_PACKAGE_VERSION}.`,
      zh: `原生库的 ${struct} 中 ${field} = ${values.get(field)}，应为 ${value}；请安装 ${NATIVE_PACKAGE_VERSION} 版的 @node-llama-cpp 包。`,
    });
  }
}
