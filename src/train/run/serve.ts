import { BasewiseError } from "../../errors.ts";
import { type Failure, failureOf } from "./errors.ts";

/* The side of the process that trains; `Host` is the side of the program. */

export type ToHost<Order> = { readonly order: Order } | { readonly next: true } | { readonly stop: true };
export type FromHost<Event> =
  | { readonly event: Event }
  | { readonly end: true }
  | { readonly failure: Failure }
  /** An error that basewise did not foresee. */
  | { readonly defect: string };

/** Carries out the order that comes, and goes on to the next event when it is asked for it. */
export function serveEvents<Order, Event>(
  begin: (order: Order, signal: AbortSignal) => AsyncGenerator<Event>,
): void {
  const stopping = new AbortController();
  let events: AsyncGenerator<Event> | undefined;

  async function next(): Promise<FromHost<Event>> {
    try {
      const result = await events?.next();
      return result === undefined || result.done ? { end: true } : { event: result.value };
    } catch (error) {
      if (error instanceof BasewiseError) return { failure: failureOf(error) };
      return { defect: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  process.on("message", async (message: ToHost<Order>) => {
    if ("order" in message) events = begin(message.order, stopping.signal);
    else if ("stop" in message) stopping.abort();
    else process.send?.(await next());
  });
  // What Ctrl-C means is for the program to decide; without the program there is nobody to train for.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
}
