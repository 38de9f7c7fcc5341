import { CONVERT_TYPES, type ConvertType } from "../../convert/types.ts";
import type { Declaration } from "../declare.ts";
import { type OutputFileOptions, outputFileOptions } from "../output-file.ts";

export interface MergeWords extends OutputFileOptions {
  readonly parent?: string;
  readonly type?: ConvertType;
}

export const mergeCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const merge = command("merge", {
    en: "add a trained adapter to its parent: one GGUF file",
    zh: "把训练好的适配器合并到其父模型，得到一个 GGUF 文件",
  })
    .argument("<run>", say({ en: "the folder of a run with an adapter", zh: "带适配器的训练的文件夹" }))
    .addOption(
      option("--parent <reference>", {
        en: "the model it was trained beside, where that lies elsewhere now",
        zh: "训练时所用的父模型（若已移到别处）",
      }),
    )
    .addOption(
      option("--type <type>", {
        en: "what weights are kept as: f32, f16, bf16, q8_0",
        zh: "权重的类型：f32、f16、bf16、q8_0",
      })
        .choices(CONVERT_TYPES)
        .default("f16"),
    )
    .action(async (run: string, options: MergeWords) =>
      finish(await (await import("./merge.ts")).mergeRun(context, run, options)),
    );
  for (const one of outputFileOptions(declare)) merge.addOption(one);
};
