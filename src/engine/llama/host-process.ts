import type { ChildProcess } from "node:child_process";
import { BadFileError, BadInputError, type BasewiseError } from "../../errors.ts";
import { forkBeside } from "../../native/fork.ts";
import { UseAfterFreeError } from "../../native/handle.ts";
import { LlamaError } from "../../native/llama/error.ts";
import { NativeLibraryError } from "../../native/platform.ts";
import { EngineCrashedError, type GeneratedToken } from "../engine.ts";
import type { Answer, Call, Calls, Failure, FromHost, ToHost } from "./protocol.ts";

const KEPT_STDERR = 4000;

interface Pending {
  readonly tokens: (tokens: readonly GeneratedToken[]) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The host as seen from the program: asks it, hears its answers, and notices when it dies. */
export class HostProcess implements AsyncDisposable {
  readonly #path: string;
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #stderr = "";
  /** How it ended by itself. */
  #crash: string | undefined;
  #disposed = false;

  /** @param path the model file, for error messages. */
  constructor(path: string) {
    this.#path = path;
    this.#process = forkBeside(import.meta.url, "host");
    const { stderr } = this.#process;
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    // A pipe is a socket, which must not keep the program alive.
    if (stderr !== null && "unref" in stderr && typeof stderr.unref === "function") stderr.unref();
    this.#process.on("message", (message: FromHost) => this.#receive(message));
    this.#process.on("error", (error) => this.#end(error.message));
    this.#process.on("exit", (code, signal) => this.#end(signal ?? `exit code ${code}`));
    this.#letProgramEnd();
  }

  /** Asks for something; `id` is the request's number, for `cancel`. */
  ask<Name extends Call>(
    call: Name,
    ask: Calls[Name]["ask"],
    tokens: Pending["tokens"] = () => {},
  ): { readonly id: number; readonly answer: Promise<Calls[Name]["answer"]> } {
    const id = ++this.#lastId;
    if (this.#disposed) throw new UseAfterFreeError("engine");
    if (this.#crash !== undefined) throw new EngineCrashedError(this.#path, this.#crash, this.#stderr);
    const answer = new Promise<Calls[Name]["answer"]>((resolve, reject) => {
      // The host answers a call by name, so what comes under this id is of this kind.
      this.#pending.set(id, { tokens, resolve: resolve as (answer: Answer) => void, reject });
    });
    this.#process.ref();
    this.#process.channel?.ref();
    this.#send({ id, request: { call, ...ask } } as ToHost);
    return { id, answer };
  }

  /** Whether the process has died by itself. */
  get hasEnded(): boolean {
    return this.#crash !== undefined;
  }

  cancel(id: number): void {
    if (this.#pending.has(id)) this.#send({ id, cancel: true });
  }

  #send(message: ToHost): void {
    // A host that is gone says so by its exit.
    this.#process.send(message, () => {});
  }

  #receive(message: FromHost): void {
    if ("tokens" in message) {
      for (const [id, tokens] of message.tokens) this.#pending.get(id)?.tokens(tokens);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    this.#letProgramEnd();
    if ("answer" in message) pending.resolve(message.answer);
    else pending.reject(errorOf(message.failure, this.#path));
  }

  /** While nothing is asked, the host keeps no program from ending; it ends with it. */
  #letProgramEnd(): void {
    if (this.#pending.size > 0) return;
    this.#process.channel?.unref();
    this.#process.unref();
  }

  #end(how: string): void {
    if (this.#disposed) {
      this.#rejectAll(() => new UseAfterFreeError("engine"));
      return;
    }
    this.#crash ??= how;
    const crash = this.#crash;
    this.#rejectAll(() => new EngineCrashedError(this.#path, crash, this.#stderr));
  }

  #rejectAll(reason: () => Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(reason());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) throw new UseAfterFreeError("engine");
    this.#disposed = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    // It holds nothing that must be written down, so it need not be asked.
    const ended = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()));
    this.#process.ref();
    this.#process.kill("SIGKILL");
    await ended;
  }
}

function errorOf({ name, text }: Failure, path: string): BasewiseError {
  if (name === "BadFileError") return new BadFileError(path, text);
  if (name === "BadInputError") return new BadInputError(text);
  return name === "NativeLibraryError" ? new NativeLibraryError(text) : new LlamaError(text);
}
