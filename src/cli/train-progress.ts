import { basename } from "node:path";
import { SingleBar } from "cli-progress";
import { printable } from "../printable.ts";
import type { EvaluationEvent, StepEvent } from "../train/run/events.ts";
import type { Context } from "./context.ts";
import { durationText } from "./duration.ts";
import { sparkline } from "./sparkline.ts";

/** Shows how a run goes on. */
export interface TrainProgress {
  readonly step: (event: StepEvent) => void;
  readonly evaluation: (event: EvaluationEvent) => void;
  readonly end: () => void;
}

export function trainProgressOf(context: Context, steps: number): TrainProgress {
  if (context.json) return { step: () => {}, evaluation: () => {}, end: () => {} };
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
  return {
    step: ({ step, steps, loss, tokensPerSecond, secondsLeft }) => {
      losses.push(loss);
      const shown = {
        curve: sparkline(losses, Math.max(8, Math.min(CURVE, err.width() - BAR - WORDS))),
        loss: loss.toFixed(3),
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
  return {
    step: ({ step, steps, loss, tokensPerSecond, secondsLeft }) => {
      if (step !== 1 && step !== steps && step % every !== 0) return;
      const speed = Math.round(tokensPerSecond);
      const left = durationText(secondsLeft);
      err.line(
        say({
          en: `step ${step}/${steps}  loss ${loss.toFixed(3)}  ${speed} tokens/s  ${left.en} left`,
          zh: `第 ${step}/${steps} 步  损失 ${loss.toFixed(3)}  ${speed} 词元/秒  剩余 ${left.zh}`,
        }),
      );
    },
    evaluation: (event) => sayEvaluation(err.line, say, event),
    end: () => {},
  };
}

/** The figures of an evaluation, and what the model wrote. */
function sayEvaluation(line: (text: string) => void, say: Context["say"], event: EvaluationEvent): void {
  const { step, loss, bitsPerByte, sources, isBest, samples } = event;
  const [nats, bits] = [loss.toFixed(3), bitsPerByte.toFixed(3)];
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
      en: `held out after step ${step}: loss ${nats}, ${bits} bits per byte${endsEn}${isBest ? " (best so far)" : ""}`,
      zh: `第 ${step} 步后的评估：损失 ${nats}，每字节 ${bits} 比特${endsZh}${isBest ? "（目前最佳）" : ""}`,
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
