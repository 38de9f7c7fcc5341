import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { PythonEnvironmentError } from "./errors.ts";

/** The program that trains in Python, and what it needs; the package's root is two levels up, from `src` as from `dist`. */
const FOLDER = fileURLToPath(new URL("../../python/", import.meta.url));
export const PROGRAM = "train.py";
export const REQUIREMENTS = "requirements.txt";
/** Importing PyTorch for the first time takes this long on a slow disk. */
const CHECK_MILLISECONDS = 120_000;

const environmentSchema = z.object({
  python: z.string(),
  missing: z.array(z.object({ name: z.string(), wanted: z.string(), found: z.string().nullable() })),
  devices: z.array(z.string()),
});

/** A Python that can train. */
export interface PythonEnvironment {
  /** Its version. */
  readonly python: string;
  /** Its GPUs, by name. */
  readonly devices: readonly string[];
}

/** A file of the program, in the package. */
export function programFile(name: typeof PROGRAM | typeof REQUIREMENTS): string {
  return join(FOLDER, name);
}

/** Asks a Python what it has. Throws PythonEnvironmentError where it does not run or lacks a package. */
export async function checkPython(python: string): Promise<PythonEnvironment> {
  const requirements = programFile(REQUIREMENTS);
  let answer: string;
  try {
    const options = { timeout: CHECK_MILLISECONDS };
    answer = (await promisify(execFile)(python, [programFile(PROGRAM), "--check"], options)).stdout;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    // what its requirements are read with comes with every one of them
    if (said.includes("No module named 'packaging'")) {
      const missing = [{ name: "packaging", wanted: "", found: null }];
      throw new PythonEnvironmentError(python, missing, requirements);
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new PythonEnvironmentError(python, [], requirements, said.trim().split("\n").at(-1) || message);
  }
  const checked = environmentSchema.safeParse(parsed(answer));
  if (!checked.success) throw new PythonEnvironmentError(python, [], requirements, answer.slice(0, 200));
  const { missing, ...environment } = checked.data;
  if (missing.length > 0) throw new PythonEnvironmentError(python, missing, requirements);
  return environment;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
