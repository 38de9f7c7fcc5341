import type { Declaration } from "../declare.ts";

const NAME = { en: "the name of a run or its folder", zh: "训练的名称或文件夹" };

export const runsCommand: Declaration = ({ context, say, command, option, finish }) => {
  const runs = command("runs", { en: "list and plot what was trained", zh: "列出训练并绘制曲线" });
  const actions = () => import("./runs.ts");

  runs
    .command("list", { isDefault: true })
    .description(say({ en: "list them, the last started first", zh: "列出训练，最近开始的在前" }))
    .argument(
      "[folder...]",
      say({
        en: "where to look; wherever this machine trained, if left out",
        zh: "查找的文件夹；默认为本机所有训练",
      }),
    )
    .action(async (folders: string[]) => finish(await (await actions()).listAllRuns(context, folders)));

  runs
    .command("show")
    .description(say({ en: "show how one went", zh: "显示一次训练的过程" }))
    .argument("<name>", say(NAME))
    .action(async (name: string) => finish(await (await actions()).showRun(context, name)));

  runs
    .command("plot")
    .description(say({ en: "plot the losses of some together", zh: "在一张图中绘制多次训练的损失" }))
    .argument("<name...>", say(NAME))
    .addOption(
      option("--html <file>", {
        en: "write the curves into one HTML file, which needs nothing else",
        zh: "将曲线写入一个独立的 HTML 文件",
      }),
    )
    .addOption(option("--force", { en: "replace a file that exists already", zh: "覆盖已存在的文件" }))
    .action(async (names: string[], options: { html?: string; force?: true }) =>
      finish(await (await actions()).plotRuns(context, names, options)),
    );
};
