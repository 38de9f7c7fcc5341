import { type QuantizeOptions, quantize } from "../../convert/quantize.ts";
import { EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { sizeText } from "../size.ts";

/** Quantises a file; Ctrl-C leaves nothing behind. */
export async function quantizeModel(
  context: Context,
  reference: string,
  options: Pick<QuantizeOptions, "output" | "type" | "force" | "threads">,
): Promise<number> {
  const { json, out, err, say, language } = context;
  if (!json && err.isTerminal) {
    err.line(say({ en: `Quantising to ${options.type} …`, zh: `正在量化为 ${options.type}……` }));
  }
  const made = await interruptible(context, (signal) => quantize(reference, { ...options, signal }));
  if (made === undefined) return EXIT.interrupted;
  if (json) out.line(jsonLine(made, language));
  else {
    const share = Math.round((100 * made.bytes) / made.bytesBefore);
    const size = sizeText(made.bytes);
    const shown = printable(made.path, Number.POSITIVE_INFINITY);
    out.line(
      `${shown}  ${say({
        en: `${size}, ${made.type}, ${share} % of ${sizeText(made.bytesBefore)}`,
        zh: `${size}，${made.type}，为 ${sizeText(made.bytesBefore)} 的 ${share} %`,
      })}`,
    );
  }
  return EXIT.done;
}
