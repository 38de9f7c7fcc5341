import type { ChildProcess } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { BasewiseError } from "../../errors.ts";
import { notWritten } from "../../formats/disk.ts";
import { errorOf, TrainingCrashedError } from "./errors.ts";
import { type Recorded, RunRecord } from "./record.ts";
import type { FromHost, ToHost } from "./serve.ts";

const KEPT_STDERR = 4000;

/** What is read of any run's events. */
interface Told {
  readonly event: string;
  /** Of "step" and "checkpoint". */
  readonly step?: number;
  /** Of "start". */
  readonly resumedAt?: number;
}

/** Runs an order as a run with its record, in the process that `start` makes; aborting asks it to stop. */
export async function* hostedRun<Order, Event extends Told>(
  recipe: Recorded,
  start: () => Host<Order, Event>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event> {
  const record = await begin(recipe);
  const host = start();
  const stop = (): void => host.send({ stop: true });
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let isFinished = false;
  try {
    for (let event = await host.next(); event !== undefined; event = await host.next()) {
      isFinished ||= event.event === "done";
      if (event.event === "done") await record.end("finished");
      yield event;
    }
    if (!isFinished) await record.end("interrupted");
  } catch (error) {
    await record.end("failed", error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await host.end();
    await record.end("interrupted"); // where the caller wanted no more; no effect after another end
  }
}

/** Makes the folder and notes the run in it. Throws RunBusyError, and BadFileError where it cannot be written to. */
async function begin(recipe: Recorded): Promise<RunRecord> {
  try {
    await mkdir(recipe.output, { recursive: true });
    return await RunRecord.begin(recipe);
  } catch (error) {
    throw error instanceof BasewiseError ? error : notWritten(recipe.output, error);
  }
}

/** A process that trains, as seen from the program; `serveEvents` is its other side. */
export class Host<Order, Event extends Told> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<string>;
  #stderr = "";
  #step = 0;
  #checkpoint = 0;

  constructor(process: ChildProcess, order: Order) {
    this.#process = process;
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      // not "exit": what it wrote last comes after that
      this.#process.on("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.send({ order });
  }

  send(message: ToHost<Order>): void {
    this.#process.send(message, () => {}); // a process that is gone says so by its end
  }

  /** The next event; nothing at the end. */
  async next(): Promise<Event | undefined> {
    const answer = await new Promise<FromHost<Event> | { readonly died: string }>((resolve) => {
      this.#process.once("message", (message: FromHost<Event>) => resolve(message));
      this.#ended.then((died) => resolve({ died }));
      this.send({ next: true });
    });
    if ("died" in answer) {
      throw new TrainingCrashedError(this.#step, this.#checkpoint, answer.died, this.#stderr);
    }
    if ("failure" in answer) throw errorOf(answer.failure);
    if ("defect" in answer) throw new Error(answer.defect);
    if ("end" in answer) return undefined;
    this.#note(answer.event);
    return answer.event;
  }

  #note({ event, step = 0, resumedAt = 0 }: Told): void {
    if (event === "start") this.#step = this.#checkpoint = resumedAt;
    else if (event === "step") this.#step = step;
    else if (event === "checkpoint") this.#checkpoint = step;
  }

  /** Ends the process; what must last is on disk. */
  async end(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
