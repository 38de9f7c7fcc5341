import type { HeadEvent, HeadStartEvent } from "../../classify/events.ts";
import type { ClassifyReport, RegressReport } from "../../classify/measure.ts";
import { isTuned, readHeadRecipe } from "../../classify/recipe.ts";
import { trainHead } from "../../classify/train-head.ts";
import { EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { padded, percent } from "../layout.ts";
import { type TrainProgress, trainProgressOf } from "../train-progress.ts";

/** Trains a head and says how it does. */
export async function trainHeadRecipe(context: Context, path: string): Promise<number> {
  const { json, out, language } = context;
  const recipe = await readHeadRecipe(path);
  const progress = trainProgressOf(context, isTuned(recipe) ? recipe.steps : 0);
  let kept = false;
  const isDone = await interruptible(context, async (signal) => {
    let last: HeadEvent["event"] | undefined;
    for await (const event of trainHead(recipe, { signal })) {
      if (json) out.line(jsonLine(event, language));
      else sayEvent(context, progress, event);
      last = event.event;
      kept ||= last === "checkpoint";
    }
    return last === "done";
  });
  if (isDone === true) return EXIT.done;
  progress.end();
  if (kept)
    context.err.line(
      context.say({
        en: "Stopped with a checkpoint; run the same command to go on.",
        zh: "已停止并保存检查点；运行同一命令即可继续。",
      }),
    );
  return EXIT.interrupted;
}

function sayEvent(context: Context, progress: TrainProgress, event: HeadEvent): void {
  const { err, out, say } = context;
  switch (event.event) {
    case "rows": {
      const { learned, measured, rows } = event;
      err.line(
        say({
          en: `${learned} rows to learn from, ${measured} to measure; ${rows.dropped} left out for want of a text or label; ${rows.overlapping} texts to measure are also learned`,
          zh: `训练 ${learned} 行，评估 ${measured} 行；${rows.dropped} 行缺少文本或标签而略去；评估中有 ${rows.overlapping} 条文本也在训练数据中`,
        }),
      );
      break;
    }
    case "features": {
      const told = say({
        en: `vectors ${event.done}/${event.total}`,
        zh: `向量 ${event.done}/${event.total}`,
      });
      if (err.isTerminal) err.write(`\r${told}${event.done === event.total ? "\n" : ""}`);
      else if (event.done === event.total) err.line(told);
      break;
    }
    case "tried": {
      const loss = event.loss.toFixed(4);
      err.line(say({ en: `l2 ${event.l2}: loss ${loss}, held out`, zh: `l2 ${event.l2}：评估损失 ${loss}` }));
      break;
    }
    case "start":
      sayBegin(context, event);
      break;
    case "step":
      progress.step(event);
      break;
    case "evaluation":
      progress.evaluation(event);
      break;
    case "checkpoint":
      break;
    case "done":
      progress.end();
      if (event.from !== undefined) {
        err.line(
          say({
            en: `the adapter and head of step ${event.from}, measured as they will be used:`,
            zh: `第 ${event.from} 步的适配器与分类头，按实际使用方式评估：`,
          }),
        );
      }
      sayReport(context, event.report);
      for (const file of event.files) out.line(file);
  }
}

/** What learning the adapter begins with. */
function sayBegin(
  context: Context,
  { parameters, steps, resumedAt, memoryBytes, unusable, alone, cut }: HeadStartEvent,
): void {
  const { err, say } = context;
  err.line(say({ en: "the head alone, on vectors as they are:", zh: "仅分类头（向量不变）：" }));
  sayReport(context, alone);
  for (const text of unusable) err.line(say(text));
  const [millions, memory] = [(parameters / 1e6).toFixed(1), (memoryBytes / 2 ** 30).toFixed(1)];
  const from =
    resumedAt === 0
      ? { en: "", zh: "" }
      : { en: ` from step ${resumedAt}`, zh: `，从第 ${resumedAt} 步继续` };
  err.line(
    say({
      en: `now the adapter with it: ${millions} M numbers, ${steps} steps${from.en}, about ${memory} GiB of memory${cut === 0 ? "" : `; ${cut} texts are longer than a row and are cut (batch.time)`}`,
      zh: `再一同训练适配器：${millions} M 个参数，${steps} 步${from.zh}，约需 ${memory} GiB 内存${cut === 0 ? "" : `；${cut} 条文本超过一行长度，已截断（batch.time）`}`,
    }),
  );
}

function sayReport(context: Context, report: ClassifyReport | RegressReport): void {
  if (report.kind === "classify") sayClassified(context, report);
  else sayRegressed(context, report);
}

const NAME_WIDTH = 36;
/** Labels and confusions that are shown; report.json holds all. */
const SHOWN = 10;

function sayClassified({ err, say }: Context, report: ClassifyReport): void {
  const { rows, accuracy, macroF1, loss, calibrationError: error, labels } = report;
  err.line(
    say({
      en: `of ${rows} rows: accuracy ${percent(accuracy)}, macro F1 ${macroF1.toFixed(3)}, loss ${loss.toFixed(3)}; calibration error ${error.before.toFixed(3)}, after the temperature ${error.after.toFixed(3)}`,
      zh: `${rows} 行评估：准确率 ${percent(accuracy)}，宏平均 F1 ${macroF1.toFixed(3)}，损失 ${loss.toFixed(3)}；校准误差 ${error.before.toFixed(3)}，温度缩放后 ${error.after.toFixed(3)}`,
    }),
  );
  const worst = labels.toSorted((one, other) => one.f1 - other.f1).slice(0, SHOWN);
  err.line(say({ en: "hardest labels", zh: "最难的标签" }));
  for (const { label, precision, recall, f1, rows: count } of worst) {
    const [p, r] = [precision, recall].map((share) => (share === null ? "–" : share.toFixed(2)));
    err.line(
      say({
        en: `  ${padded(printable(label, NAME_WIDTH - 2), NAME_WIDTH)}F1 ${f1.toFixed(2)}  precision ${p}  recall ${r}  ${count} rows`,
        zh: `  ${padded(printable(label, NAME_WIDTH - 2), NAME_WIDTH)}F1 ${f1.toFixed(2)}  精确率 ${p}  召回率 ${r}  ${count} 行`,
      }),
    );
  }
  const confused = report.confusion
    .flatMap((line, has) => line.map((count, given) => ({ count, has, given })))
    .filter(({ count, has, given }) => count > 1 && has !== given)
    .toSorted((one, other) => other.count - one.count)
    .slice(0, SHOWN);
  if (confused.length > 0) err.line(say({ en: "most often confused", zh: "最常混淆" }));
  for (const { count, has, given } of confused) {
    const [label, other] = [has, given].map((i) => printable(labels[i]?.label ?? "", NAME_WIDTH));
    err.line(`  ${String(count).padStart(4)}  ${label} → ${other}`);
  }
}

function sayRegressed({ err, say }: Context, report: RegressReport): void {
  const [rmse, mae, r2] = [report.rmse, report.meanAbsoluteError, report.r2].map((value) => value.toFixed(3));
  err.line(
    say({
      en: `of ${report.rows} rows: root mean square error ${rmse}, mean absolute error ${mae}, R² ${r2}`,
      zh: `${report.rows} 行评估：均方根误差 ${rmse}，平均绝对误差 ${mae}，R² ${r2}`,
    }),
  );
}
