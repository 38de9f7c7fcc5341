import type { Declaration } from "../declare.ts";

export const classifyCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("classify", {
    en: "say which label texts have, by a head that basewise train made",
    zh: "用 basewise train 训练的分类头判断文本的标签",
  })
    .argument("<head>", say({ en: "the output folder of its recipe", zh: "其配方的 output 文件夹" }))
    .argument(
      "[file]",
      say({ en: "a text a line; what is piped in, if left out", zh: "每行一条文本；默认读取管道输入" }),
    )
    .addOption(option("--text <text...>", { en: "texts, in place of a file", zh: "直接给出文本，代替文件" }))
    .action(async (head: string, file: string | undefined, options: { text?: string[] }) =>
      finish(await (await import("./classify.ts")).classifyTexts(context, head, file, options)),
    );
};
