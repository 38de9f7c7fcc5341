import { basename } from "node:path";
import { SingleBar } from "cli-progress";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { PreferenceMeasure } from "../train/preference/preference.ts";
import type { EvaluationEvent, ReferenceEvent, StepEvent } from "../train/run/events.ts";
import { sparkline } from "../train/run/sparkline.ts";
import type { Context } from "./context.ts";
import { durationText } from "./duration.ts";

/** Shows how a run goes on. */
export interface TrainProgress {
  /** How far the starting weights' likelihoods are, where preferences are learned. */
  readonly reference: (event: ReferenceEvent) => void;
  readonly step: (event: StepEvent) => void;
  readonly evaluation: (event: EvaluationEvent) => void;
  readonly end: () => void;
}

export function trainProgressOf(context: Context, steps: number): TrainProgress {
  if (context.json) return { reference: () => {}, step: () => {}, evaluation: () => {}, end: () => {} };
  return context.err.isTerminal ? progressBar(context) : progressLog(context, steps);
}

/** Columns of the bar, and the most that the curve takes beside it and the words. */
const BAR = 14;
const CURVE = 24;
const WORDS = 62;

/** A bar that stays in its place, with the curve of the loss so far. */
function progressBar({ say, err }: Context): TrainProgress {
  const losses: number[] = [];
  const words = say({
    en: "loss {loss} · {speed} tokens/s · {left} left",
    zh: "损失 {loss} · {speed} 词元/秒 · 剩余 {left}",
  });
  const bar = new SingleBar({
    format: `${err.paint.green("{bar}")} {value}/{total} ${err.paint.cyan("{curve}")} ${words}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: BAR,
    hideCursor: true,
    fps: 4,
  });
  let started = false;
  let seen = 0;
  const reference = referenceLog({ say, err });
  return {
    reference,
    step: ({ step, steps, loss, preference, tokensPerSecond, secondsLeft, time }) => {
      losses.push(loss);
      if (++seen === ESTIMATED_AT && step < steps) {
        bar.stop();
        started = false;
        err.line(say(estimateText(secondsLeft, time)));
      }
      const shown = {
        curve: sparkline(losses, Math.max(8, Math.min(CURVE, err.width() - BAR - WORDS))),
        loss: `${loss.toFixed(3)}${say(accuracyText(preference))}`,
        speed: Math.round(tokensPerSecond),
        left: say(durationText(secondsLeft)),
      };
      if (!started) bar.start(steps, step, shown);
      else bar.update(step, shown);
      started = true;
    },
    // the bar is drawn anew below what is said
    evaluation: (event) => {
      bar.stop();
      started = false;
      sayEvaluation(err.line, say, event);
    },
    end: () => bar.stop(),
  };
}

/** About a hundred lines, and always the first and the last step. */
function progressLog({ err, say }: Context, total: number): TrainProgress {
  const every = Math.ceil(total / 100);
  let seen = 0;
  return {
    reference: referenceLog({ say, err }),
    step: ({ step, steps, loss, preference, tokensPerSecond, secondsLeft, time }) => {
      if (++seen === ESTIMATED_AT && step < steps) err.line(say(estimateText(secondsLeft, time)));
      if (step !== 1 && step !== steps && step % every !== 0) return;
      const speed = Math.round(tokensPerSecond);
      const left = durationText(secondsLeft);
      const right = accuracyText(preference);
      err.line(
        say({
          en: `step ${step}/${steps}  loss ${loss.toFixed(3)}${right.en}  ${speed} tokens/s  ${left.en} left`,
          zh: `第 ${step}/${steps} 步  损失 ${loss.toFixed(3)}${right.zh}  ${speed} 词元/秒  剩余 ${left.zh}`,
        }),
      );
    },
    evaluation: (event) => sayEvaluation(err.line, say, event),
    end: () => {},
  };
}

/** Steps of this start of the run after which its speed is known well enough to say when it ends. */
const ESTIMATED_AT = 10;

function estimateText(secondsLeft: number, time: number): Text {
  const left = durationText(secondsLeft);
  const end = new Date(time + 1000 * secondsLeft);
  const clock = [end.getHours(), end.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  const day = secondsLeft < 86_400 ? "" : `${end.toLocaleDateString("sv-SE")} `;
  return {
    en: `after ten steps: about ${left.en} left, until ${day}${clock}`,
    zh: `已进行十步：约剩余 ${left.zh}，预计 ${day}${clock} 完成`,
  };
}

/** About ten lines. */
function referenceLog({ say, err }: Pick<Context, "say" | "err">): TrainProgress["reference"] {
  let next = 0;
  return ({ done, total }) => {
    if (done < next && done < total) return;
    next = done + total / 10;
    err.line(
      say({
        en: `what the starting weights make of each answer: ${done} of ${total}`,
        zh: `计算初始权重对各回答的概率：${done}/${total}`,
      }),
    );
  };
}

/** How often the better answer is worth more; nothing where no preferences are learned. */
function accuracyText(preference: PreferenceMeasure | undefined): Text {
  if (preference === undefined) return { en: "", zh: "" };
  const share = `${(100 * preference.accuracy).toFixed(0)} %`;
  return { en: ` (${share} right)`, zh: `（${share} 正确）` };
}

/** What a loss is in bits per byte, behind it; nothing where it is not of text. */
export function bitsPerByteText(bits: number | null, digits: number): Text {
  if (bits === null) return { en: "", zh: "" };
  const shown = bits.toFixed(digits);
  return { en: `, ${shown} bits per byte`, zh: `，每字节 ${shown} 比特` };
}

/** The figures of an evaluation, and what the model wrote. */
function sayEvaluation(line: (text: string) => void, say: Context["say"], event: EvaluationEvent): void {
  const { step, loss, bitsPerByte, sources, isBest, samples, preference } = event;
  const right = accuracyText(preference);
  const nats = loss.toFixed(3);
  const bits = bitsPerByteText(bitsPerByte, 3);
  const ended = samples.filter(({ isEnded }) => isEnded).length;
  const [endsEn, endsZh] =
    samples.length === 0
      ? ["", ""]
      : [
          `, ${ended} of ${samples.length} samples end by themselves`,
          `，${samples.length} 个样例中 ${ended} 个自行结束`,
        ];
  line(
    say({
      en: `held out after step ${step}: loss ${nats}${right.en}${bits.en}${endsEn}${isBest ? " (best so far)" : ""}`,
      zh: `第 ${step} 步后的评估：损失 ${nats}${right.zh}${bits.zh}${endsZh}${isBest ? "（目前最佳）" : ""}`,
    }),
  );
  for (const source of sources) {
    const shown = printable(basename(source.path), 40);
    const [loss, bits] = [source.loss.toFixed(3), source.bitsPerByte.toFixed(3)];
    line(
      say({
        en: `  ${shown}: loss ${loss}, ${bits} bits per byte`,
        zh: `  ${shown}：损失 ${loss}，每字节 ${bits} 比特`,
      }),
    );
  }
  for (const { prompt, text, isEnded } of samples.slice(0, 2)) {
    line(`  ${printable(prompt, 40)} → ${printable(text, 80)}${isEnded ? " ■" : " …"}`);
  }
}
