import type { Declaration } from "../declare.ts";
import { REFERENCE } from "../references.ts";
import { type SamplingOptions, samplingOptions } from "../sampling.ts";

export const completeCommand: Declaration = (declare) => {
  const { context, say, command, finish } = declare;
  const complete = command("complete", { en: "let a model continue a text", zh: "让模型续写一段文本" })
    .argument("<reference>", say(REFERENCE))
    .argument("[text]", say({ en: "the text; read from the pipe if left out", zh: "文本；省略时从管道读取" }))
    .action(async (reference: string, text: string | undefined, options: SamplingOptions) =>
      finish(await (await import("./complete.ts")).complete(context, reference, text, options)),
    );
  for (const one of samplingOptions(declare)) complete.addOption(one);
};
