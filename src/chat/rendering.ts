import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Rendering } from "../stage/rendered.ts";
import type { RenderRequest } from "./render.ts";

/** Time for all jobs of one template together, on a machine that may be busy with other things. */
const TIME_LIMIT_MILLISECONDS = 2000;
/** Templates are a few kilobytes; nobody writes a megabyte of Jinja. */
const LONGEST_SOURCE = 2 ** 20;
const MEMORY_MEGABYTES = 96;

/**
 * Renders with a template from a stranger in a process of its own, which is ended when a limit is reached: a template
 * that loops or explodes costs two seconds and is a result, never an error. (A thread would not do: one that asks for
 * too much memory at once takes the whole program with it.) It is not tried again. All callers share one process, which
 * renders in the order of the requests; a few are sent ahead, so that it need not wait for this program.
 */
export function renderIsolated(request: RenderRequest): Promise<Rendering[]> {
  if (request.source.length > LONGEST_SOURCE) {
    return Promise.resolve(request.jobs.map(() => ({ status: "refused", reason: "it is too long" })));
  }
  const limit = stoppedTemplates.get(request.source);
  if (limit !== undefined) return Promise.resolve(request.jobs.map(() => ({ status: "stopped", limit })));
  return new Promise((resolve, reject) => {
    waiting.push({ request, resolve, reject });
    if (isWorking) sendWaiting();
    else void work();
  });
}

/** Templates that reached a limit; they are not tried again. */
const stoppedTemplates = new Map<string, "time" | "memory">();
const MAX_STOPPED = 64;
/** One that has rendered is tried again after a limit: the machine may have been busy, or the conversation long. */
let lastRendered: string | undefined;
/** So many requests are with the process at once; it renders the first of them. */
const AHEAD = 32;
/** What the process says first. */
export const READY = "ready";

interface Task {
  readonly request: RenderRequest;
  readonly resolve: (renderings: Rendering[]) => void;
  readonly reject: (cause: unknown) => void;
}

interface Renderer {
  readonly process: ChildProcess;
  /** Whether it has started, from when on a template's time counts. */
  isReady: boolean;
}

const waiting: Task[] = [];
let isWorking = false;
/** Sends what waits to the process, where there is one that has room for it. */
let sendWaiting = (): void => {};
let renderer: Promise<Renderer> | undefined;

/** Starts the process ahead of its first request, for a caller who has other things to do first. */
export function prepareRendering(): void {
  renderer ??= start();
  renderer.catch(() => {}); // the request will tell
}

/** Works until nothing waits, with one process after the other where templates end them. */
async function work(): Promise<void> {
  if (isWorking) return;
  isWorking = true;
  try {
    while (waiting.length > 0) {
      try {
        renderer ??= start();
        await renderWith(await renderer);
      } catch (cause) {
        renderer = undefined;
        for (const { reject } of waiting.splice(0)) reject(cause);
      }
    }
  } finally {
    isWorking = false;
  }
}

/**
 * Has a process render until nothing waits or it is gone; what it left goes on waiting, in order. It is sent its first
 * requests while it starts. Throws where it does not start.
 */
function renderWith(own: Renderer): Promise<void> {
  const { process } = own;
  const sent: Task[] = [];
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      sendWaiting = () => {};
      process.off("exit", ended).off("message", answered);
      letProgramEnd(process);
      resolve();
    };
    /** The first that was sent is the one that reached the limit. */
    const stopped = (limit: "time" | "memory"): void => {
      renderer = undefined;
      const [task, ...others] = sent.splice(0);
      waiting.unshift(...others);
      if (task !== undefined) {
        const { source, jobs } = task.request;
        if (stoppedTemplates.size < MAX_STOPPED && lastRendered !== source) {
          stoppedTemplates.set(source, limit);
        }
        task.resolve(jobs.map(() => ({ status: "stopped", limit })));
      }
      leave();
    };
    const ended = (code: number | null, signal: string | null): void => {
      if (own.isReady) stopped("memory");
      else {
        sendWaiting = () => {};
        waiting.unshift(...sent.splice(0));
        reject(new Error(`the renderer of templates did not start (${signal ?? code})`));
      }
    };
    const late = (): void => {
      process.off("exit", ended).kill("SIGKILL");
      stopped("time");
    };
    // Where this program itself was busy for so long, the answer may have come by now.
    const lateFor = (task: Task | undefined): void =>
      void setImmediate(() => (sent[0] === task ? late() : undefined));
    const answered = (message: Rendering[] | typeof READY): void => {
      if (message !== READY) {
        const task = sent.shift();
        lastRendered = task?.request.source;
        task?.resolve(message);
      }
      sendWaiting();
      if (sent.length === 0) leave();
      else watch();
    };
    const watch = (): void => {
      clearTimeout(timer);
      if (own.isReady) timer = setTimeout(lateFor, TIME_LIMIT_MILLISECONDS, sent[0]);
    };
    const next = (): Task | undefined => (sent.length < AHEAD ? waiting.shift() : undefined);
    sendWaiting = () => {
      for (let task = next(); task !== undefined; task = next()) {
        sent.push(task);
        // A process that is gone says so by its exit.
        process.send(task.request, () => {});
      }
    };
    process.on("exit", ended).on("message", answered);
    process.ref();
    process.channel?.ref();
    sendWaiting();
    watch();
  });
}

/** Starts the process; done when there is one, which can be sent requests already. */
async function start(): Promise<Renderer> {
  const extension = extname(fileURLToPath(import.meta.url));
  const process = fork(fileURLToPath(new URL(`./renderer${extension}`, import.meta.url)), {
    // In tests the source runs as it is, which Node 20 cannot do alone.
    execArgv: [
      `--max-old-space-size=${MEMORY_MEGABYTES}`,
      // Each template runs a few times only: compiling for speed takes more than it saves (docs/log.md).
      "--no-opt",
      ...(extension === ".ts" ? ["--import", tsx()] : []),
    ],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const started: Renderer = { process, isReady: false };
  process.once("message", () => {
    started.isReady = true;
  });
  await new Promise((resolve, reject) => {
    process.once("spawn", resolve);
    process.once("error", reject);
  });
  process.on("error", () => {});
  // One that dies while it waits is replaced at the next request.
  const own = renderer;
  process.once("exit", () => {
    if (renderer === own) renderer = undefined;
  });
  letProgramEnd(process);
  return started;
}

/** A process that waits for work must not keep the program alive; it ends when the program does. */
function letProgramEnd(process: ChildProcess): void {
  process.unref();
  process.channel?.unref();
}

function tsx(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}
