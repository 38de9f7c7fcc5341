import type { Declaration } from "../declare.ts";
import { draftOption, type EngineOptions, engineOptions } from "../engine-options.ts";
import { REFERENCE } from "../references.ts";
import { type SamplingOptions, samplingOptions } from "../sampling.ts";
import { wholeNumber } from "../values.ts";

/** The options of `complete`. */
export interface CompleteWords extends SamplingOptions, EngineOptions {
  readonly suffix?: string;
  readonly until?: readonly string[];
  readonly lines?: number;
  readonly examples?: string;
  readonly n?: number;
}

export const completeCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const complete = command("complete", { en: "let a model continue a text", zh: "让模型续写一段文本" })
    .argument("<reference>", say(REFERENCE))
    .argument("[text]", say({ en: "the text; read from the pipe if left out", zh: "文本；省略时从管道读取" }))
    .addOption(
      option("--suffix <text>", {
        en: "what stands behind a gap that is to be filled; for models with infill tokens",
        zh: "待填充空缺之后的内容；适用于带有填充词元的模型",
      }),
    )
    .addOption(
      option("--until <text>", {
        en: "end before this text (\\n is a line break); give it again for another",
        zh: "在此文本之前结束（\\n 表示换行）；可多次给出",
      }).argParser((text, before: string[] = []) => [...before, text]),
    )
    .addOption(
      option("--lines <n>", { en: "write at most so many lines", zh: "最多生成多少行" }).argParser(
        wholeNumber(say, 1),
      ),
    )
    .addOption(
      option("--examples <file>", {
        en: "a task shown by examples (YAML, JSON or JSONL of input and output); the text is a new input",
        zh: "以示例说明的任务（YAML、JSON 或 JSONL，含 input 和 output）；文本作为新的输入",
      }),
    )
    .addOption(
      option("--n <n>", { en: "write so many texts", zh: "生成若干段文本" }).argParser(wholeNumber(say, 1)),
    )
    .action(async (reference: string, text: string | undefined, options: CompleteWords) =>
      finish(await (await import("./complete.ts")).complete(context, reference, text, options)),
    );
  const options = [...samplingOptions(declare), ...engineOptions(declare), draftOption(declare)];
  for (const one of options) complete.addOption(one);
};
