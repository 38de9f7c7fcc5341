import type { Declaration } from "../declare.ts";
import { REFERENCE } from "../references.ts";
import { wholeNumber } from "../values.ts";

export interface RerankCommandOptions {
  readonly document?: readonly string[];
  readonly top?: number;
  readonly instruction?: string;
  readonly truncate?: true;
}

export const rerankCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("rerank", {
    en: "sort documents by how well they answer a query",
    zh: "按文档回答查询的程度排序",
  })
    .argument("<reference>", say(REFERENCE))
    .argument("<query>", say({ en: "what is asked", zh: "查询" }))
    .argument(
      "[file]",
      say({
        en: "documents, one a line, or as JSON lines (.jsonl); read from the pipe if left out",
        zh: "文档，每行一篇，或 JSON 行（.jsonl）；省略时从管道读取",
      }),
    )
    .addOption(
      option("--document <text...>", { en: "documents in place of a file", zh: "直接给出文档，代替文件" }),
    )
    .addOption(
      option("--top <n>", { en: "show only the best n", zh: "只显示最好的 n 篇" }).argParser(
        wholeNumber(say, 1),
      ),
    )
    .addOption(
      option("--instruction <text>", {
        en: "what makes a document relevant, for a model that reads it",
        zh: "怎样的文档算相关，用于会读取指令的模型",
      }),
    )
    .addOption(
      option("--truncate", {
        en: "cut documents that are too long, and say so; else they are an error",
        zh: "截断过长的文档并说明；否则报错",
      }),
    )
    .action(
      async (reference: string, query: string, file: string | undefined, options: RerankCommandOptions) =>
        finish(await (await import("./rerank.ts")).rerankDocuments(context, reference, query, file, options)),
    );
};
