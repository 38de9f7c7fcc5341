import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Starts the module `name` that lies beside the calling one in a process of its own, so that what aborts in native code
 * ends that process and not the program. Run from its sources (tests, recipes), it is TypeScript as well.
 * @param caller the caller's `import.meta.url`; @param environment variables beside those of this process.
 */
export function forkBeside(
  caller: string,
  name: string,
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const extension = extname(caller);
  return fork(fileURLToPath(new URL(`./${name}${extension}`, caller)), {
    env: { ...process.env, ...environment },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: extension === ".ts" ? ["--import", typescriptLoader()] : [],
  });
}

function typescriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}
