import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { stringify } from "yaml";
import { CHATML_TEMPLATE } from "../../chat/chatml.ts";
import { parseReference } from "../../hub/parse-reference.ts";
import { printable } from "../../printable.ts";
import type { Job } from "../job.ts";
import type { Recipe } from "../recipe.ts";
import type { EvaluationEvent } from "./events.ts";
import { type Metric, readMetrics } from "./metrics.ts";
import { sparkline } from "./sparkline.ts";

export const CARD_FILE = "README.md";
const CURVE_COLUMNS = 60;

/**
 * Writes the card of a run beside its files: what it was made from and of what, how, and how well. The front matter is that
 * of the Hugging Face hub (its documentation, "Model cards"). Gives its path.
 * @param trainer what trained, where it was not basewise itself.
 */
export async function writeCard(
  recipe: Recipe,
  job: Job,
  step: number,
  trainer?: "TRL and accelerate",
): Promise<string> {
  const path = join(recipe.output, CARD_FILE);
  const metrics = await readMetrics(recipe.output);
  const sections = [
    frontMatter(recipe, job),
    `# ${oneLine(recipe.name)}`,
    `Made by \`basewise train\` (\`${recipe.kind}\`)${trainer === undefined ? "" : ` with ${trainer}`}; the weights are those of step ${step} of ${recipe.steps}.`,
    parentSection(job),
    await dataSection(job),
    recipeSection(recipe),
    curveSection(metrics),
    evaluationSection(metrics, step),
  ];
  await writeFile(path, `${sections.filter((section) => section !== "").join("\n\n")}\n`);
  return path;
}

function frontMatter(recipe: Recipe, { parent }: Job): string {
  const isAdapter = recipe.kind !== "pretrain" && recipe.adapter !== undefined;
  const from = recipe.kind === "pretrain" ? undefined : parseReference(recipe.from);
  const facts = {
    license: recipe.license.toLowerCase(),
    ...(recipe.languages.length === 0 ? {} : { language: recipe.languages }),
    ...(parent === undefined
      ? {}
      : {
          base_model: from?.kind === "hugging face" ? from.name : parent.name,
          base_model_relation: isAdapter ? "adapter" : "finetune",
        }),
    pipeline_tag: "text-generation",
    tags: ["basewise", recipe.kind],
  };
  return `---\n${stringify(facts)}---`;
}

function parentSection({ parent, layout }: Job): string {
  if (parent === undefined) return "";
  const licence = parent.header.metadata.string("general.license");
  const template = sha256(parent.chatTemplate ?? CHATML_TEMPLATE);
  return [
    "## Made from",
    "",
    `- **${oneLine(parent.name)}**${parent.stage === undefined ? "" : `, ${parent.stage}`}${licence === undefined ? ", whose file names no licence" : `, licence ${oneLine(licence)}`}`,
    `- SHA-256 of its weights: \`${parent.hash}\``,
    ...(layout === undefined
      ? []
      : [`- SHA-256 of the chat template, which is to be served with: \`${template}\``]),
  ].join("\n");
}

async function dataSection({ data }: Job): Promise<string> {
  const rows = await Promise.all(
    data.sources.map(async ({ path, rows, dropped, tokens, trainedTokens }) => {
      const cells = [oneLine(basename(path)), rows, rows - dropped, tokens, trainedTokens];
      return `| ${cells.join(" | ")} | \`${await fileSha256(path)}\` |`;
    }),
  );
  const heldOut =
    data.heldOut === 0 ? [] : ["", `${data.heldOut} items were held out and never learned from.`];
  return [
    "## Data",
    "",
    "| file | rows | used | tokens | learned | SHA-256 |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    ...heldOut,
  ].join("\n");
}

/** What a recipe says of this machine, or what stands elsewhere in the card. */
const LEFT_OUT = ["name", "from", "data", "output", "threads", "evaluation"];

function recipeSection(recipe: Recipe): string {
  const told = Object.entries(recipe).filter(([key]) => !LEFT_OUT.includes(key));
  return `## Recipe\n\n\`\`\`yaml\n${stringify(Object.fromEntries(told))}\`\`\``;
}

function curveSection(metrics: readonly Metric[]): string {
  const losses = metrics.flatMap((metric) => (metric.event === "step" ? [metric.loss] : []));
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === undefined || last === undefined) return "";
  return `## Curve\n\nThe loss of each step, in nats: ${first.toFixed(3)} → ${last.toFixed(3)}.\n\n\`\`\`\n${sparkline(losses, CURVE_COLUMNS)}\n\`\`\``;
}

function evaluationSection(metrics: readonly Metric[], step: number): string {
  const measured = metrics.flatMap((metric) => (metric.event === "evaluation" ? [metric] : []));
  const taken = measured.findLast((one) => one.step === step) ?? measured.at(-1);
  const first = measured[0];
  if (taken === undefined || first === undefined) return "";
  const row = (name: string, one: Pick<EvaluationEvent, "loss" | "bitsPerByte">): string =>
    `| ${name} | ${one.loss.toFixed(3)} | ${one.bitsPerByte?.toFixed(3) ?? "–"} |`;
  const { preference } = taken;
  return [
    "## Evaluation",
    "",
    "| held out | loss | bits per byte |",
    "| --- | --- | --- |",
    row(`after step ${taken.step}`, taken),
    ...taken.sources.map((source) => row(oneLine(basename(source.path)), source)),
    ...(preference === undefined
      ? []
      : [
          "",
          `The better answer is worth more in ${(100 * preference.accuracy).toFixed(1)} % of ${preference.pairs} pairs.`,
        ]),
  ].join("\n");
}

/** Strangers' words on one line, which no mark of a table ends. */
function oneLine(text: string): string {
  return printable(text, 200).replaceAll("|", "\\|");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function fileSha256(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) return "";
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
