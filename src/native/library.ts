import koffi from "koffi";
import {
  findNativeFiles,
  GGML_VERSION,
  LLAMA_VERSION,
  NATIVE_PACKAGE_VERSION,
  NativeLibraryError,
} from "./platform.ts";

/** A function of a native library; each binding states its own argument and result types beside the C prototype. */
export type NativeFunction<Arguments extends readonly unknown[], Result> = {
  (...args: Arguments): Result;
  /** The same call on another thread, so that the caller's event loop goes on. */
  async(...args: [...Arguments, (error: Error | null, result: Result) => void]): void;
};

/** The loaded libraries: `bind("llama", "int32_t llama_n_ctx(void *)")` looks a C function up by its prototype. */
export interface NativeLibraries {
  bind<Arguments extends readonly unknown[], Result>(
    library: "ggmlBase" | "ggml" | "llama",
    prototype: string,
  ): NativeFunction<Arguments, Result>;
  /** The lines that the libraries logged as warnings or errors since the last call, oldest first. */
  takeComplaints(): string[];
}

const LOG_WARN = 3;
const LOG_ERROR = 4;
const LOG_CONTINUES = 5;
const MAXIMUM_COMPLAINTS = 50;

/** libggml's base library alone, without the code that computes: it loads in a few milliseconds. */
export interface BaseLibrary {
  bind<Arguments extends readonly unknown[], Result>(prototype: string): NativeFunction<Arguments, Result>;
}

let loaded: NativeLibraries | undefined;
let base: BaseLibrary | undefined;

/** Loads only libggml's base library, on first use, and checks its version. */
export function baseLibrary(): BaseLibrary {
  if (base === undefined) {
    const handle = koffi.load(findNativeFiles().ggmlBase);
    const found: string = handle.func("const char *ggml_version(void)")();
    checkVersion("ggml", found, GGML_VERSION);
    base = { bind: (prototype) => handle.func(prototype) };
  }
  return base;
}

/** Loads the libraries on first use and checks that they are the version that the bindings were written for. */
export function nativeLibraries(): NativeLibraries {
  loaded ??= load();
  return loaded;
}

/** A group of C functions that is bound on its first use; modules declare theirs beside each other with it. */
export function boundOnce<Functions>(bind: (libraries: NativeLibraries) => Functions): () => Functions {
  let functions: Functions | undefined;
  return () => {
    functions ??= bind(nativeLibraries());
    return functions;
  };
}

function load(): NativeLibraries {
  const files = findNativeFiles();
  const handles = {
    ggmlBase: koffi.load(files.ggmlBase),
    ggml: koffi.load(files.ggml),
    llama: koffi.load(files.llama),
  };
  koffi.struct("gguf_init_params", { no_alloc: "bool", ctx: "void *" });
  koffi.struct("ggml_init_params", { mem_size: "size_t", mem_buffer: "void *", no_alloc: "bool" });
  const complaints: string[] = [];
  const libraries: NativeLibraries = {
    bind: (library, prototype) => handles[library].func(prototype),
    takeComplaints: () => complaints.splice(0),
  };
  checkVersion(
    "ggml",
    libraries.bind<[], string>("ggmlBase", "const char *ggml_version(void)")(),
    GGML_VERSION,
  );
  checkVersion(
    "llama.cpp",
    libraries.bind<[], string>("llama", "const char *llama_version(void)")(),
    LLAMA_VERSION,
  );
  collectLog(libraries, complaints);
  libraries.bind<[string], void>(
    "ggml",
    "void ggml_backend_load_all_from_path(const char *)",
  )(files.directory);
  return libraries;
}

function checkVersion(name: string, found: string, wanted: string): void {
  if (found === wanted || found.startsWith(`${wanted}-`)) return;
  throw new NativeLibraryError({
    en: `The native ${name} library is version ${found}, but this basewise needs ${wanted}; install @node-llama-cpp packages of version ${NATIVE_PACKAGE_VERSION}.`,
    zh: `原生库 ${name} 的版本是 ${found}，而本版 basewise 需要 ${wanted}；请安装 ${NATIVE_PACKAGE_VERSION} 版的 @node-llama-cpp 包。`,
  });
}

/** The libraries print to stderr by default; keep what they complain about for error messages, drop the rest. */
function collectLog(libraries: NativeLibraries, complaints: string[]): void {
  let level = 0;
  const callbackType = koffi.proto("void NativeLogCallback(int level, const char *text, void *data)");
  const callback = koffi.register((newLevel: number, text: string) => {
    const continues = newLevel === LOG_CONTINUES;
    if (!continues) level = newLevel;
    if (level !== LOG_WARN && level !== LOG_ERROR) return;
    const last = complaints.length - 1;
    if (continues && last >= 0) complaints[last] += text.trimEnd();
    else if (complaints.length < MAXIMUM_COMPLAINTS) complaints.push(text.trimEnd());
  }, koffi.pointer(callbackType));
  // llama_log_set hands the callback on to ggml
  libraries.bind<[bigint, null], void>("llama", "void llama_log_set(void *callback, void *data)")(
    callback,
    null,
  );
}
