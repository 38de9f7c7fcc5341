import { UseAfterFreeError } from "../../native/handle.ts";
import type { EngineModel, GeneratedToken } from "../engine.ts";
import { HostProcess } from "./host-process.ts";
import type { Call, Calls } from "./protocol.ts";

/** What was asked: its answer to come, and a way to do without it. */
export interface Asked<Name extends Call> {
  readonly answer: Promise<Calls[Name]["answer"]>;
  /** Has no effect when it is answered. */
  cancel(): void;
}

interface Started {
  readonly host: HostProcess;
  readonly model: EngineModel;
}

/**
 * A loaded model that stays at hand: its process is started when something is asked and none runs, because the last one
 * died (all that it computed then failed with EngineCrashedError) or because it was idle for too long.
 */
export class Hosting implements AsyncDisposable {
  readonly #load: Calls["load"]["ask"];
  readonly #unloadAfter: number | undefined;
  #started: Promise<Started> | undefined;
  /** An idle process that is ending. */
  #ending: Promise<void> = Promise.resolve();
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  /** @param unloadAfter seconds without a request after which the process ends. */
  constructor(load: Calls["load"]["ask"], unloadAfter: number | undefined) {
    this.#load = load;
    this.#unloadAfter = unloadAfter;
  }

  /** Loads the model, if it is not loaded. */
  async start(): Promise<EngineModel> {
    return this.#use(async () => (await this.#running()).model);
  }

  ask<Name extends Call>(
    call: Name,
    ask: Calls[Name]["ask"],
    tokens?: (tokens: readonly GeneratedToken[]) => void,
  ): Asked<Name> {
    let isCancelled = false;
    let cancel = (): void => {
      isCancelled = true;
    };
    const answer = this.#use(async () => {
      const { host } = await this.#running();
      const { id, answer } = host.ask(call, ask, tokens);
      cancel = () => host.cancel(id);
      if (isCancelled) cancel();
      return answer;
    });
    return { answer, cancel: () => cancel() };
  }

  async #use<Result>(work: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    this.#asked++;
    try {
      return await work();
    } finally {
      this.#asked--;
      this.#unloadLater();
    }
  }

  async #running(): Promise<Started> {
    if (this.#isDisposed) throw new UseAfterFreeError("engine");
    const before = this.#started;
    const started = await before;
    if (started !== undefined && !started.host.hasEnded) return started;
    if (before === this.#started) this.#started = undefined; // else another request has started one meanwhile
    this.#started ??= this.#begin();
    const current = this.#started;
    try {
      return await current;
    } catch (error) {
      if (this.#started === current) this.#started = undefined;
      throw error;
    }
  }

  async #begin(): Promise<Started> {
    await this.#ending;
    const host = new HostProcess(this.#load.path);
    try {
      return { host, model: await host.ask("load", this.#load).answer };
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  #unloadLater(): void {
    if (this.#unloadAfter === undefined || this.#asked > 0 || this.#isDisposed) return;
    this.#timer = setTimeout(() => {
      const started = this.#started;
      if (started === undefined) return;
      this.#started = undefined;
      this.#ending = this.#end(started);
    }, 1000 * this.#unloadAfter);
    this.#timer.unref();
  }

  /** Ends a process; what it read of long prompts is saved first, where there is a prompt cache. */
  async #end(starting: Promise<Started>): Promise<void> {
    const started = await starting.catch(() => undefined);
    if (started === undefined) return;
    const { host } = started;
    // A cache that cannot be written, or a process that is gone, only costs time when the prompt comes again.
    if (this.#load.promptCache !== undefined && !host.hasEnded) {
      await host.ask("save", {}).answer.catch(() => undefined);
    }
    await host[Symbol.asyncDispose]();
  }

  /** Ends the process; all that it computes fails with UseAfterFreeError. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) throw new UseAfterFreeError("engine");
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    const started = this.#started;
    this.#started = undefined;
    if (started !== undefined) await this.#end(started);
    await this.#ending;
  }
}
