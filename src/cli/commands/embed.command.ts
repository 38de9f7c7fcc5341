import { POOLINGS, type Pooling } from "../../engine/vectors.ts";
import { VECTOR_FORMATS, type VectorFormat } from "../../formats/vectors/write-vectors.ts";
import { TEXT_KINDS, type TextKind } from "../../stage/embedding.ts";
import type { Declaration } from "../declare.ts";
import { type OutputFileOptions, outputFileOptions } from "../output-file.ts";
import { REFERENCE } from "../references.ts";
import { wholeNumber } from "../values.ts";

export interface EmbedCommandOptions extends OutputFileOptions {
  readonly text?: readonly string[];
  readonly kind?: TextKind;
  readonly instruction?: string;
  readonly dimensions?: number;
  readonly pooling?: Pooling;
  readonly layer?: number;
  /** False with `--no-normalize`. */
  readonly normalize: boolean;
  readonly truncate?: true;
  readonly format?: VectorFormat;
}

export const embedCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const embed = command("embed", {
    en: "turn texts into vectors, as the model was trained to",
    zh: "按模型的训练方式把文本变成向量",
  })
    .argument("<reference>", say(REFERENCE))
    .argument(
      "[file]",
      say({
        en: "texts, one a line, or as JSON lines (.jsonl); read from the pipe if left out",
        zh: "文本，每行一条，或 JSON 行（.jsonl）；省略时从管道读取",
      }),
    )
    .addOption(option("--text <text...>", { en: "texts in place of a file", zh: "直接给出文本，代替文件" }))
    .addOption(
      option("--kind <kind>", {
        en: "what the texts are to a search: query or passage (default)",
        zh: "文本在检索中的角色：query（查询）或 passage（文档，默认）",
      }).choices(TEXT_KINDS),
    )
    .addOption(
      option("--instruction <text>", {
        en: "the task of the queries, for a model that reads one",
        zh: "查询的任务说明，用于会读取指令的模型",
      }),
    )
    .addOption(
      option("--dimensions <n>", {
        en: "keep so many dimensions (Matryoshka)",
        zh: "保留多少维（Matryoshka）",
      }).argParser(wholeNumber(say, 1)),
    )
    .addOption(
      option("--pooling <pooling>", {
        en: "mean, last, cls or none; as in training if left out",
        zh: "mean、last、cls 或 none；省略时与训练一致",
      }).choices(POOLINGS),
    )
    .addOption(
      option("--layer <n>", {
        en: "take the states after layer n, counted from 1, in place of what comes out of all layers",
        zh: "取第 n 层（从 1 起）之后的状态，而不是全部层的输出",
      }).argParser(wholeNumber(say, 1)),
    )
    .addOption(
      option("--no-normalize", { en: "leave vectors as long as they are", zh: "不把向量归一化为长度 1" }),
    )
    .addOption(
      option("--truncate", {
        en: "cut texts that are too long, and say so; else they are an error",
        zh: "截断过长的文本并说明；否则报错",
      }),
    )
    .addOption(
      option("--format <format>", {
        en: "jsonl, npy or parquet; by the name of the file if left out",
        zh: "jsonl、npy 或 parquet；省略时由文件名决定",
      }).choices(VECTOR_FORMATS),
    )
    .action(async (reference: string, file: string | undefined, options: EmbedCommandOptions) =>
      finish(await (await import("./embed.ts")).embedTexts(context, reference, file, options)),
    );
  for (const one of outputFileOptions(declare)) embed.addOption(one);
};
