import type { Declaration } from "../declare.ts";
import { REMOTE } from "../references.ts";

export const pullCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("pull", {
    en: "download a model, checked; goes on where it was stopped",
    zh: "下载模型并校验；可从中断处继续",
  })
    .argument("<reference>", say(REMOTE))
    .addOption(
      option("--quant <name>", {
        en: "which quantisation or file, such as Q4_K_M",
        zh: "哪种量化或哪个文件，例如 Q4_K_M",
      }),
    )
    .action(async (reference: string, options: { quant?: string }) =>
      finish(await (await import("./pull.ts")).pullModel(context, reference, options)),
    );
};
