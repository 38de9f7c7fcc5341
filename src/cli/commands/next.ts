import { EXIT } from "../../errors.ts";
import { open } from "../../model/open.ts";
import type { Context } from "../context.ts";
import { distributionLines } from "../distribution.ts";
import { adapterOf, type EngineOptions, engineOf } from "../engine-options.ts";
import { jsonLine } from "../json.ts";

/** Shows which tokens are most likely to come after a text. */
export async function next(
  context: Context,
  reference: string,
  text: string,
  { top, ...options }: { readonly top: number } & EngineOptions,
): Promise<number> {
  const { out, json, language } = context;
  await using model = await open(reference, { for: "complete", engine: engineOf(options) });
  const tokens = await model.next(text, { top, ...adapterOf(options) });
  if (json) out.line(jsonLine({ reference, text, next: tokens }, language));
  else for (const line of distributionLines(out, tokens, out.width())) out.line(line);
  return EXIT.done;
}
