import type { Declaration } from "../declare.ts";
import { REFERENCE } from "../references.ts";

/** The options of `score`. */
export interface ScoreWords {
  readonly file?: string;
  readonly tokens?: true;
}

export const scoreCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("score", { en: "measure how likely a model finds a text", zh: "衡量模型认为一段文本有多大可能" })
    .argument("<reference>", say(REFERENCE))
    .argument("[text]", say({ en: "the text; read from the pipe if left out", zh: "文本；省略时从管道读取" }))
    .addOption(option("--file <file>", { en: "a file with the text, in UTF-8", zh: "含文本的 UTF-8 文件" }))
    .addOption(option("--tokens", { en: "show every token too", zh: "同时显示每个词元" }))
    .action(async (reference: string, text: string | undefined, options: ScoreWords) =>
      finish(await (await import("./score.ts")).score(context, reference, text, options)),
    );
};
