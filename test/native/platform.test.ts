import { existsSync, readFileSync } from "node:fs";
import koffi from "koffi";
import { afterEach, describe, expect, test, vi } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { nativeLibraries } from "../../src/native/library.ts";
import { findNativeFiles, NATIVE_PACKAGE_VERSION, NativeLibraryError } from "../../src/native/platform.ts";

/** The error that a call must end in. */
function nativeErrorOf(call: () => unknown): NativeLibraryError {
  try {
    call();
  } catch (error) {
    if (error instanceof NativeLibraryError) return error;
    throw error;
  }
  throw new Error("the call ended without an error");
}

afterEach(() => {
  vi.doUnmock("../../src/native/platform.ts");
  vi.resetModules();
  koffi.reset(); // it outlives the modules, and knows each type name once
});

describe("finding the native files", () => {
  test("finds this machine's, all in one folder", () => {
    const { directory, ...files } = findNativeFiles();
    for (const file of Object.values(files)) {
      expect(existsSync(file)).toBe(true);
      expect(file.startsWith(directory)).toBe(true);
    }
  });

  test.each([
    ["sunos", "x64"],
    ["linux", "riscv64"],
    ["win32", "ia32"],
  ])("says that %s-%s has no build, and what has", (platform, architecture) => {
    const error = nativeErrorOf(() => findNativeFiles(platform, architecture));
    expect(error.text.en).toContain(`no native build for ${platform}-${architecture}`);
    expect(error.text.en).toContain("linux-x64");
    expect(error.text.zh).toContain(`${platform}-${architecture}`);
    expect(error.exitCode).toBe(EXIT.failed);
  });

  test("says which package to install where it is missing", () => {
    // a machine installs its own platform's package alone, so another platform's is missing
    const [platform, architecture, build] =
      process.platform === "win32" ? ["darwin", "x64", "mac-x64"] : ["win32", "x64", "win-x64"];
    const error = nativeErrorOf(() => findNativeFiles(platform, architecture));
    const command = `npm install @node-llama-cpp/${build}@${NATIVE_PACKAGE_VERSION}`;
    expect(error.text.en).toContain(command);
    expect(error.text.zh).toContain(command);
    expect(error.exitCode).toBe(EXIT.failed);
  });
});

describe("checking the version", () => {
  test.each([
    ["ggml", "GGML_VERSION"],
    ["llama.cpp", "LLAMA_VERSION"],
  ])("refuses another version of %s before anything runs", async (name, constant) => {
    vi.resetModules();
    vi.doMock("../../src/native/platform.ts", async (original) => ({
      ...(await original<typeof import("../../src/native/platform.ts")>()),
      [constant]: "0.0.1",
    }));
    const fresh = await import("../../src/native/library.ts");
    expect(() => fresh.nativeLibraries()).toThrow(
      new RegExp(
        `The native ${name} library is version [\\d.]+.*, but this basewise needs 0\\.0\\.1; install .* of version ${NATIVE_PACKAGE_VERSION}`,
      ),
    );
  });

  test("accepts the pinned one", () => {
    expect(() => nativeLibraries()).not.toThrow();
  });

  test("the packages are pinned exactly to the release that the code was written for", () => {
    const manifest: { optionalDependencies: Record<string, string> } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    );
    const natives = Object.entries(manifest.optionalDependencies).filter(([name]) =>
      name.startsWith("@node-llama-cpp/"),
    );
    expect(natives.length).toBeGreaterThan(0);
    for (const [, version] of natives) expect(version).toBe(NATIVE_PACKAGE_VERSION);
  });
});
