import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));

/**
 * A Python with the packages of `requirements.txt`: the one that BASEWISE_PYTHON names, or an environment of our own, made
 * once. Undefined where there is no Python, or the packages cannot be had.
 */
export async function oraclePython(): Promise<string | undefined> {
  const given = process.env.BASEWISE_PYTHON;
  if (given !== undefined) return given;
  const folder = join(homedir(), ".cache", "basewise", "oracle");
  const python = join(folder, "bin", "python");
  try {
    if (!existsSync(python)) await run("python3", ["-m", "venv", folder]);
    await run(python, ["-m", "pip", "install", "-q", "-r", REQUIREMENTS], { timeout: 1_500_000 });
    return python;
  } catch (error) {
    console.warn(
      `the reference implementations cannot be had: ${error instanceof Error ? error.message : error}`,
    );
    return undefined;
  }
}

/** What a script of this folder prints, as JSON. */
export async function ask(python: string, script: string, ...args: string[]): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(python, [path, ...args], {
    maxBuffer: 2 ** 28,
    env: { ...process.env, HF_HUB_OFFLINE: "1", TRANSFORMERS_VERBOSITY: "error" },
  });
  return JSON.parse(stdout);
}
