import type { RecommendOptions } from "../../model/recommend.ts";
import { USES, type Use } from "../../stage/stage.ts";
import type { Declaration } from "../declare.ts";
import { languageCode, memorySize, wholeNumber } from "../values.ts";

/** The options of `recommend`, as the command line gives them. */
interface RecommendWords {
  readonly use: Use;
  readonly memory?: number;
  readonly context?: number;
  readonly language?: string;
  readonly licence: "permissive" | "conditions" | "any";
  readonly online?: true;
}

export const recommendCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("recommend", {
    en: "which model to take for a use on this machine, and why",
    zh: "在本机上为某一用途该选用哪个模型，以及理由",
  })
    .addOption(
      option("--use <use>", { en: "what it is for", zh: "用途" })
        .choices([...USES])
        .default("chat"),
    )
    .addOption(
      option("--memory <size>", {
        en: "what the model may take, such as 8GiB; what is free here if left out",
        zh: "模型可用的内存，如 8GiB；省略时取本机空闲内存",
      }).argParser(memorySize(say)),
    )
    .addOption(
      option("--context <n>", { en: "tokens that it must hold at once", zh: "需同时容纳的词元数" }).argParser(
        wholeNumber(say, 1),
      ),
    )
    .addOption(
      option("--language <code>", {
        en: "a language that it must know, such as zh",
        zh: "模型必须掌握的语言，如 zh",
      }).argParser(languageCode(say)),
    )
    .addOption(
      option("--licence <kind>", {
        en: "how free it must be; conditions leaves out research-only models",
        zh: "许可证的宽松程度；conditions 会排除仅限研究的模型",
      })
        .choices(["permissive", "conditions", "any"])
        .default("any"),
    )
    .addOption(
      option("--online", {
        en: "ask the hub whether they are there, in which packings and under which licence",
        zh: "向模型站核实其是否存在、有哪些量化及许可证",
      }),
    )
    .action(async (words: RecommendWords) =>
      finish(await (await import("./recommend.ts")).printRecommendations(context, wishOf(words))),
    );
};

function wishOf({ licence, ...rest }: RecommendWords): RecommendOptions {
  return licence === "any" ? rest : { ...rest, licence };
}
