import { BasewiseError, EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { type Inspection, inspect } from "../../model/inspect.ts";
import { inspectName, type NameInspection } from "../../model/inspect-name.ts";
import { printable } from "../../printable.ts";
import { speaksFor } from "../../stage/evidence.ts";
import type { Fit } from "../../stage/fit.ts";
import { DOES } from "../../stage/kind-fits.ts";
import { USES } from "../../stage/stage.ts";
import type { Stops } from "../../stage/stops.ts";
import { USE_WORDS } from "../../stage/words.ts";
import type { Context } from "../context.ts";
import { embeddingLines } from "../embedding-lines.ts";
import { errorObject, reportFailure } from "../failure.ts";
import { jsonLine } from "../json.ts";
import { beside, bytesText, padded } from "../layout.ts";
import type { Screen } from "../screen.ts";
import { badge, printEvidence, stageWords } from "../verdict.ts";

type Listed = NonNullable<NameInspection["listed"]>;

/** The options of `inspect` as they were given. */
export interface InspectWords {
  readonly probe?: true;
  readonly online?: true;
}

/** References that are inspected at the same time; their results are told in the order in which they were asked. */
const AT_ONCE = 8;

/** Inspects every reference; one that fails does not keep the others from being inspected. */
export async function inspectAll(
  context: Context,
  references: readonly string[],
  options: InspectWords,
): Promise<number> {
  const ahead = options.probe ? 1 : AT_ONCE;
  const begun: Promise<Inspection | BasewiseError>[] = [];
  let exitCode: number = EXIT.done;
  for (const [i, reference] of references.entries()) {
    for (const next of references.slice(begun.length, i + ahead)) begun.push(outcomeOf(next, options));
    if (i > 0 && !context.json) context.out.line();
    const outcome = await begun[i];
    if (outcome instanceof BasewiseError) {
      const named = options.probe ? undefined : inspectName(reference, outcome);
      const failed =
        named === undefined ? reportFailure(context, outcome) : reportUnseen(context, named, outcome);
      if (exitCode === EXIT.done) exitCode = failed;
    } else if (outcome !== undefined) {
      if (context.json) context.out.line(jsonLine(inOrder(outcome), context.language));
      else printInspection(context, outcome);
    }
  }
  return exitCode;
}

/** Its inspection, or the error to tell; a defect of ours is thrown. */
async function outcomeOf(
  reference: string,
  { probe, online }: InspectWords,
): Promise<Inspection | BasewiseError> {
  try {
    const inspection = await (probe ? probed(reference) : inspect(reference));
    if (!online) return inspection;
    return await (await import("../../model/counterpart-online.ts")).withCounterpartOnline(inspection);
  } catch (failure) {
    if (failure instanceof BasewiseError) return failure;
    throw failure;
  }
}

/** What the name tells is a result; that the files were not seen is why the command fails all the same. */
function reportUnseen(context: Context, named: NameInspection, failure: BasewiseError): number {
  if (context.json) {
    context.out.line(jsonLine({ ...inOrder(named), unseen: errorObject(failure).error }, context.language));
    return failure.exitCode;
  }
  printInspection(context, named);
  return reportFailure(context, failure);
}

/** Only a probe needs the engine. */
async function probed(reference: string): Promise<Inspection> {
  return (await import("../../model/open.ts")).probe(reference);
}

/** What was asked for first, then what follows from it. */
function inOrder({
  reference,
  path,
  stage,
  status,
  probability,
  detail,
  ...rest
}: Inspection | NameInspection): object {
  return { reference, path, stage, status, probability, detail, ...rest };
}

function printInspection(context: Context, inspection: Inspection | NameInspection): void {
  const { out, say } = context;
  const { paint } = out;
  const { stage, evidence, counterpart, kind, beneath } = inspection;
  const label = (text: Text): string => paint.dim(say(text));
  const row = (text: Text, value: string): void => {
    for (const line of beside(label(text), 14, value, out.width())) out.line(line);
  };

  out.line(
    `${paint.bold(inspection.reference)}  ${stageWords(context, stage, kind)}  ${badge(context, out, inspection)}`,
  );
  row({ en: "That is", zh: "含义" }, say(inspection.detail));
  if (kind !== null) row({ en: "For", zh: "作用" }, say(DOES[kind]));
  if (inspection.path === null) {
    row({ en: "Known by", zh: "依据" }, paint.yellow(say(NAME_ALONE)));
    if (inspection.listed !== null) row({ en: "Catalogue", zh: "目录" }, say(listedText(inspection.listed)));
  }
  const pro = evidence.filter((one) => stage !== null && speaksFor(one, stage));
  const within = evidence.filter((one) => !pro.includes(one) && beneath !== null && speaksFor(one, beneath));
  const contra = evidence.filter((one) => !pro.includes(one) && !within.includes(one));
  if (pro.length > 0) out.line(label({ en: "Evidence for", zh: "支持的证据" }));
  printEvidence(context, out, pro, stage);
  if (within.length > 0) {
    out.line(label({ en: "and on the language model beneath", zh: "关于其中的语言模型" }));
  }
  printEvidence(context, out, within, beneath);
  if (contra.length > 0) {
    out.line(
      label(stage === null ? { en: "Evidence", zh: "证据" } : { en: "and against", zh: "反对的证据" }),
    );
  }
  printEvidence(context, out, contra, stage);
  out.line(label({ en: "Uses", zh: "用途" }));
  for (const use of USES) printFit(context, `${say(USE_WORDS[use])}`, inspection.uses[use]);
  const stops = stopsLines(inspection.stopTokens);
  if (stops.length > 0) row({ en: "Stops on", zh: "停止词元" }, stops.join("\n"));
  for (const one of inspection.stopDisagreements) row({ en: "", zh: "" }, paint.yellow(say(one)));
  if ("embedding" in inspection && inspection.embedding !== null) {
    row({ en: "Vectors", zh: "向量" }, embeddingLines(context, inspection.embedding).join("\n"));
  }
  if (counterpart !== null) {
    const isSeen = inspection.path !== null && inspection.counterpartSeen === true;
    const seen = isSeen ? say({ en: "  (it is on the hub)", zh: "（模型站上已有）" }) : "";
    row({ en: "Counterpart", zh: "对应模型" }, `${counterpart}${paint.dim(seen)}`);
  }
  for (const warning of inspection.warnings) row({ en: "Mind", zh: "注意" }, paint.yellow(say(warning)));
  if (inspection.path !== null && inspection.read !== undefined)
    row({ en: "Read", zh: "读取" }, say(costText(inspection.read)));
}

const NAME_ALONE: Text = {
  en: "its name alone, and a name can lie: no file of it was seen",
  zh: "仅凭名称，而名称可能有误：没有见到它的任何文件",
};

function listedText({ reference, released, context, languages, licence }: Listed): Text {
  const some = languages.slice(0, 4).join(", ");
  const more = languages.length - 4;
  return {
    en: `${reference}, ${released}, ${context} tokens of context, ${some}${more > 0 ? ` and ${more} more languages` : ""}, licence ${licence.name}`,
    zh: `${reference}，${released}，上下文 ${context} 词元，语言 ${some}${more > 0 ? ` 等 ${languages.length} 种` : ""}，许可 ${licence.name}`,
  };
}

function costText({ requests, bytes, weights }: NonNullable<Inspection["read"]>): Text {
  const left = weights
    ? { en: "of the weights, a few rows", zh: "权重只读了少数几行" }
    : { en: "the weights were left where they are", zh: "未下载权重" };
  return {
    en: `${requests} ${requests === 1 ? "request" : "requests"}, ${bytesText(bytes)}; ${left.en}`,
    zh: `${requests} 个请求，${bytesText(bytes)}；${left.zh}`,
  };
}

const FIT_WORDS: Readonly<Record<Fit["fit"], Text>> = {
  suits: { en: "suits", zh: "适合" },
  possible: { en: "possible", zh: "可以" },
  unsuited: { en: "unsuited", zh: "不适合" },
};

function printFit(context: Context, use: string, fit: Fit): void {
  const { out, say } = context;
  const word = `    ${padded(use, 22)}${padded(say(FIT_WORDS[fit.fit]), 10)}`;
  for (const line of beside(fitPaint(out, fit)(word), 36, say(fit.reason), out.width())) out.line(line);
}

function fitPaint({ paint }: Screen, { fit }: Fit): (text: string) => string {
  return { suits: paint.green, possible: paint.yellow, unsuited: paint.red }[fit];
}

/** Files and runtimes that stop on the same tokens share a line. */
function stopsLines(stops: readonly Stops[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { by, tokens } of stops) {
    const named = tokens.map(({ id, text }) =>
      [text === undefined ? undefined : printable(text), id === undefined ? undefined : `(${id})`]
        .filter(Boolean)
        .join(" "),
    );
    const line = named.sort().join(", ");
    lines.set(line, [...(lines.get(line) ?? []), by]);
  }
  return [...lines].map(([tokens, by]) => `${by.join(", ")}: ${tokens}`);
}
