import { CONVERT_TYPES, type ConvertType } from "../../convert/types.ts";
import type { Declaration } from "../declare.ts";
import { type OutputFileOptions, outputFileOptions } from "../output-file.ts";

interface ConvertOptions extends OutputFileOptions {
  readonly type?: ConvertType;
}

export const convertCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const convert = command("convert", {
    en: "make a GGUF file of a model in safetensors (qwen2, qwen3, llama)",
    zh: "把 safetensors 模型（qwen2、qwen3、llama）转换为 GGUF 文件",
  })
    .argument("<reference>", say({ en: "a folder with a model", zh: "含有模型的文件夹" }))
    .addOption(
      option("--type <type>", {
        en: "what weights are kept as: f32, f16, bf16, q8_0; as they are if left out",
        zh: "权重的类型：f32、f16、bf16、q8_0；省略时保持原样",
      }).choices(CONVERT_TYPES),
    )
    .action(async (reference: string, options: ConvertOptions) =>
      finish(await (await import("./convert.ts")).convertFolder(context, reference, options)),
    );
  for (const one of outputFileOptions(declare)) convert.addOption(one);
};
