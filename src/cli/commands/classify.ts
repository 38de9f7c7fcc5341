import { type Classified, classify } from "../../classify/classify.ts";
import { EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { percent } from "../layout.ts";
import { textsFrom } from "../texts.ts";
import { UsageError } from "../usage.ts";

/** Says what a head makes of texts, one a line. */
export async function classifyTexts(
  context: Context,
  head: string,
  file: string | undefined,
  options: { readonly text?: readonly string[] },
): Promise<number> {
  const texts = await textsFrom(file, options.text ?? []);
  if (texts.length === 0) throw noTexts();
  const said = await interruptible(context, (signal) => classify(head, texts, { signal }));
  if (said === undefined) return EXIT.interrupted;
  said.forEach((one, i) => {
    const text = texts[i] ?? "";
    context.out.line(
      context.json ? jsonLine({ text, ...one }, context.language) : `${wordsOf(one)}  ${printable(text)}`,
    );
  });
  return EXIT.done;
}

function wordsOf(said: Classified): string {
  if (said.kind === "regress") return said.value.toPrecision(4);
  return `${printable(said.label)}  ${percent(said.probability)}`;
}

function noTexts(): UsageError {
  return new UsageError({
    en: "There are no texts; give a file with one a line, --text, or pipe them in.",
    zh: "没有文本；请给出每行一条的文件、--text，或通过管道传入。",
  });
}
