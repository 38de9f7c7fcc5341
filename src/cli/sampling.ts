import type { Option } from "commander";
import { SPECULATIONS, type Speculation } from "../engine/engine.ts";
import type { Declare } from "./declare.ts";
import { decimal, signedDecimal, tokenBias, wholeNumber } from "./values.ts";

/** How to sample, as the command line gives it. */
export interface SamplingOptions {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly typicalP?: number;
  readonly repetitionPenalty?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly dry?: number;
  readonly logitBias?: readonly (readonly [number, number])[];
  readonly seed?: number;
  readonly grammar?: string;
  readonly jsonSchema?: string;
  readonly logprobs?: number;
  readonly speculate?: Speculation;
}

/** The options of every command that writes text. */
export function samplingOptions({ say, option }: Declare): readonly Option[] {
  const share = { en: "a share of probability, 0 to 1", zh: "概率份额，0 到 1" };
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
    option("--top-k <n>", {
      en: "draw among so many of the most likely tokens; 0 is all",
      zh: "只在最可能的若干词元中抽取；0 表示全部",
    }).argParser(wholeNumber(say, 0)),
    option("--top-p <p>", {
      en: `draw among the most likely tokens that together have ${share.en}`,
      zh: `只在合计占一定${share.zh}的最可能词元中抽取`,
    }).argParser(decimal(say)),
    option("--min-p <p>", {
      en: "leave out what is less likely than this share of the likeliest",
      zh: "去掉低于最可能词元这一比例的词元",
    }).argParser(decimal(say)),
    option("--typical-p <p>", {
      en: `draw among the tokens of usual surprise that together have ${share.en}`,
      zh: `只在合计占一定${share.zh}、惊讶程度寻常的词元中抽取`,
    }).argParser(decimal(say)),
    option("--repetition-penalty <x>", {
      en: "make what was there lately less likely; 1 changes nothing",
      zh: "降低近期出现过的词元的可能性；1 表示不变",
    }).argParser(decimal(say)),
    option("--presence-penalty <x>", {
      en: "take so much off the logits of what was there lately",
      zh: "从近期出现过的词元的 logit 中减去此值",
    }).argParser(signedDecimal(say)),
    option("--frequency-penalty <x>", {
      en: "take so much off for each time that it was there",
      zh: "每出现一次就减去此值",
    }).argParser(signedDecimal(say)),
    option("--dry <x>", {
      en: "make repeated passages less likely; 0.8 is usual, 0 is off",
      zh: "降低整段重复的可能性；通常取 0.8，0 表示关闭",
    }).argParser(decimal(say)),
    option("--logit-bias <id=x>", {
      en: "add this to the logit of a token, -100 to 100; may be given again",
      zh: "给某个词元的 logit 加上此值，-100 到 100；可多次给出",
    }).argParser(tokenBias(say)),
    option("--grammar <file>", {
      en: "write only what this grammar allows (GBNF)",
      zh: "只生成该语法（GBNF）允许的文本",
    }),
    option("--json-schema <file>", {
      en: "write only JSON that this schema allows",
      zh: "只生成该 JSON Schema 允许的 JSON",
    }),
    option("--logprobs <n>", {
      en: "tell how likely each token was, and so many of the likeliest there",
      zh: "显示每个词元的可能性，以及该处最可能的若干词元",
    }).argParser(wholeNumber(say, 0)),
    option("--speculate <how>", {
      en: "guess several tokens at once by what is repeated; the text stays the same",
      zh: "根据重复内容一次猜测多个词元；文本不变",
    }).choices(SPECULATIONS),
  ];
}
