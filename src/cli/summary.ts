import type { Text } from "../language.ts";
import type { Ending, GenerationResult } from "../model/generation.ts";
import type { Context } from "./context.ts";

const REASONS: Readonly<Record<Ending, Text>> = {
  stop: { en: "it ended by itself", zh: "自行结束" },
  rule: { en: "ended by a stop rule", zh: "因停止规则结束" },
  loop: { en: "ended, because it repeated itself", zh: "因重复自身而结束" },
  length: { en: "cut off at the limit", zh: "到达上限被截断" },
  aborted: { en: "interrupted", zh: "被中断" },
};

/** How a generation ended and how long its text is. */
export function endingWords({ say }: Context, { usage, finishReason }: GenerationResult): string {
  const tokens = usage.completionTokens;
  return say({
    en: `${tokens} tokens, ${REASONS[finishReason].en}`,
    zh: `${tokens} 个词元，${REASONS[finishReason].zh}`,
  });
}

/** What is worth knowing after a generation, as a log line: its ending, its speed, the seed to repeat it. */
export function printSummary(context: Context, result: GenerationResult): void {
  const { err, say } = context;
  const { sampling, tokensPerSecond } = result;
  const speed = Math.round(tokensPerSecond);
  const facts = [
    endingWords(context, result),
    say({ en: `${speed} tokens/s`, zh: `${speed} 词元/秒` }),
    ...(sampling.temperature === 0 || sampling.seed === undefined
      ? []
      : [say({ en: `seed ${sampling.seed}`, zh: `种子 ${sampling.seed}` })]),
  ];
  err.line(err.paint.dim(`[${facts.join(" · ")}]`));
}

/** What the library wants said about a text that it wrote. */
export function warningLines({ say, out }: Context, warnings: readonly Text[]): string[] {
  return warnings.map((warning) => out.paint.yellow(`⚠ ${say(warning)}`));
}
