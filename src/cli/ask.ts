import { createInterface } from "node:readline/promises";
import type { Context } from "./context.ts";

/** Whether there is somebody to ask. */
export function canAsk({ err, json }: Context): boolean {
  return err.isTerminal && process.stdin.isTTY === true && !json;
}

/**
 * Asks one question on the terminal, beside the results; the answer without spaces around it. Ctrl-C and Ctrl-D in a
 * question are Ctrl-C to the program; if that only stops its work, the question ends with an `AbortError`.
 */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  const leave = (): void => {
    if (left.signal.aborted) return;
    left.abort();
    process.emit("SIGINT");
  };
  lines.on("SIGINT", leave).on("close", leave);
  try {
    return (await lines.question(question, { signal: left.signal })).trim();
  } finally {
    lines.off("close", leave).close();
  }
}
