import { Command, type Help, type Option } from "commander";
import { LANGUAGES } from "../language.ts";
import { packageVersion } from "../version.ts";
import { chatCommand } from "./commands/chat.command.ts";
import { classifyCommand } from "./commands/classify.command.ts";
import { completeCommand } from "./commands/complete.command.ts";
import { conversationsCommand } from "./commands/conversations.command.ts";
import { convertCommand } from "./commands/convert.command.ts";
import { demoCommand } from "./commands/demo.command.ts";
import { doctorCommand } from "./commands/doctor.command.ts";
import { embedCommand } from "./commands/embed.command.ts";
import { exportCommand } from "./commands/export.command.ts";
import { inspectCommand } from "./commands/inspect.command.ts";
import { listCommand } from "./commands/list.command.ts";
import { memoryCommand } from "./commands/memory.command.ts";
import { mergeCommand } from "./commands/merge.command.ts";
import { nextCommand } from "./commands/next.command.ts";
import { pullCommand } from "./commands/pull.command.ts";
import { quantizeCommand } from "./commands/quantize.command.ts";
import { recommendCommand } from "./commands/recommend.command.ts";
import { rerankCommand } from "./commands/rerank.command.ts";
import { rmCommand } from "./commands/rm.command.ts";
import { runsCommand } from "./commands/runs.command.ts";
import { scoreCommand } from "./commands/score.command.ts";
import { trainCommand } from "./commands/train.command.ts";
import type { Context } from "./context.ts";
import { type Declaration, declareFor } from "./declare.ts";

/** Every command, in the order of the help. */
const COMMANDS: readonly Declaration[] = [
  demoCommand,
  inspectCommand,
  doctorCommand,
  recommendCommand,
  listCommand,
  pullCommand,
  rmCommand,
  completeCommand,
  nextCommand,
  scoreCommand,
  chatCommand,
  conversationsCommand,
  memoryCommand,
  embedCommand,
  rerankCommand,
  classifyCommand,
  convertCommand,
  quantizeCommand,
  trainCommand,
  runsCommand,
  mergeCommand,
  exportCommand,
];

/** Titles of commander's help. */
const TITLES: Readonly<Record<string, string>> = {
  "Usage:": "用法：",
  "Arguments:": "参数：",
  "Options:": "选项：",
  "Global Options:": "全局选项：",
  "Commands:": "命令：",
};

/** The whole command line: what holds for every command, and the commands. */
export function programOf(context: Context, finish: (exitCode: number) => void): Command {
  const { say, language } = context;
  const program = new Command("basewise");
  const declare = declareFor(program, context, finish);
  const { option } = declare;
  program
    .description(
      say({
        en: "Knows what stage of training a language model is at (base, instruct, …), proves it, and acts on it.",
        zh: "识别并证明语言模型处于哪个训练阶段（基座、指令等），并据此使用它。",
      }),
    )
    .usage(say({ en: "[command] [options]", zh: "[命令] [选项]" }))
    .version(packageVersion(), "-V, --version", say({ en: "print the version", zh: "显示版本" }))
    .helpOption("-h, --help", say({ en: "print help", zh: "显示帮助" }))
    .helpCommand("help [command]", say({ en: "print the help of a command", zh: "显示某个命令的帮助" }))
    .addOption(
      option("--lang <language>", { en: "language: en or zh", zh: "语言：en 或 zh" }).choices([...LANGUAGES]),
    )
    .addOption(option("--json", { en: "results as JSON", zh: "以 JSON 输出结果" }))
    .addOption(option("--offline", { en: "leave the network alone", zh: "不访问网络" }))
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: (one) => one.description,
      styleTitle: (title) => context.out.paint.bold(language === "zh" ? (TITLES[title] ?? title) : title),
      visibleGlobalOptions: globalOptions,
    })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  for (const declareCommand of COMMANDS) declareCommand(declare);
  return program;
}

/** The version stands among the global options but says nothing inside a command. */
function globalOptions(this: Help, command: Command): Option[] {
  const parents: Command[] = [];
  for (let one = command.parent; one !== null; one = one.parent) parents.push(one);
  return parents.flatMap(({ options }) => options).filter((one) => one.long !== "--version");
}
