import type { Declaration } from "../declare.ts";
import { type EngineOptions, engineOptions } from "../engine-options.ts";
import { REFERENCE } from "../references.ts";
import { wholeNumber } from "../values.ts";

export const nextCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const next = command("next", {
    en: "show the most likely next tokens of a text",
    zh: "显示一段文本最可能的下一个词元",
  })
    .argument("<reference>", say(REFERENCE))
    .argument("<text>", say({ en: "the text", zh: "文本" }))
    .addOption(
      option("--top <n>", { en: "how many tokens to show", zh: "显示多少个词元" })
        .argParser(wholeNumber(say, 1))
        .default(10),
    )
    .action(async (reference: string, text: string, options: { top: number } & EngineOptions) =>
      finish(await (await import("./next.ts")).next(context, reference, text, options)),
    );
  for (const one of engineOptions(declare)) next.addOption(one);
};
