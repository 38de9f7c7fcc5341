import { isHeadRecipe } from "../../classify/recipe.ts";
import { BadInputError, EXIT } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { MarkedSample } from "../../train/data/marked.ts";
import { readRecipe, readRecipeValue } from "../../train/read-recipe.ts";
import type { Recipe } from "../../train/recipe.ts";
import type { StartEvent, TrainEvent } from "../../train/run/events.ts";
import { checkRun, train } from "../../train/run/train.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { type TrainProgress, trainProgressOf } from "../train-progress.ts";
import type { TrainOptions } from "./train.command.ts";

/** Runs a recipe for a model, or for a head on one. */
export async function trainAny(context: Context, path: string, options: TrainOptions): Promise<number> {
  const isHead = isHeadRecipe(await readRecipeValue(path));
  if (options.engine === "trl") {
    if (isHead) throw headStaysHere(path);
    const { planOnly, trlRun } = await import("./train-trl.ts");
    if (options.plan === true) return planOnly(context, path, options);
    const python = options.python === undefined ? "" : ` --python ${options.python}`;
    return trainRecipe(context, path, trlRun(context, options), ` --engine trl${python}`);
  }
  requireEmbedded(options);
  const isCheck = options.check === true;
  if (!isHead) return isCheck ? checkOnly(context, path) : trainRecipe(context, path, train, "");
  if (isCheck) throw headIsQuick(path);
  const { trainHeadRecipe } = await import("./train-head.ts");
  return trainHeadRecipe(context, path);
}

/** What runs a recipe. */
type Runs = (recipe: Recipe, options: { readonly signal: AbortSignal }) => AsyncIterable<TrainEvent>;

/** Throws BadInputError for what only TRL has. */
function requireEmbedded({ plan, python, hosts, gpus, sharding }: TrainOptions): void {
  const given = Object.entries({ plan, python, hosts, gpus, sharding }).find(
    ([, value]) => value !== undefined,
  );
  if (given === undefined) return;
  throw new BadInputError({
    en: `--${given[0]} belongs to --engine trl; add that, or leave it out.`,
    zh: `--${given[0]} 需与 --engine trl 一起使用；请添加该选项，或去掉它。`,
  });
}

/** Says what a run would begin with. */
async function checkOnly(context: Context, path: string): Promise<number> {
  const start = await checkRun(await readRecipe(path));
  const { json, out, err, say, language } = context;
  if (json) {
    out.line(jsonLine(start, language));
    return EXIT.done;
  }
  sayStart(context, start);
  for (const sample of start.data.samples) printSample(context, sample);
  const { length } = start.findings;
  out.line(
    length === 0
      ? say({ en: "Nothing stands against it.", zh: "未发现问题。" })
      : say({
          en: `Nothing stops it; ${length === 1 ? "one thing" : `${length} things`} to look at above.`,
          zh: `可以训练；上面有 ${length} 处需要留意。`,
        }),
  );
  err.line(say({ en: `To run it: basewise train ${path}`, zh: `开始训练：basewise train ${path}` }));
  return EXIT.done;
}

/** A sample as the model gets it: what is learned stands out, in colour or between ⟦ and ⟧. */
function printSample(
  { out, say }: Context,
  { path, tokens, trainedTokens, pieces, isCut }: MarkedSample,
): void {
  const { paint, isTerminal } = out;
  const shown = printable(path);
  out.line(
    paint.bold(
      say({
        en: `A sample of ${shown}: ${tokens} tokens, ${trainedTokens} of them learned`,
        zh: `${shown} 的一个样本：${tokens} 个词元，其中 ${trainedTokens} 个参与训练`,
      }),
    ),
  );
  const text = pieces.map((piece) => {
    const plain = multilinePrintable(piece.text);
    if (!piece.trained) return plain;
    return isTerminal ? paint.green(plain) : `⟦${plain}⟧`;
  });
  for (const line of `${text.join("")}${isCut ? " …" : ""}`.split("\n")) out.line(`  ${line}`);
}

/** Strangers' text on several lines, none of which can move the cursor. */
function multilinePrintable(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join("\n");
}

function headStaysHere(path: string): BadInputError {
  const shown = printable(path);
  return new BadInputError({
    en: `${shown} is a recipe for a head, which trains here; leave --engine trl out.`,
    zh: `${shown} 是训练头的配方，在本机训练；请去掉 --engine trl。`,
  });
}

function headIsQuick(path: string): BadInputError {
  const shown = printable(path);
  return new BadInputError({
    en: `${shown} is a recipe for a head, which --check does not know; run it, it says first which rows it uses.`,
    zh: `${shown} 是训练头的配方，不支持 --check；直接运行即可，它会先说明使用了哪些行。`,
  });
}

/** Runs a recipe. Ctrl-C saves a checkpoint first; a second Ctrl-C leaves at once. */
async function trainRecipe(context: Context, path: string, run: Runs, flags: string): Promise<number> {
  const { json, out, err, say, language } = context;
  const recipe = await readRecipe(path);
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
    err.line();
    err.line(say({ en: "Stopping: saving a checkpoint …", zh: "正在停止：保存检查点……" }));
  };

  let progress: TrainProgress | undefined;
  let reached = 0;
  let isDone = false;
  try {
    for await (const event of run(recipe, { signal: stopping.signal })) {
      if (json) out.line(jsonLine(event, language));
      switch (event.event) {
        case "start":
          process.on("SIGINT", stop);
          reached = event.resumedAt;
          sayStart(context, event);
          progress = trainProgressOf(context, event.steps);
          break;
        case "reference":
          progress?.reference(event);
          break;
        case "step":
          progress?.step(event);
          break;
        case "evaluation":
          progress?.evaluation(event);
          break;
        case "checkpoint":
          reached = event.step;
          break;
        case "done":
          isDone = true;
          progress?.end();
          sayEnd(context, event);
          err.line(say({ en: `Its card: ${event.card}`, zh: `说明卡：${event.card}` }));
          if (recipe.kind !== "pretrain" && recipe.adapter !== undefined) sayAdapter(context, recipe.output);
          if (!json) for (const file of event.files) out.line(file);
      }
    }
  } finally {
    progress?.end();
    process.off("SIGINT", stop);
  }
  if (isDone) return EXIT.done;
  err.line(
    say(
      reached === 0
        ? {
            en: `Stopped before the first step; nothing is lost. To begin: basewise train ${path}${flags}`,
            zh: `在第一步之前停止，没有丢失任何内容。开始训练：basewise train ${path}${flags}`,
          }
        : {
            en: `Stopped after step ${reached}; its checkpoint is kept. To go on: basewise train ${path}${flags}`,
            zh: `已在第 ${reached} 步后停止，检查点已保存。继续训练：basewise train ${path}${flags}`,
          },
    ),
  );
  return EXIT.interrupted;
}

/** Says it where the files hold other weights than the last. */
function sayEnd({ err, say }: Context, event: Extract<TrainEvent, { event: "done" }>): void {
  const { step, from, reason } = event;
  if (reason === "patience") {
    err.line(
      say({
        en: `Ended after step ${step}: the held-out loss fell no more.`,
        zh: `第 ${step} 步后结束：评估损失不再下降。`,
      }),
    );
  }
  if (from !== step) {
    err.line(
      say({
        en: `The files hold the weights of step ${from}, whose held-out loss is the lowest.`,
        zh: `文件中为第 ${from} 步的权重，其评估损失最低。`,
      }),
    );
  }
}

/** What an adapter is good for now. */
function sayAdapter({ err, say }: Context, output: string): void {
  const shown = printable(output, Number.POSITIVE_INFINITY);
  err.line(
    say({
      en: `To make one model of it: basewise merge ${shown}. For Python: basewise export ${shown} --to peft`,
      zh: `合并为一个模型：basewise merge ${shown}。用于 Python：basewise export ${shown} --to peft`,
    }),
  );
}

export function sayStart({ err, say }: Context, event: StartEvent): void {
  const { parameters, steps, resumedAt, data, findings, memoryBytes, unusable } = event;
  const learned =
    parameters < 1e6 ? `${(parameters / 1e3).toFixed(1)} k` : `${(parameters / 1e6).toFixed(1)} M`;
  const mebibytes = memoryBytes === undefined ? undefined : Math.ceil(memoryBytes / 2 ** 20);
  const [memoryEn, memoryZh] =
    mebibytes === undefined ? ["", ""] : [`, about ${mebibytes} MiB of memory`, `，内存约 ${mebibytes} MiB`];
  const epochs = data.epochs.toFixed(1);
  err.line(
    say({
      en: `${learned} parameters, ${data.trainedTokens} tokens to learn in ${data.items} items, ${steps} steps (${epochs} epochs)${memoryEn}`,
      zh: `${learned} 参数，${data.items} 条数据共 ${data.trainedTokens} 个训练词元，${steps} 步（${epochs} 轮）${memoryZh}`,
    }),
  );
  if (data.tooLong > 0) {
    err.line(
      say({
        en: `Left out: ${data.tooLong} items that are longer than a row.`,
        zh: `略去 ${data.tooLong} 条超过一行长度的数据。`,
      }),
    );
  }
  for (const { path, rows, droppedFor, repaired } of data.sources) {
    for (const { id, text, rows: count, firstRow } of [...droppedFor, ...repaired]) {
      if (id === "too-long") continue;
      const shown = printable(path);
      const isDropped = droppedFor.some((one) => one.id === id);
      err.line(
        say({
          en: `${shown}: ${count} of ${rows} rows ${isDropped ? "left out" : "mended"} (${text.en}; the first is ${firstRow}).`,
          zh: `${shown}：${rows} 行中${isDropped ? "略去" : "修补"} ${count} 行（${text.zh}；首个为第 ${firstRow} 行）。`,
        }),
      );
    }
  }
  if (data.heldOut > 0) {
    err.line(
      say({
        en: `Held out: ${data.heldOut} items, which are measured and not learned from.`,
        zh: `留出 ${data.heldOut} 条数据，仅用于评估，不参与训练。`,
      }),
    );
  }
  for (const { text } of findings) err.line(`${err.paint.yellow("!")} ${say(text)}`);
  for (const reason of unusable) {
    err.line(
      say({
        en: `A checkpoint cannot be used: ${reason.en} An older one is taken.`,
        zh: `一个检查点无法使用：${reason.zh}改用更早的检查点。`,
      }),
    );
  }
  if (resumedAt > 0) {
    err.line(say({ en: `Going on after step ${resumedAt}.`, zh: `从第 ${resumedAt} 步之后继续。` }));
  }
}
