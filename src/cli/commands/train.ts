import { SingleBar } from "cli-progress";
import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { readRecipe } from "../../train/recipe.ts";
import { type TrainEvent, train } from "../../train/run.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";

type StepEvent = Extract<TrainEvent, { event: "step" }>;

/** Shows how a run goes on. */
interface Progress {
  readonly step: (event: StepEvent) => void;
  readonly end: () => void;
}

/** Runs a recipe. Ctrl-C saves a checkpoint first; a second Ctrl-C leaves at once. */
export async function trainRecipe(context: Context, path: string): Promise<number> {
  const { json, out, err, say, language } = context;
  const recipe = await readRecipe(path);
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
    err.line();
    err.line(say({ en: "Stopping: saving a checkpoint …", zh: "正在停止：保存检查点……" }));
  };

  let progress: Progress | undefined;
  let reached = 0;
  let isDone = false;
  try {
    for await (const event of train(recipe, { signal: stopping.signal })) {
      if (json) out.line(jsonLine(event, language));
      switch (event.event) {
        case "start":
          process.on("SIGINT", stop);
          sayStart(context, event);
          progress = progressOf(context, event.steps);
          break;
        case "step":
          progress?.step(event);
          break;
        case "checkpoint":
          reached = event.step;
          break;
        case "done":
          isDone = true;
          progress?.end();
          if (!json) for (const file of event.files) out.line(file);
      }
    }
  } finally {
    progress?.end();
    process.off("SIGINT", stop);
  }
  if (isDone) return EXIT.done;
  err.line(
    say({
      en: `Stopped after step ${reached}; its checkpoint is kept. To go on: basewise train ${path}`,
      zh: `已在第 ${reached} 步后停止，检查点已保存。继续训练：basewise train ${path}`,
    }),
  );
  return EXIT.interrupted;
}

function sayStart({ err, say }: Context, event: Extract<TrainEvent, { event: "start" }>): void {
  const { parameters, steps, resumedAt, data, memoryBytes } = event;
  const millions = (parameters / 1e6).toFixed(1);
  const mebibytes = Math.ceil(memoryBytes / 2 ** 20);
  const epochs = data.epochs.toFixed(1);
  err.line(
    say({
      en: `${millions} M parameters, ${data.trainedTokens} tokens to learn in ${data.items} items, ${steps} steps (${epochs} epochs), ${mebibytes} MiB of memory`,
      zh: `${millions} M 参数，${data.items} 条数据共 ${data.trainedTokens} 个训练词元，${steps} 步（${epochs} 轮），内存 ${mebibytes} MiB`,
    }),
  );
  if (data.tooLong > 0) {
    err.line(
      say({
        en: `Left out: ${data.tooLong} conversations that are longer than a row.`,
        zh: `略去 ${data.tooLong} 个超过一行长度的对话。`,
      }),
    );
  }
  if (resumedAt > 0) {
    err.line(say({ en: `Going on after step ${resumedAt}.`, zh: `从第 ${resumedAt} 步之后继续。` }));
  }
}

function progressOf(context: Context, steps: number): Progress {
  if (context.json) return { step: () => {}, end: () => {} };
  return context.err.isTerminal ? progressBar(context) : progressLog(context, steps);
}

/** A bar that stays in its place. */
function progressBar({ say, err }: Context): Progress {
  const words = say({
    en: "loss {loss} · {speed} tokens/s · {left} left",
    zh: "损失 {loss} · {speed} 词元/秒 · 剩余 {left}",
  });
  const bar = new SingleBar({
    format: `${err.paint.green("{bar}")} {value}/{total} · ${words}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    hideCursor: true,
    fps: 4,
  });
  let started = false;
  return {
    step: ({ step, steps, loss, tokensPerSecond, secondsLeft }) => {
      const shown = {
        loss: loss.toFixed(3),
        speed: Math.round(tokensPerSecond),
        left: say(duration(secondsLeft)),
      };
      if (!started) bar.start(steps, step, shown);
      else bar.update(step, shown);
      started = true;
    },
    end: () => bar.stop(),
  };
}

/** About a hundred lines, and always the first and the last step. */
function progressLog({ err, say }: Context, total: number): Progress {
  const every = Math.ceil(total / 100);
  return {
    step: ({ step, steps, loss, tokensPerSecond, secondsLeft }) => {
      if (step !== 1 && step !== steps && step % every !== 0) return;
      const speed = Math.round(tokensPerSecond);
      const left = duration(secondsLeft);
      err.line(
        say({
          en: `step ${step}/${steps}  loss ${loss.toFixed(3)}  ${speed} tokens/s  ${left.en} left`,
          zh: `第 ${step}/${steps} 步  损失 ${loss.toFixed(3)}  ${speed} 词元/秒  剩余 ${left.zh}`,
        }),
      );
    },
    end: () => {},
  };
}

function duration(seconds: number): Text {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return { en: `${h} h ${m} min`, zh: `${h} 小时 ${m} 分` };
  return m > 0 ? { en: `${m} min ${s} s`, zh: `${m} 分 ${s} 秒` } : { en: `${s} s`, zh: `${s} 秒` };
}
