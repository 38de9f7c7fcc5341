import { writeFile } from "node:fs/promises";
import { requireAbsent } from "../../convert/convert.ts";
import { EXIT } from "../../errors.ts";
import { notWritten } from "../../formats/disk.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import {
  evaluationsOf,
  findRun,
  listRuns,
  type Run,
  type RunSummary,
  stepsOf,
} from "../../train/run/list-runs.ts";
import { reportHtml, STATE_WORDS } from "../../train/run/report.ts";
import { averaged, sparkline } from "../../train/run/sparkline.ts";
import type { Context } from "../context.ts";
import { durationText } from "../duration.ts";
import { jsonLine } from "../json.ts";
import { padded } from "../layout.ts";
import { plotLines, type Series, seriesPaints } from "../plot.ts";
import { bitsPerByteText } from "../train-progress.ts";

const HEADS: readonly { readonly text: Text; readonly width: number }[] = [
  { text: { en: "KIND", zh: "类型" }, width: 10 },
  { text: { en: "STATE", zh: "状态" }, width: 13 },
  { text: { en: "STEPS", zh: "步数" }, width: 15 },
  { text: { en: "LOSS", zh: "损失" }, width: 8 },
  { text: { en: "HELD OUT", zh: "评估" }, width: 10 },
  { text: { en: "TIME", zh: "用时" }, width: 15 },
];
const CURVE = 16;

/** Lists runs, in these folders or wherever this machine trained. */
export async function listAllRuns(context: Context, folders: readonly string[]): Promise<number> {
  const { json, out, err, say, language } = context;
  const runs = await listRuns(folders);
  if (json) {
    out.line(jsonLine({ runs: runs.map(({ summary }) => summary) }, language));
    return EXIT.done;
  }
  if (runs.length === 0) {
    err.line(
      say({
        en: "Nothing was trained here yet; begin with: basewise train RECIPE.yaml",
        zh: "尚无训练记录；可运行：basewise train RECIPE.yaml",
      }),
    );
    return EXIT.done;
  }
  out.line(out.paint.dim(`  ${HEADS.map(({ text, width }) => padded(say(text), width)).join("")}`));
  for (const run of runs) printRun(context, run);
  return EXIT.done;
}

function printRun({ out, say }: Context, { summary, metrics }: Run): void {
  const { kind, state, step, steps, loss, best, seconds } = summary;
  const cells = [
    printable(kind),
    say(STATE_WORDS[state]),
    `${step}/${steps}`,
    loss?.toFixed(3) ?? "–",
    best?.loss.toFixed(3) ?? "–",
    say(durationText(seconds)),
  ].map((cell, i) => padded(cell, HEADS[i]?.width ?? 0));
  const curve = sparkline(
    stepsOf(metrics).map((one) => one.loss),
    CURVE,
  );
  out.line(`${out.paint.bold(printable(summary.name))}  ${out.paint.dim(printable(summary.folder, 300))}`);
  out.line(`  ${cells.join("")}${out.paint.cyan(curve)}`.trimEnd());
}

/** Shows how one run went. */
export async function showRun(context: Context, name: string): Promise<number> {
  const { json, out, say, language } = context;
  const run = await findRun(name);
  if (json) {
    out.line(jsonLine({ run: run.summary, metrics: run.metrics }, language));
    return EXIT.done;
  }
  for (const [label, value] of factsOf(run.summary)) out.line(`${padded(say(label), 14)}${say(value)}`);
  const last = evaluationsOf(run.metrics).at(-1);
  for (const { prompt, text, isEnded } of last?.samples ?? []) {
    out.line(`  ${printable(prompt, 40)} → ${printable(text, 100)}${isEnded ? " ■" : " …"}`);
  }
  drawLosses(context, [run]);
  return EXIT.done;
}

function factsOf(summary: RunSummary): [Text, Text][] {
  const same = (text: string): Text => ({ en: printable(text, 300), zh: printable(text, 300) });
  const { model, folder, kind, parent, state, step, steps, loss, best, seconds, startedAt, error } = summary;
  const facts: [Text, Text | undefined][] = [
    [{ en: "model", zh: "模型" }, same(model)],
    [{ en: "folder", zh: "文件夹" }, same(folder)],
    [{ en: "kind", zh: "类型" }, same(kind)],
    [{ en: "from", zh: "起点" }, parent === undefined ? undefined : same(parent)],
    [{ en: "state", zh: "状态" }, STATE_WORDS[state]],
    [
      { en: "why", zh: "原因" },
      error === undefined ? undefined : { en: printable(error.en, 1000), zh: printable(error.zh, 1000) },
    ],
    [{ en: "steps", zh: "步数" }, same(`${step}/${steps}`)],
    [{ en: "loss", zh: "损失" }, loss === undefined ? undefined : same(loss.toFixed(4))],
    [
      { en: "held out", zh: "评估" },
      best === undefined
        ? undefined
        : {
            en: `${best.loss.toFixed(4)}${bitsPerByteText(best.bitsPerByte, 3).en}, after step ${best.step}`,
            zh: `${best.loss.toFixed(4)}${bitsPerByteText(best.bitsPerByte, 3).zh}，第 ${best.step} 步后`,
          },
    ],
    [{ en: "time", zh: "用时" }, durationText(seconds)],
    [{ en: "started", zh: "开始" }, same(startedAt)],
  ];
  return facts.flatMap(([label, value]): [Text, Text][] => (value === undefined ? [] : [[label, value]]));
}

/** Plots runs together, on the screen or into a file. */
export async function plotRuns(
  context: Context,
  names: readonly string[],
  { html, force }: { readonly html?: string; readonly force?: true },
): Promise<number> {
  const { json, out, language } = context;
  const runs = await Promise.all(names.map(findRun));
  if (html !== undefined) {
    if (force !== true) await requireAbsent(html);
    try {
      await writeFile(html, reportHtml(runs, language));
    } catch (cause) {
      throw notWritten(html, cause);
    }
  }
  if (json) {
    const told = runs.map(({ summary, metrics }) => ({ run: summary, metrics }));
    out.line(jsonLine(html === undefined ? { runs: told } : { file: html }, language));
  } else if (html !== undefined) out.line(html);
  else drawLosses(context, runs);
  return EXIT.done;
}

const HEIGHT = 14;

function drawLosses({ out, say }: Context, runs: readonly Run[]): void {
  const width = Math.min(100, out.width());
  const series = runs.map(({ metrics }): Series => {
    const steps = stepsOf(metrics);
    const xs = averaged(
      steps.map(({ step }) => step),
      width,
    );
    const ys = averaged(
      steps.map(({ loss }) => loss),
      width,
    );
    return { xs, ys };
  });
  if (series.every(({ xs }) => xs.length === 0)) return;
  out.line();
  for (const line of plotLines(series, width, HEIGHT, out.paint)) out.line(line);
  const paints = seriesPaints(out.paint);
  const legend = runs.map(({ summary }, i) =>
    (paints[i % paints.length] ?? String)(`● ${printable(summary.name)}`),
  );
  out.line(`${say({ en: "loss by step", zh: "各步损失" })}  ${legend.join("  ")}`);
}
