import { EXIT } from "../../errors.ts";
import { open } from "../../model/open.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { modelText } from "../model-text.ts";
import { pipedText } from "../piped-text.ts";
import { generateOptions, type SamplingOptions } from "../sampling.ts";
import { printSummary, warningLines } from "../summary.ts";

/** Continues a text as it is generated. On a terminal the text itself stands before it, dimmed. */
export async function complete(
  context: Context,
  reference: string,
  given: string | undefined,
  options: SamplingOptions,
): Promise<number> {
  const { out, err, json, language } = context;
  const text = given ?? (await pipedText());
  await using model = await open(reference, { for: "complete" });
  const generation = model.complete(text, generateOptions(options));
  if (json) {
    out.line(jsonLine({ reference, ...(await generation.result) }, language));
    return EXIT.done;
  }
  let isBegun = false;
  for await (const piece of generation) {
    if (!isBegun && out.isTerminal) out.write(out.paint.dim(modelText(text, out)));
    isBegun = true;
    out.write(modelText(piece, out));
  }
  out.line();
  const result = await generation.result;
  for (const warning of warningLines(context, result.warnings)) err.line(warning);
  printSummary(context, result);
  return EXIT.done;
}
