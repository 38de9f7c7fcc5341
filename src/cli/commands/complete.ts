import { readFewShot } from "../../chat/few-shot-file.ts";
import { EXIT } from "../../errors.ts";
import type { Generation } from "../../model/generation.ts";
import { type CompletingModel, open } from "../../model/open.ts";
import type { CompleteOptions } from "../../model/text-model.ts";
import type { Context } from "../context.ts";
import { engineOf } from "../engine-options.ts";
import { generateOptions } from "../generate-options.ts";
import { jsonLine } from "../json.ts";
import { likelihoodLines } from "../likelihoods.ts";
import { modelText } from "../model-text.ts";
import { pipedText } from "../piped-text.ts";
import { printSummary, warningLines } from "../summary.ts";
import { UsageError } from "../usage.ts";
import { whileReading } from "../waiting.ts";
import type { CompleteWords } from "./complete.command.ts";

/**
 * Continues a text as it is generated, or fills the gap before a suffix. On a terminal the text itself stands around
 * it, dimmed.
 */
export async function complete(
  context: Context,
  reference: string,
  given: string | undefined,
  words: CompleteWords,
): Promise<number> {
  const { out, err, json, language } = context;
  const { suffix } = words;
  if (suffix !== undefined && words.examples !== undefined) throw suffixWithExamples();
  const options = await completeOptions(words);
  const text = given ?? (await pipedText());
  await using model = await open(reference, {
    for: suffix === undefined ? "complete" : "infill",
    engine: engineOf(words),
  });
  const generation = begin(model, text, suffix, options);
  const alternatives = generation.alternatives.map(({ result }) => result);
  if (json) {
    const more = words.n === undefined ? {} : { alternatives: await Promise.all(alternatives) };
    out.line(jsonLine({ reference, ...(await generation.result), ...more }, language));
    return EXIT.done;
  }
  const around = (part: string): void => {
    if (out.isTerminal) out.write(out.paint.dim(modelText(part, out)));
  };
  let isBegun = false;
  for await (const piece of whileReading(context, generation)) {
    if (!isBegun && options.examples === undefined) around(text);
    isBegun = true;
    out.write(modelText(piece, out));
  }
  around(suffix ?? "");
  out.line();
  const result = await generation.result;
  for (const warning of warningLines(context, result.warnings)) err.line(warning);
  for (const line of likelihoodLines(out, result)) out.line(line);
  printSummary(context, result);
  for (const alternative of await Promise.all(alternatives)) {
    out.line(modelText(alternative.text, out));
    for (const line of likelihoodLines(out, alternative)) out.line(line);
    printSummary(context, alternative);
  }
  return EXIT.done;
}

function begin(
  model: CompletingModel,
  text: string,
  suffix: string | undefined,
  options: CompleteOptions,
): Generation {
  return suffix === undefined ? model.complete(text, options) : model.infill(text, suffix, options);
}

async function completeOptions({
  until,
  lines,
  examples,
  n,
  ...sampling
}: CompleteWords): Promise<CompleteOptions> {
  return {
    ...generateOptions(sampling),
    ...(until === undefined ? {} : { until: until.map(unescaped) }),
    ...(lines === undefined ? {} : { lines }),
    ...(n === undefined ? {} : { n }),
    ...(examples === undefined ? {} : { examples: await readFewShot(examples) }),
  };
}

/** On a command line a line break is hard to type: `\n` is one, `\t` a tab, `\\` a backslash. */
function unescaped(text: string): string {
  return text.replace(/\\([nt\\])/g, (_, letter) => (letter === "n" ? "\n" : letter === "t" ? "\t" : "\\"));
}

function suffixWithExamples(): UsageError {
  return new UsageError({
    en: "--suffix and --examples cannot be used together; leave one out.",
    zh: "--suffix 与 --examples 不能同时使用；请去掉其中一个。",
  });
}
