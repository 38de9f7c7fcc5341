import { EXIT } from "../errors.ts";
import type { Context } from "./context.ts";

/**
 * Runs work that Ctrl-C stops cleanly: the signal tells it to, and what it had written is gone when it ends. A second
 * Ctrl-C leaves at once. Gives nothing where it was stopped.
 */
export async function interruptible<T>(
  { err, say }: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
  };
  process.on("SIGINT", stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    err.line(say({ en: "Stopped; nothing was kept.", zh: "已停止，未保留任何内容。" }));
    return undefined;
  } finally {
    process.off("SIGINT", stop);
  }
}
