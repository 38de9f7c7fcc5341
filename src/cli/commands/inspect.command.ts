import type { Declaration } from "../declare.ts";
import { REFERENCE } from "../references.ts";
import type { InspectWords } from "./inspect.ts";

export const inspectCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("inspect", { en: "tell a model's stage, with the evidence", zh: "判断模型所处的阶段，并给出证据" })
    .argument("<reference...>", say(REFERENCE))
    .addOption(
      option("--probe", {
        en: "also load the model and measure what it does",
        zh: "同时加载模型，测量其实际行为",
      }),
    )
    .addOption(
      option("--online", {
        en: "look up on the hub whether the counterpart is there",
        zh: "在模型站上查找对应模型",
      }),
    )
    .action(async (references: string[], options: InspectWords) => {
      // The process that renders templates takes as long to start as the command to load.
      (await import("../../chat/rendering.ts")).prepareRendering();
      finish(await (await import("./inspect.ts")).inspectAll(context, references, options));
    });
};
