import { type Diagnosis, type ExamineOptions, examine } from "../../doctor/examine.ts";
import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Exhibit, Finding, Seen, Sureness } from "../../stage/symptoms/symptom.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { beside } from "../layout.ts";
import { UsageError } from "../usage.ts";
import { stageWords } from "../verdict.ts";
import { trainAny } from "./train.ts";

/** What looking takes: the library's own options. */
export type DoctorOptions = Omit<ExamineOptions, "reference">;

/**
 * Looks for the cause of abnormal output, or, of a recipe, for what would make its run vain (as `train --check` does).
 * Findings are a result, so the exit code is 0 with and without them.
 */
export async function doctor(
  context: Context,
  reference: string | undefined,
  options: DoctorOptions,
): Promise<number> {
  if (reference !== undefined && /\.ya?ml$/i.test(reference)) {
    if (Object.values(options).some((option) => option !== undefined)) throw recipeAlone();
    return trainAny(context, reference, { engine: "ggml", check: true });
  }
  const diagnosis = await examine({ ...options, reference });
  if (context.json) context.out.line(jsonLine(diagnosis, context.language));
  else printDiagnosis(context, diagnosis);
  return EXIT.done;
}

function recipeAlone(): UsageError {
  return new UsageError({
    en: "A recipe is examined by itself: give it without options.",
    zh: "配方单独检查：请不要附加其他选项。",
  });
}

const SURENESS_WORDS: Readonly<Record<Sureness, Text>> = {
  certain: { en: "certain", zh: "确定" },
  likely: { en: "likely", zh: "很可能" },
  suspicion: { en: "suspicion", zh: "怀疑" },
};

const EXHIBIT_WORDS: Readonly<Record<Exhibit, Text>> = {
  model: { en: "the model's files", zh: "模型文件" },
  parent: { en: "its parent", zh: "父模型" },
  transcript: { en: "the transcript", zh: "对话记录" },
  output: { en: "the output", zh: "输出" },
  prompt: { en: "the prompt", zh: "提示" },
  "training config": { en: "the training configuration", zh: "训练配置" },
  "training data": { en: "the training data", zh: "训练数据" },
  server: { en: "the server", zh: "服务器" },
};

function printDiagnosis(context: Context, diagnosis: Diagnosis): void {
  const { out, say } = context;
  const { paint } = out;
  const { reference, stage, findings, server } = diagnosis;
  if (reference !== null) {
    out.line(`${paint.bold(printable(reference, Number.POSITIVE_INFINITY))}  ${stageWords(context, stage)}`);
  }
  if (server !== null) {
    const model = printable(server.model ?? "?");
    out.line(paint.dim(`${printable(server.url)}  ${server.program}  ${model}`));
  }
  const looked = diagnosis.lookedAt.map((one) => say(EXHIBIT_WORDS[one])).join(say({ en: ", ", zh: "、" }));
  if (findings.length === 0) {
    out.line(paint.green(say({ en: `Nothing is wrong in ${looked}.`, zh: `${looked}中没有发现问题。` })));
  }
  for (const finding of findings) printFinding(context, finding);
}

function printFinding(context: Context, { symptom, sureness, cause, seen, fix }: Finding): void {
  const { out, say } = context;
  const { paint } = out;
  const colour = { certain: paint.red, likely: paint.yellow, suspicion: paint.cyan }[sureness];
  const row = (label: Text, text: string, style: (line: string) => string = (line) => line): void => {
    for (const line of beside(`    ${say(label)}`, 10, text, out.width())) out.line(style(line));
  };
  out.line();
  out.line(`${paint.bold(symptom)}  ${colour(`[${say(SURENESS_WORDS[sureness])}]`)}`);
  for (const line of beside("", 4, say(cause), out.width())) out.line(line);
  for (const one of seen) row({ en: "seen", zh: "所见" }, seenText(context, one), paint.dim);
  row({ en: "fix", zh: "修复" }, say(fix), paint.green);
}

/** Where a fact stands, and the fact. */
function seenText({ say }: Context, { source, field, text }: Seen): string {
  const place = [source, field]
    .filter((one) => one !== undefined && one !== "")
    .map((one) => printable(one ?? ""));
  return place.length === 0 ? say(text) : `${place.join(" › ")}: ${say(text)}`;
}
