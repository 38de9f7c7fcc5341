import { QUANTIZE_TYPES, type QuantizeType } from "../../convert/types.ts";
import type { Declaration } from "../declare.ts";
import { type OutputFileOptions, outputFileOptions } from "../output-file.ts";
import { wholeNumber } from "../values.ts";

interface QuantizeOptions extends OutputFileOptions {
  readonly type: QuantizeType;
  readonly threads?: number;
}

export const quantizeCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const quantize = command("quantize", {
    en: "make a smaller GGUF file of one",
    zh: "把 GGUF 文件量化为更小的文件",
  })
    .argument(
      "<reference>",
      say({ en: "a .gguf file in F32, F16 or BF16", zh: "F32、F16 或 BF16 的 .gguf 文件" }),
    )
    .addOption(
      option("--type <type>", {
        en: `what to quantise to: ${QUANTIZE_TYPES.join(", ")}`,
        zh: `量化类型：${QUANTIZE_TYPES.join("、")}`,
      })
        .choices(QUANTIZE_TYPES)
        .default("Q4_K_M"),
    )
    .addOption(
      option("--threads <n>", { en: "processor threads to use", zh: "使用多少个处理器线程" }).argParser(
        wholeNumber(say, 1),
      ),
    )
    .action(async (reference: string, options: QuantizeOptions) =>
      finish(await (await import("./quantize.ts")).quantizeModel(context, reference, options)),
    );
  for (const one of outputFileOptions(declare)) quantize.addOption(one);
};
