import type { Declaration } from "../declare.ts";
import { REMOTE } from "../references.ts";

export const rmCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("rm", { en: "remove a downloaded model", zh: "删除已下载的模型" })
    .argument("<reference>", say(REMOTE))
    .addOption(option("--yes", { en: "do not ask", zh: "不再询问" }))
    .action(async (reference: string, options: { yes?: true }) =>
      finish(await (await import("./rm.ts")).removeModel(context, reference, options)),
    );
};
