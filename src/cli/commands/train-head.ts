import type { ClassifyReport, RegressReport } from "../../classify/measure.ts";
import { readHeadRecipe } from "../../classify/recipe.ts";
import { type HeadEvent, trainHead } from "../../classify/train-head.ts";
import { EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { padded, percent } from "../layout.ts";

/** Trains a head and says how it does. */
export async function trainHeadRecipe(context: Context, path: string): Promise<number> {
  const { json, out, language } = context;
  const recipe = await readHeadRecipe(path);
  const isDone = await interruptible(context, async (signal) => {
    for await (const event of trainHead(recipe, { signal })) {
      if (json) out.line(jsonLine(event, language));
      else sayEvent(context, event);
    }
    return true;
  });
  return isDone === undefined ? EXIT.interrupted : EXIT.done;
}

function sayEvent(context: Context, event: HeadEvent): void {
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
    case "done":
      if (event.report.kind === "classify") sayClassified(context, event.report);
      else sayRegressed(context, event.report);
      for (const file of event.files) out.line(file);
  }
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
