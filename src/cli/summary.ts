import type { Text } from "../language.ts";
import type { Ending, GenerationResult, ReplyResult } from "../model/generation.ts";
import type { AnswerMode, SamplingAdviceTaken } from "../model/sampling-advice.ts";
import type { Context } from "./context.ts";
import { wrapped } from "./layout.ts";

const REASONS: Readonly<Record<Ending, Text>> = {
  stop: { en: "it ended by itself", zh: "自行结束" },
  rule: { en: "ended by a stop rule", zh: "因停止规则结束" },
  loop: { en: "ended, because it repeated itself", zh: "因重复自身而结束" },
  tool_calls: { en: "it calls a tool", zh: "调用工具" },
  length: { en: "cut off at the limit", zh: "到达上限被截断" },
  aborted: { en: "interrupted", zh: "被中断" },
};

/** How a generation ended and how long its text is. */
export function endingWords({ say }: Context, { usage, finishReason }: GenerationResult): string {
  const tokens = usage.completionTokens;
  return say({
    en: `${tokens} ${tokens === 1 ? "token" : "tokens"}, ${REASONS[finishReason].en}`,
    zh: `${tokens} 个词元，${REASONS[finishReason].zh}`,
  });
}

/**
 * What is worth knowing after a generation, as a log line: its ending, its speed, the seed to repeat it, and how it was
 * drawn, which is not said again where it is `told`. Gives how it was drawn.
 */
export function printSummary(
  context: Context,
  result: GenerationResult & Partial<ReplyResult>,
  told?: string,
): string {
  const { err, say } = context;
  const drawn = samplingWords(context, result);
  const { sampling, tokensPerSecond } = result;
  const speed = Math.round(tokensPerSecond);
  const facts = [
    endingWords(context, result),
    // A single token has no speed.
    ...(speed === 0 ? [] : [say({ en: `${speed} tokens/s`, zh: `${speed} 词元/秒` })]),
    ...(sampling.temperature === 0 || sampling.seed === undefined
      ? []
      : [say({ en: `seed ${sampling.seed}`, zh: `种子 ${sampling.seed}` })]),
    ...(drawn === "" || drawn === told ? [] : [drawn]),
    ...budgetWords(context, result),
  ];
  const line = `[${facts.join(" · ")}]`;
  for (const part of err.isTerminal ? wrapped(line, err.width()) : [line]) err.line(err.paint.dim(part));
  return drawn;
}

const MODES: Readonly<Record<AnswerMode, Text>> = {
  thinking: { en: "for thinking", zh: "思考模式" },
  "non-thinking": { en: "without thinking", zh: "非思考模式" },
};
const ORIGINS: Readonly<Record<SamplingAdviceTaken["from"], Text>> = {
  files: { en: "the model's files", zh: "模型文件" },
  catalogue: { en: "its makers' advice", zh: "作者建议" },
  server: { en: "the server", zh: "服务器" },
  standard: { en: "usual values", zh: "常用值" },
};

/** How tokens were drawn, and who recommends that where the caller did not say. */
function samplingWords(
  { say }: Context,
  { sampling, samplingAdvice }: GenerationResult & Partial<ReplyResult>,
): string {
  if (samplingAdvice === undefined || sampling.temperature === 0) return "";
  const { temperature, topP, topK } = sampling;
  const values = [
    say({ en: `temperature ${temperature}`, zh: `温度 ${temperature}` }),
    ...(topP === undefined ? [] : [`top-p ${topP}`]),
    ...(topK === undefined ? [] : [`top-k ${topK}`]),
  ].join(say({ en: ", ", zh: "、" }));
  const { mode, from } = samplingAdvice;
  const why = say({
    en: `unset ones: ${ORIGINS[from].en}, ${MODES[mode].en}`,
    zh: `未指定者：${ORIGINS[from].zh}，${MODES[mode].zh}`,
  });
  return `${values} (${why})`;
}

function budgetWords({ say }: Context, { thinkingBudget }: Partial<ReplyResult>): string[] {
  if (thinkingBudget?.isReached !== true) return [];
  const { tokens } = thinkingBudget;
  return [say({ en: `its thought was ended at ${tokens} tokens`, zh: `思考在 ${tokens} 个词元处被结束` })];
}

/** What the library wants said about a text that it wrote. */
export function warningLines({ say, out }: Context, warnings: readonly Text[]): string[] {
  return warnings.map((warning) => out.paint.yellow(`⚠ ${say(warning)}`));
}
