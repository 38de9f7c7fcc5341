import { BasewiseError } from "../errors.ts";
import type { Text } from "../language.ts";
import { quantizeFile } from "../native/llama/quantize.ts";
import type { QuantizeType } from "./types.ts";

/** What the process that quantises is asked, once. */
export interface QuantizeRequest {
  readonly from: string;
  readonly to: string;
  readonly type: QuantizeType;
  readonly threads: number;
}
/** And what it answers: nothing went wrong, or what did. */
export type QuantizeAnswer = { readonly failure?: Text };

process.once("message", async ({ from, to, type, threads }: QuantizeRequest) => {
  let answer: QuantizeAnswer = {};
  try {
    await quantizeFile(from, to, type, threads);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer = { failure: error instanceof BasewiseError ? error.text : { en: message, zh: message } };
  }
  process.send?.(answer, () => process.exit(0));
});
// What Ctrl-C means is for the program to decide; without the program there is nobody to quantise for.
process.on("SIGINT", () => {});
// An exit would wait for the thread that quantises.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
