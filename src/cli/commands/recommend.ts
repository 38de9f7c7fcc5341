import type { SamplingAdvice } from "../../catalog/model.ts";
import type { LeftOutReason } from "../../catalog/recommend.ts";
import type { ScoreTerm } from "../../catalog/score.ts";
import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import {
  type LeftOutModels,
  type RecommendedModel,
  type RecommendOptions,
  type RecommendResult,
  recommend,
} from "../../model/recommend.ts";
import type { Use } from "../../stage/stage.ts";
import { STAGE_WORDS, USE_WORDS } from "../../stage/words.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { beside, bytesText, padded } from "../layout.ts";

/** Says which models to take, and why. Exits as not found where none fits. */
export async function printRecommendations(context: Context, options: RecommendOptions): Promise<number> {
  const result = await recommend(options);
  if (context.json) context.out.line(jsonLine(result, context.language));
  else print(context, result, options);
  return result.recommendations.length > 0 ? EXIT.done : EXIT.notFound;
}

const LABEL = 13;
/** The uses that draw tokens. */
const WRITES: readonly Use[] = ["chat", "complete", "infill"];

function print(context: Context, result: RecommendResult, options: RecommendOptions): void {
  const { out, err, say } = context;
  const { paint } = out;
  const row = (label: Text, text: string): void => {
    for (const line of beside(`   ${paint.dim(say(label))}`, LABEL, text, out.width())) out.line(line);
  };
  for (const text of [headline(context, result), say(result.guidance)]) {
    for (const line of beside("", 0, text, out.width())) out.line(line);
  }
  for (const [i, model] of result.recommendations.entries()) {
    out.line();
    out.line(`${paint.green(`${i + 1}`)}  ${titleOf(context, model)}`);
    row({ en: "Why", zh: "理由" }, whyText(context, model));
    row({ en: "Memory", zh: "内存" }, memoryText(context, model));
    if (WRITES.includes(result.use)) row({ en: "Sampling", zh: "采样" }, samplingText(context, model));
    row({ en: "Licence", zh: "许可证" }, licenceText(context, model));
    if (model.hub !== null) row({ en: "Hub", zh: "模型站" }, hubText(context, model.hub));
    row({ en: "Score", zh: "得分" }, scoreText(context, model));
    row({ en: "Run", zh: "运行" }, runText(context, model));
  }
  const copies = copiesNote(result);
  if (copies !== undefined) {
    out.line();
    for (const line of beside("", 0, say(copies), out.width())) out.line(paint.dim(line));
  }
  if (result.recommendations.length === 0) err.line(`${err.paint.red("✗")} ${say(nothing(result, options))}`);
  for (const missing of result.online?.missing ?? []) {
    err.line(
      err.paint.yellow(
        `⚠ ${say({ en: `The hub has no ${missing}, which the catalogue names.`, zh: `模型站上没有目录所列的 ${missing}。` })}`,
      ),
    );
  }
  if (result.leftOut.length === 0) return;
  out.line();
  out.line(paint.bold(say({ en: "Left out", zh: "未入选" })));
  for (const one of result.leftOut) {
    const label = `   ${paint.dim(padded(say(REASONS[one.reason]), 18))}${padded(`${one.count}`, 4)}`;
    for (const line of beside(label, 25, examplesText(context, one), out.width())) out.line(line);
  }
}

function headline({ say, out: { paint } }: Context, result: RecommendResult): string {
  const { use, context, memory, machine } = result;
  const budget = bytesText(memory.budget);
  const { processor, graphics } = machine;
  const cards = graphics.map(({ description }) => description).join(", ");
  const where: Text = {
    given: { en: "as you said", zh: "由您指定" },
    available: {
      en: `free here, of ${bytesText(machine.memory.total)}; ${processor.usableThreads} threads of ${processor.model}`,
      zh: `本机空闲，共 ${bytesText(machine.memory.total)}；${processor.model}，${processor.usableThreads} 个线程`,
    },
    graphics: { en: `free on ${cards}`, zh: `${cards} 上的空闲显存` },
  }[memory.from];
  return say({
    en: `For ${paint.bold(USE_WORDS[use].en)}, in ${paint.bold(budget)} (${where.en}), with ${context} tokens of context.`,
    zh: `用途：${paint.bold(USE_WORDS[use].zh)}；内存：${paint.bold(budget)}（${where.zh}）；上下文：${context} 个词元。`,
  });
}

function titleOf({ say, out: { paint } }: Context, model: RecommendedModel): string {
  const form = {
    full: { en: "training all weights", zh: "训练全部权重" },
    lora: { en: "training an adapter (LoRA)", zh: "训练适配器（LoRA）" },
  };
  const how = model.method === null ? model.quantization : say(form[model.method]);
  return `${paint.bold(model.reference)}  ${say(STAGE_WORDS[model.stage])}  ${paint.cyan(how ?? "")}`;
}

function whyText({ say }: Context, { reason, terms, way }: RecommendedModel): string {
  const good = terms.filter(({ points, term }) => points > 0 || term === "size");
  const mind = terms.filter(({ points, term }) => points < 0 && term !== "size");
  const list = (some: readonly ScoreTerm[], language: "en" | "zh"): string =>
    some.map(({ text }) => text[language]).join(language === "en" ? ", " : "，");
  const best: Text =
    way === "run"
      ? { en: "The best packing that fits.", zh: "这是放得下的最佳量化。" }
      : { en: "The most thorough training that fits.", zh: "这是放得下的最充分的训练方式。" };
  return say({
    en: `${reason.en} ${sentence(list(good, "en"))}${mind.length > 0 ? ` Mind: ${list(mind, "en")}.` : ""} ${best.en}`,
    zh: `${reason.zh}${list(good, "zh")}。${mind.length > 0 ? `注意：${list(mind, "zh")}。` : ""}${best.zh}`,
  });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const PARTS: Readonly<Record<string, Text>> = {
  weights: { en: "weights", zh: "权重" },
  cache: { en: "context", zh: "上下文" },
  compute: { en: "computing", zh: "计算" },
  overhead: { en: "the engine", zh: "引擎" },
  optimizer: { en: "gradients and optimiser", zh: "梯度与优化器" },
  activations: { en: "activations", zh: "激活" },
};

function memoryText({ say, out: { paint } }: Context, { memory, way }: RecommendedModel): string {
  const parts = Object.entries(memory).flatMap(([name, bytes]) => {
    const part = PARTS[name];
    return part === undefined || bytes === 0 ? [] : [`${say(part)} ${bytesText(bytes)}`];
  });
  const without = way === "train" ? say({ en: "; one sequence at a time", zh: "；每次一条序列" }) : "";
  return `${paint.bold(bytesText(memory.total))} = ${parts.join(" + ")}${without}`;
}

/** Why a process monitor shows more than what is needed. */
function copiesNote({ recommendations }: RecommendResult): Text | undefined {
  const [first] = recommendations.flatMap(({ memory }) =>
    "peak" in memory && memory.droppable > 0 ? [memory] : [],
  );
  if (first === undefined) return undefined;
  const peak = bytesText(first.peak);
  return {
    en: `The engine copies matrices into the layout of this processor. A process monitor then counts pages of the file as well (${peak} for the first of these), which the system drops when it needs the room.`,
    zh: `引擎会把矩阵复制成适合本处理器的布局。进程监视器会同时计入文件的缓存页（以上第一个模型为 ${peak}），系统需要时会将其释放。`,
  };
}

const MODES: Readonly<Record<SamplingAdvice["mode"], Text>> = {
  completion: { en: "completing", zh: "续写" },
  "non-thinking": { en: "without thinking", zh: "不思考" },
  thinking: { en: "thinking", zh: "思考" },
  default: { en: "always", zh: "默认" },
};
const SETTINGS = [
  ["temperature", "temperature"],
  ["topP", "top-p"],
  ["topK", "top-k"],
  ["minP", "min-p"],
  ["presencePenalty", "presence penalty"],
  ["repetitionPenalty", "repetition penalty"],
] as const satisfies readonly (readonly [keyof SamplingAdvice, string])[];

function samplingText({ say }: Context, { sampling }: RecommendedModel): string {
  if (sampling.length === 0) {
    return say({ en: "what the model's own files say", zh: "以模型自带文件为准" });
  }
  return sampling
    .map((advice) => {
      const settings = SETTINGS.flatMap(([key, name]) =>
        advice[key] === undefined ? [] : [`${name} ${advice[key]}`],
      );
      return `${say(MODES[advice.mode])}: ${settings.join(", ")}  [${advice.source}]`;
    })
    .join("\n");
}

const LICENCES: Readonly<Record<RecommendedModel["licence"]["kind"], Text>> = {
  permissive: { en: "permissive", zh: "宽松" },
  conditions: { en: "with conditions of its own; read them", zh: "附带自有条款；请阅读" },
  research: { en: "for research only", zh: "仅限研究" },
};

function licenceText({ say }: Context, { licence }: RecommendedModel): string {
  return `${licence.name} (${say(LICENCES[licence.kind])})`;
}

function hubText({ say }: Context, hub: NonNullable<RecommendedModel["hub"]>): string {
  const facts = [
    say({ en: `${hub.repository} is there`, zh: `${hub.repository} 存在` }),
    ...(hub.fileBytes === null
      ? []
      : [
          say({ en: `the file has ${bytesText(hub.fileBytes)}`, zh: `文件大小 ${bytesText(hub.fileBytes)}` }),
        ]),
    ...(hub.downloads === null
      ? []
      : [
          say({
            en: `${hub.downloads.toLocaleString("en")} downloads last month`,
            zh: `上月下载 ${hub.downloads.toLocaleString("en")} 次`,
          }),
        ]),
  ];
  return facts.join(say({ en: ", ", zh: "，" }));
}

const TERM_WORDS: Readonly<Record<ScoreTerm["term"], Text>> = {
  size: { en: "size", zh: "规模" },
  newness: { en: "newness", zh: "新旧" },
  purpose: { en: "purpose", zh: "用途" },
  pace: { en: "pace", zh: "速度" },
  readiness: { en: "readiness", zh: "就绪" },
};

function scoreText({ say }: Context, { score, terms }: RecommendedModel): string {
  const parts = terms.map(({ term, points }, i) => {
    const sign = points < 0 ? "− " : i === 0 ? "" : "+ ";
    return `${sign}${say(TERM_WORDS[term])} ${Math.abs(points).toFixed(1)}`;
  });
  return `${score.toFixed(1)} = ${parts.join(" ")}`;
}

function runText({ say, out: { paint } }: Context, { commands, reference }: RecommendedModel): string {
  if (commands.length > 0) return commands.map((command) => paint.cyan(command)).join("\n");
  return say({
    en: `find a GGUF file made from ${reference} on the hub, then: basewise pull OWNER/NAME`,
    zh: `在模型站上查找由 ${reference} 制作的 GGUF 文件，然后运行：basewise pull OWNER/NAME`,
  });
}

const REASONS: Readonly<Record<LeftOutReason, Text>> = {
  stage: { en: "not for this use", zh: "不适合此用途" },
  licence: { en: "licence", zh: "许可证" },
  language: { en: "language", zh: "语言" },
  context: { en: "context", zh: "上下文" },
  memory: { en: "too large", zh: "太大" },
};

function examplesText({ say }: Context, { examples, count }: LeftOutModels): string {
  const shown = examples.map(({ reference, needs }) =>
    needs === undefined ? reference : `${reference} (${bytesText(needs)})`,
  );
  return [...shown, ...(count > shown.length ? [say({ en: "…", zh: "…" })] : [])].join(", ");
}

function nothing({ smallest, memory, use }: RecommendResult, options: RecommendOptions): Text {
  const budget = bytesText(memory.budget);
  if (smallest !== null) {
    const needs = bytesText(smallest.needs);
    return {
      en: `Nothing for ${USE_WORDS[use].en} fits ${budget}. The smallest, ${smallest.reference}, needs ${needs}; free some memory, or ask for less context.`,
      zh: `没有适合${USE_WORDS[use].zh}且能放进 ${budget} 的模型。最小的 ${smallest.reference} 需要 ${needs}；请释放内存，或减少上下文。`,
    };
  }
  const filters = [
    options.licence === undefined ? "" : "--licence",
    options.language === undefined ? "" : "--language",
    options.context === undefined ? "" : "--context",
  ].filter(Boolean);
  return {
    en: `No model in the catalogue is for ${USE_WORDS[use].en} and meets ${filters.join(", ")}; ask for less.`,
    zh: `目录中没有适合${USE_WORDS[use].zh}且满足 ${filters.join("、")} 的模型；请放宽条件。`,
  };
}
