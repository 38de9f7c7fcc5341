import type { Declaration } from "../declare.ts";

export const trainCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("train", { en: "run a training recipe, or go on with it", zh: "运行训练配方，或从中断处继续" })
    .argument("<recipe>", say({ en: "a YAML file", zh: "YAML 文件" }))
    .addOption(
      option("--check", {
        en: "read and lay out everything, say what would be learned and what is wrong, and train nothing",
        zh: "读取并编排全部数据，说明将学习什么、有何问题，但不训练",
      }),
    )
    .action(async (recipe: string, { check }: { readonly check?: true }) => {
      const { trainAny } = await import("./train.ts");
      finish(await trainAny(context, recipe, check === true));
    });
};
