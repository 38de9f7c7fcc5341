import type { Declaration } from "../declare.ts";

export const listCommand: Declaration = ({ context, say, command, finish }) => {
  command("list", {
    en: "list every model on this machine, with its stage",
    zh: "列出本机上的所有模型及其阶段",
  })
    .argument(
      "[folder...]",
      say({ en: "folders with GGUF files, beside the usual places", zh: "除常用位置外，还要查看的文件夹" }),
    )
    .action(async (folders: string[]) => finish(await (await import("./list.ts")).listAll(context, folders)));
};
