import { EXIT } from "../../errors.ts";
import { exportModel } from "../../export/export.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { sizeText } from "../size.ts";
import type { ExportWords } from "./export.command.ts";

/** Writes an adapter or a model in another layout. */
export async function exportSource(context: Context, source: string, words: ExportWords): Promise<number> {
  const made = await interruptible(context, (signal) => exportModel(source, { ...words, signal }));
  if (made === undefined) return EXIT.interrupted;
  const { out, err, say, json, language } = context;
  if (json) {
    out.line(jsonLine(made, language));
    return EXIT.done;
  }
  const shown = printable(made.path, Number.POSITIVE_INFINITY);
  out.line(`${shown}  ${sizeText(made.bytes)}, ${made.files.length} ${say({ en: "files", zh: "个文件" })}`);
  err.line(
    made.to === "peft"
      ? say({
          en: `In Python: PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(the parent), "${shown}")`,
          zh: `在 Python 中：PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(父模型), "${shown}")`,
        })
      : say({
          en: `In Python: AutoModelForCausalLM.from_pretrained("${shown}")`,
          zh: `在 Python 中：AutoModelForCausalLM.from_pretrained("${shown}")`,
        }),
  );
  return EXIT.done;
}
