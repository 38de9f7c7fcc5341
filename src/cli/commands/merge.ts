import { EXIT } from "../../errors.ts";
import { type MergeOptions, merge } from "../../export/merge.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { fileProgressOf } from "../file-progress.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { sizeText } from "../size.ts";

/** Merges an adapter; Ctrl-C leaves nothing behind. */
export async function mergeRun(
  context: Context,
  run: string,
  options: Pick<MergeOptions, "parent" | "type" | "output" | "force">,
): Promise<number> {
  const bar = fileProgressOf(context);
  const made = await interruptible(context, async (signal) => {
    try {
      return await merge(run, { ...options, signal, progress: bar.progress });
    } finally {
      bar.end();
    }
  });
  if (made === undefined) return EXIT.interrupted;
  const { out, say, json, language } = context;
  if (json) out.line(jsonLine(made, language));
  else {
    const shown = printable(made.path, Number.POSITIVE_INFINITY);
    const parent = printable(made.parent.name);
    out.line(
      `${shown}  ${sizeText(made.bytes)}, ${made.type}, ${say({ en: `made of ${parent}`, zh: `父模型 ${parent}` })}`,
    );
  }
  return EXIT.done;
}
