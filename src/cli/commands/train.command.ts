import type { Declaration } from "../declare.ts";

export const trainCommand: Declaration = ({ context, say, command, finish }) => {
  command("train", { en: "run a training recipe, or go on with it", zh: "运行训练配方，或从中断处继续" })
    .argument("<recipe>", say({ en: "a YAML file", zh: "YAML 文件" }))
    .action(async (recipe: string) => finish(await (await import("./train.ts")).trainAny(context, recipe)));
};
