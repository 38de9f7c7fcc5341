import type { Option } from "commander";
import type { GenerateOptions } from "../model/text-model.ts";
import type { Declare } from "./declare.ts";
import { adapterOf, type EngineOptions } from "./engine-options.ts";
import { decimal, wholeNumber } from "./values.ts";

/** How to sample, as the command line gives it. */
export interface SamplingOptions {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The options of every command that writes text. */
export function samplingOptions({ say, option }: Declare): readonly Option[] {
  return [
    option("--max-tokens <n>", { en: "write at most so many tokens", zh: "最多生成多少个词元" }).argParser(
      wholeNumber(say, 1),
    ),
    option("--temperature <t>", {
      en: "0 always takes the most likely token; higher is freer",
      zh: "0 表示总取最可能的词元；越大越随机",
    }).argParser(decimal(say)),
    option("--seed <n>", {
      en: "the same seed gives the same text",
      zh: "相同的种子得到相同的文本",
    }).argParser(wholeNumber(say, 0)),
  ];
}

/** The library's options for what the command line gave; what was not given is left to the model's own defaults. */
export function generateOptions({
  maxTokens,
  temperature,
  seed,
  ...engine
}: SamplingOptions & EngineOptions): GenerateOptions {
  return {
    ...adapterOf(engine),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    sampling: {
      ...(temperature === undefined ? {} : { temperature }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
}
