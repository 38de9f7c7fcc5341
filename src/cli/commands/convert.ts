import { type Conversion, type ConvertOptions, convert } from "../../convert/convert.ts";
import { EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { fileProgressOf } from "../file-progress.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { sizeText } from "../size.ts";
import { stageWords } from "../verdict.ts";

/** Converts a folder; Ctrl-C leaves nothing behind. */
export async function convertFolder(
  context: Context,
  reference: string,
  options: Pick<ConvertOptions, "output" | "type" | "force">,
): Promise<number> {
  const bar = fileProgressOf(context);
  const conversion = await interruptible(context, async (signal) => {
    try {
      return await convert(reference, { ...options, signal, progress: bar.progress });
    } finally {
      bar.end();
    }
  });
  if (conversion === undefined) return EXIT.interrupted;
  if (context.json) context.out.line(jsonLine(conversion, context.language));
  else print(context, conversion);
  return EXIT.done;
}

function print(context: Context, { path, type, bytes, stage, isRecorded, warnings }: Conversion): void {
  const { out, err, say } = context;
  const shown = printable(path, Number.POSITIVE_INFINITY);
  const recorded = isRecorded ? say({ en: " (recorded in the file)", zh: "（已记录在文件中）" }) : "";
  out.line(`${shown}  ${sizeText(bytes)}, ${type}, ${stageWords(context, stage)}${recorded}`);
  for (const warning of warnings) err.line(`${err.paint.yellow("!")} ${say(warning)}`);
  if (type === "q8_0") return;
  err.line(
    say({
      en: `To make it smaller: basewise quantize ${shown} --type Q4_K_M`,
      zh: `如需更小的文件：basewise quantize ${shown} --type Q4_K_M`,
    }),
  );
}
