import { FOLDER_TYPES, MODEL_FORMATS, type ModelFormat } from "../../export/formats.ts";
import type { FloatType } from "../../native/rows.ts";
import type { Declaration } from "../declare.ts";

export interface ExportWords {
  readonly to: ModelFormat;
  readonly parent?: string;
  readonly base?: string;
  readonly type?: FloatType;
  readonly output?: string;
  readonly force?: true;
}

export const exportCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("export", {
    en: "write an adapter for PEFT, or a model as a folder for transformers",
    zh: "把适配器导出为 PEFT 格式，或把模型导出为 transformers 文件夹",
  })
    .argument(
      "<source>",
      say({ en: "the folder of a run, or a GGUF file", zh: "训练的文件夹，或 GGUF 文件" }),
    )
    .addOption(
      option("--to <format>", {
        en: "peft: the adapter alone; hf: the whole model, an adapter merged into it",
        zh: "peft：仅适配器；hf：完整模型（适配器合并其中）",
      })
        .choices(MODEL_FORMATS)
        .makeOptionMandatory(),
    )
    .addOption(
      option("--parent <reference>", {
        en: "the model an adapter was trained beside, where that lies elsewhere now",
        zh: "训练适配器所用的父模型（若已移到别处）",
      }),
    )
    .addOption(
      option("--base <name>", {
        en: "with peft: the repository or folder that PEFT is to load the parent from",
        zh: "配合 peft：PEFT 加载父模型的仓库或文件夹",
      }),
    )
    .addOption(
      option("--type <type>", {
        en: "with hf: what weights are kept as: f32, f16, bf16",
        zh: "配合 hf：权重的类型：f32、f16、bf16",
      })
        .choices(FOLDER_TYPES)
        .default("bf16"),
    )
    .addOption(option("--output <folder>", { en: "the folder to write", zh: "要写入的文件夹" }))
    .addOption(option("--force", { en: "write into a folder that exists already", zh: "写入已存在的文件夹" }))
    .action(async (source: string, options: ExportWords) =>
      finish(await (await import("./export.ts")).exportSource(context, source, options)),
    );
};
