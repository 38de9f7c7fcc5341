import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Rendering, RenderJob } from "../stage/rendered.ts";
import type { TemplateTokens } from "./template.ts";

/** Time for all jobs of one template together, on a machine that may be busy with other things. */
const TIME_LIMIT_MILLISECONDS = 2000;
/** Characters of one rendering. */
export const LONGEST_OUTPUT = 2 ** 20;
/** Templates are a few kilobytes; nobody writes a megabyte of Jinja. */
const LONGEST_SOURCE = 2 ** 20;
const MEMORY_MEGABYTES = 96;

/** A template and what to lay out with it. */
export interface RenderRequest {
  readonly source: string;
  readonly tokens: TemplateTokens;
  readonly jobs: readonly RenderJob[];
}

/**
 * Renders with a template from a stranger in a process of its own, which is ended when a limit is reached: a template
 * that loops or explodes costs two seconds and is a result, never an error. (A thread would not do: one that asks for
 * too much memory at once takes the whole program with it.) It is not tried again. All callers share one process, and one request runs at a
 * time.
 */
export function renderIsolated(request: RenderRequest): Promise<Rendering[]> {
  if (request.source.length > LONGEST_SOURCE) {
    return Promise.resolve(request.jobs.map(() => ({ status: "refused", reason: "it is too long" })));
  }
  const limit = stoppedTemplates.get(request.source);
  if (limit !== undefined) return Promise.resolve(request.jobs.map(() => ({ status: "stopped", limit })));
  const answer = queue.then(() => runNext(request));
  queue = answer.catch(() => undefined);
  return answer;
}

/** Templates that reached a limit; they are not tried again. */
const stoppedTemplates = new Map<string, "time" | "memory">();
const MAX_STOPPED = 64;

let queue: Promise<unknown> = Promise.resolve();
let renderer: Promise<ChildProcess> | undefined;

/** Starts the process ahead of its first request, for a caller who has other things to do first. */
export function prepareRendering(): void {
  renderer ??= start();
  renderer.catch(() => {}); // the request will tell
}

async function runNext(request: RenderRequest): Promise<Rendering[]> {
  renderer ??= start();
  const process = await renderer;
  const stopped = (limit: "time" | "memory"): Rendering[] => {
    renderer = undefined;
    if (stoppedTemplates.size < MAX_STOPPED) stoppedTemplates.set(request.source, limit);
    return request.jobs.map(() => ({ status: "stopped", limit }));
  };
  return new Promise<Rendering[]>((resolve) => {
    const timer = setTimeout(() => done(stopped("time"), true), TIME_LIMIT_MILLISECONDS);
    const ended = (): void => done(stopped("memory"));
    const answered = (renderings: Rendering[]): void => done(renderings);
    const done = (renderings: Rendering[], kill = false): void => {
      clearTimeout(timer);
      process.off("exit", ended).off("message", answered);
      if (kill) process.kill("SIGKILL");
      letProgramEnd(process);
      resolve(renderings);
    };
    process.on("exit", ended).on("message", answered);
    process.ref();
    process.channel?.ref();
    // A process that is gone says so by its exit.
    process.send(request, () => {});
  });
}

/** Starts the process; done when it is ready to render, so that its start costs no template its time. */
async function start(): Promise<ChildProcess> {
  const extension = extname(fileURLToPath(import.meta.url));
  const process = fork(fileURLToPath(new URL(`./renderer${extension}`, import.meta.url)), {
    // In tests the source runs as it is, which Node 20 cannot do alone.
    execArgv: [
      `--max-old-space-size=${MEMORY_MEGABYTES}`,
      ...(extension === ".ts" ? ["--import", tsx()] : []),
    ],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await new Promise((resolve, reject) => {
    process.once("message", resolve);
    process.once("error", reject);
    process.once("exit", (code, signal) =>
      reject(new Error(`the renderer of templates did not start (${signal ?? code})`)),
    );
  });
  process.removeAllListeners();
  process.on("error", () => {});
  // One that dies while it waits is replaced at the next request.
  const own = renderer;
  process.once("exit", () => {
    if (renderer === own) renderer = undefined;
  });
  letProgramEnd(process);
  return process;
}

/** A process that waits for work must not keep the program alive; it ends when the program does. */
function letProgramEnd(process: ChildProcess): void {
  process.unref();
  process.channel?.unref();
}

function tsx(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}
