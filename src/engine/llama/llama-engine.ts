import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { BadFileError } from "../../errors.ts";
import { LlamaError } from "../../native/llama-error.ts";
import {
  type Distribution,
  type Engine,
  EngineCrashedError,
  type EngineModel,
  type FinishReason,
  type GenerateOptions,
  PromptTooLongError,
  type Token,
} from "../engine.ts";
import type { FromHost, Request, Results, ToHost } from "./protocol.ts";

const STDERR_KEPT = 4000;

export interface LlamaEngineOptions {
  /** Tokens that the context holds; what the model was trained for, at most 4,096, unless stated. */
  readonly contextSize?: number;
}

interface Pending {
  readonly token: (token: Token) => void;
  readonly resolve: (result: Results[Request["kind"]]) => void;
  readonly reject: (error: Error) => void;
}

/** libllama in a process of its own. Dispose it to end that process; it also ends when this program does. */
export class LlamaEngine implements Engine {
  readonly #path: string;
  readonly #host: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #stderr = "";
  #closed = false;
  #model: Results["load"] | undefined;

  private constructor(path: string) {
    this.#path = path;
    // run from its sources (tests, recipes) the host is TypeScript as well
    const extension = extname(import.meta.url);
    this.#host = fork(fileURLToPath(new URL(`./host${extension}`, import.meta.url)), {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: extension === ".ts" ? ["--import", "tsx"] : [],
    });
    this.#host.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#host.on("message", (message: FromHost) => this.#receive(message));
    this.#host.on("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    this.#idle();
  }

  /** Loads a GGUF file. Throws BadFileError when libllama refuses it, EngineCrashedError when it breaks the library. */
  static async load(path: string, { contextSize }: LlamaEngineOptions = {}): Promise<LlamaEngine> {
    const engine = new LlamaEngine(path);
    try {
      engine.#model = await engine.#ask("load", {
        path,
        threads: availableParallelism(),
        ...(contextSize === undefined ? {} : { contextSize }),
      });
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #loaded(): Results["load"] {
    if (this.#model === undefined) throw new RangeError("no model is loaded");
    return this.#model;
  }

  get model(): EngineModel {
    return this.#loaded;
  }

  /** The chat template that the file carries. */
  get chatTemplate(): string | undefined {
    return this.#loaded.chatTemplate;
  }

  tokenize(text: string): Promise<number[]> {
    return this.#ask("tokenize", { text });
  }

  bytes(ids: readonly number[]): Promise<Uint8Array[]> {
    return this.#ask("bytes", { ids });
  }

  async *generate(
    prompt: readonly number[],
    { maxTokens, sampling, stopTokens, signal }: GenerateOptions,
  ): AsyncGenerator<Token, FinishReason> {
    this.#checkLength(prompt);
    if (signal?.aborted) return "aborted";
    const waiting: Token[] = [];
    let wake = (): void => {};
    const id = this.#nextId;
    const request = { prompt, maxTokens, sampling, stopTokens: stopTokens ?? this.model.endTokens };
    let finish: FinishReason | undefined;
    let failure: unknown;
    const done = this.#ask("generate", request, (token) => {
      waiting.push(token);
      wake();
    }).then(
      (reason) => {
        finish = reason;
        wake();
      },
      (error: unknown) => {
        failure = error;
        wake();
      },
    );
    const cancel = () => this.#send({ id, cancel: true });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      for (;;) {
        const token = waiting.shift();
        if (token !== undefined) yield token;
        else if (failure !== undefined) throw failure;
        else if (finish !== undefined) return finish;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      signal?.removeEventListener("abort", cancel);
      if (finish === undefined && failure === undefined) {
        cancel(); // the caller left early: the host must not go on
        await done;
      }
    }
  }

  async next(
    prompt: readonly number[],
    { top, of = [] }: { top: number; of?: readonly number[] },
  ): Promise<Distribution> {
    this.#checkLength(prompt);
    return this.#ask("next", { prompt, top, of });
  }

  async score(ids: readonly number[]): Promise<Float64Array> {
    if (ids.length > this.model.contextSize) throw new PromptTooLongError(ids.length, this.model.contextSize);
    return this.#ask("score", { ids });
  }

  #checkLength(prompt: readonly number[]): void {
    if (prompt.length === 0) throw new RangeError("a prompt has at least one token");
    if (prompt.length >= this.model.contextSize) {
      throw new PromptTooLongError(prompt.length, this.model.contextSize);
    }
  }

  #ask<Kind extends Request["kind"]>(
    kind: Kind,
    fields: Omit<Extract<Request, { kind: Kind }>, "kind">,
    token: (token: Token) => void = () => {},
  ): Promise<Results[Kind]> {
    const id = this.#nextId++;
    if (this.#closed) return Promise.reject(new EngineCrashedError(this.#path, "it has ended", this.#stderr));
    return new Promise((resolve, reject) => {
      // the host answers a request of one kind with the result of that kind
      this.#pending.set(id, { token, resolve: (result) => resolve(result as Results[Kind]), reject });
      this.#host.ref();
      this.#host.channel?.ref();
      this.#send({ id, request: { kind, ...fields } as Extract<Request, { kind: Kind }> });
    });
  }

  #send(message: ToHost): void {
    if (this.#host.connected) this.#host.send(message);
  }

  #receive(message: FromHost): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if ("token" in message) {
      pending.token(message.token);
      return;
    }
    this.#pending.delete(message.id);
    this.#idle();
    if ("result" in message) pending.resolve(message.result);
    else if (message.error.name === "BadFileError") {
      pending.reject(new BadFileError(this.#path, message.error.text));
    } else pending.reject(new LlamaError(message.error.text));
  }

  /** Lets the program end while nothing is asked of the host. */
  #idle(): void {
    if (this.#pending.size > 0) return;
    this.#host.channel?.unref();
    this.#host.unref();
    const { stderr } = this.#host;
    if (stderr !== null && "unref" in stderr && typeof stderr.unref === "function") stderr.unref();
  }

  #ended(how: string): void {
    this.#closed = true;
    for (const { reject } of this.#pending.values()) {
      reject(new EngineCrashedError(this.#path, how, this.#stderr));
    }
    this.#pending.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#host.exitCode !== null || this.#host.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      this.#host.once("exit", () => resolve());
    });
    this.#host.ref();
    if (this.#host.connected) this.#host.disconnect();
    else this.#host.kill("SIGKILL");
    await ended;
  }
}
