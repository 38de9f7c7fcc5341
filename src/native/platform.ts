import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";

/** The release of the native packages this code was written against; pinned exactly in package.json. */
export const NATIVE_PACKAGE_VERSION = "3.21.1";

/** What the libraries of that release must say of themselves (`ggml_version()`, `llama_version()`). */
export const GGML_VERSION = "0.23.0";
export const LLAMA_VERSION = "0.4.0";

/** The native libraries cannot be used here: no build for this platform, none installed, or another version. */
export class NativeLibraryError extends BasewiseError {
  override readonly name = "NativeLibraryError";
  readonly exitCode: ExitCode = EXIT.failed;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "linux-arm": "linux-armv7l",
  "darwin-arm64": "mac-arm64-metal",
  "darwin-x64": "mac-x64",
  "win32-x64": "win-x64",
  "win32-arm64": "win-arm64",
};

/** Builds for graphics cards are opt-in: whoever installed one by name wants it. */
const GPU_BUILDS = ["cuda", "vulkan"] as const;

/** The files of one platform's build, as absolute paths. */
export interface NativeFiles {
  readonly directory: string;
  readonly ggmlBase: string;
  readonly ggml: string;
  readonly llama: string;
}

/** Finds the libraries of this platform among the installed packages, or says which package to install. */
export function findNativeFiles(
  platform: string = process.platform,
  architecture: string = process.arch,
): NativeFiles {
  const build = PLATFORMS[`${platform}-${architecture}`];
  if (build === undefined) {
    throw new NativeLibraryError({
      en: `There is no native build for ${platform}-${architecture}; basewise runs on ${Object.keys(PLATFORMS).join(", ")}.`,
      zh: `没有适用于 ${platform}-${architecture} 的原生库；basewise 支持的平台：${Object.keys(PLATFORMS).join("、")}。`,
    });
  }
  const candidates = [...GPU_BUILDS.map((gpu) => `${build}-${gpu}`), build];
  for (const candidate of candidates) {
    const directory = binaryDirectory(candidate);
    if (directory !== undefined) return filesIn(directory);
  }
  throw new NativeLibraryError({
    en: `The native package of this platform is not installed; run: npm install @node-llama-cpp/${build}@${NATIVE_PACKAGE_VERSION}`,
    zh: `尚未安装本平台的原生包；请运行：npm install @node-llama-cpp/${build}@${NATIVE_PACKAGE_VERSION}`,
  });
}

function binaryDirectory(build: string): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@node-llama-cpp/${build}`);
    const directory = join(entry, "..", "..", "bins", build);
    return existsSync(directory) ? directory : undefined;
  } catch {
    return undefined; // not installed: the next candidate, or the error that names the package
  }
}

/** Library names differ by platform and build: libllama.v0.4.0.so, libllama.metal.v0.4.0.dylib, llama.v0.4.0.dll. */
function filesIn(directory: string): NativeFiles {
  const names = readdirSync(directory);
  const find = (pattern: RegExp): string => {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name === undefined) {
      throw new NativeLibraryError({
        en: `The native package in ${directory} is incomplete; install it again: npm ci`,
        zh: `${directory} 中的原生包不完整；请重新安装：npm ci`,
      });
    }
    return join(directory, name);
  };
  return {
    directory,
    ggmlBase: find(/^(lib)?ggml-base\.(so|dylib|dll)$/),
    ggml: find(/^(lib)?ggml(\.[a-z]+)?\.v[\d.]+\.(so|dylib|dll)$/),
    llama: find(/^(lib)?llama(\.[a-z]+)?\.v[\d.]+\.(so|dylib|dll)$/),
  };
}
