import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { type ListedModel, listModels } from "../../model/list.ts";
import { printable } from "../../printable.ts";
import { STAGE_WORDS, USE_WORDS } from "../../stage/words.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { beside, bytesText, padded } from "../layout.ts";

const HEADS: readonly { readonly text: Text; readonly width: number }[] = [
  { text: { en: "STAGE", zh: "阶段" }, width: 11 },
  { text: { en: "SIZE", zh: "大小" }, width: 10 },
  { text: { en: "FORMAT", zh: "格式" }, width: 14 },
  { text: { en: "WHERE", zh: "位置" }, width: 14 },
];
const SUITS: Text = { en: "SUITS", zh: "适合" };
const FIXED = HEADS.reduce((sum, { width }) => sum + width, 0);
/** The stage is written short: a table has no room for its sentence. */
const INDENT = 2;

/** Lists the models on this machine. */
export async function listAll(context: Context, folders: readonly string[]): Promise<number> {
  const { json, out, err, say, language } = context;
  const models = await listModels(folders);
  if (json) {
    out.line(jsonLine({ models }, language));
    return EXIT.done;
  }
  const heads = HEADS.map(({ text, width }) => padded(say(text), width)).join("");
  out.line(out.paint.dim(`${" ".repeat(INDENT)}${heads}${say(SUITS)}`));
  for (const model of models) printModel(context, model);
  const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
  err.line(
    say({
      en: `${models.length} models, ${bytesText(bytes)}. More about one: basewise inspect REFERENCE`,
      zh: `共 ${models.length} 个模型，${bytesText(bytes)}。查看详情：basewise inspect REFERENCE`,
    }),
  );
  return EXIT.done;
}

function printModel(context: Context, model: ListedModel): void {
  const { out, say } = context;
  const { paint } = out;
  out.line(paint.bold(printable(model.reference, Number.POSITIVE_INFINITY)));
  const stage = padded(stageText(context, model), HEADS[0]?.width ?? 0);
  const paintStage = { verified: paint.green, claimed: paint.yellow, unknown: paint.gray }[model.status];
  const cells = [bytesText(model.bytes), model.format, model.store].map((cell, i) =>
    padded(cell, HEADS[i + 1]?.width ?? 0),
  );
  const label = `${" ".repeat(INDENT)}${paintStage(stage)}${cells.join("")}`;
  const suits =
    model.problem === null
      ? model.suits.map((use) => say(USE_WORDS[use])).join(say({ en: ", ", zh: "、" }))
      : say(model.problem);
  for (const line of beside(label, INDENT + FIXED, suits === "" ? "–" : suits, out.width())) out.line(line);
}

function stageText({ language }: Context, { stage }: ListedModel): string {
  if (stage === null) return "?";
  return language === "en" ? stage : STAGE_WORDS[stage][language].replace(/（.*）/, "");
}
