import { readFileSync } from "node:fs";
import { Command, type Help, InvalidArgumentError, Option } from "commander";
import { CONVERT_TYPES, type ConvertType, QUANTIZE_TYPES, type QuantizeType } from "../convert/types.ts";
import { LANGUAGES, type Text } from "../language.ts";
import type { RecommendOptions } from "../model/recommend.ts";
import { USES, type Use } from "../stage/stage.ts";
import { bytesOf } from "./bytes.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { Context } from "./context.ts";

/** How a reference may be written; the same in every command. */
const REFERENCE: Text = {
  en: "a .gguf file or folder, owner/name[:quant], modelscope:owner/name, ollama:name, an address, mini-base or mini-instruct",
  zh: ".gguf 文件或文件夹、owner/name[:quant]、modelscope:owner/name、ollama:name、网址、mini-base 或 mini-instruct",
};

/** How a model on a hub may be written. */
const REMOTE: Text = {
  en: "owner/name[:quant][@revision], modelscope:owner/name, ollama:name[:tag], or an address",
  zh: "owner/name[:quant][@revision]、modelscope:owner/name、ollama:name[:tag] 或网址",
};

/** Titles of commander's help. */
const TITLES: Readonly<Record<string, string>> = {
  "Usage:": "用法：",
  "Arguments:": "参数：",
  "Options:": "选项：",
  "Global Options:": "全局选项：",
  "Commands:": "命令：",
};

/**
 * Every command with its arguments, options and help. What a command does is imported only when it runs, so that
 * help is quick.
 */
export function programOf(context: Context, finish: (exitCode: number) => void): Command {
  const { say, language } = context;
  const option = (flags: string, text: Text): Option => new Option(flags, say(text));
  const count = (text: string): number => wholeNumber(text, 1, say);
  const sampling = [
    option("--max-tokens <n>", { en: "write at most so many tokens", zh: "最多生成多少个词元" }).argParser(
      count,
    ),
    option("--temperature <t>", {
      en: "0 always takes the most likely token; higher is freer",
      zh: "0 表示总取最可能的词元；越大越随机",
    }).argParser((text) => temperature(text, say)),
    option("--seed <n>", {
      en: "the same seed gives the same text",
      zh: "相同的种子得到相同的文本",
    }).argParser((text) => wholeNumber(text, 0, say)),
  ];

  const program = new Command("basewise")
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

  program
    .command("demo")
    .description(
      say({
        en: "see base and instruct side by side; runs without a command too",
        zh: "并排演示基座与指令的区别；不带命令时也运行它",
      }),
    )
    .action(async () => finish(await (await import("./commands/demo.ts")).demo(context)));

  program
    .command("inspect")
    .description(say({ en: "tell a model's stage, with the evidence", zh: "判断模型所处的阶段，并给出证据" }))
    .argument("<reference...>", say(REFERENCE))
    .addOption(
      option("--probe", {
        en: "also load the model and measure what it does",
        zh: "同时加载模型，测量其实际行为",
      }),
    )
    .action(async (references: string[], options: { probe?: true }) => {
      // The process that renders templates takes as long to start as the command to load.
      (await import("../chat/rendering.ts")).prepareRendering();
      finish(await (await import("./commands/inspect.ts")).inspectAll(context, references, options));
    });

  program
    .command("doctor")
    .description(
      say({ en: "name the cause of abnormal output, and the fix", zh: "找出异常输出的原因及修复方法" }),
    )
    .argument("[reference]", say(REFERENCE))
    .addOption(
      option("--transcript <file>", {
        en: "a conversation: messages as JSON or JSONL, a request with its response, ShareGPT, or text with turns",
        zh: "对话：JSON 或 JSONL 消息、请求及其响应、ShareGPT，或带轮次的文本",
      }),
    )
    .addOption(
      option("--output <file>", {
        en: "what came out: text, an error message, a server's response, token ids, vectors or scores",
        zh: "输出：文本、错误消息、服务器响应、词元编号、向量或分数",
      }),
    )
    .addOption(
      option("--prompt <file>", {
        en: "the prompt as it was sent: text or token ids",
        zh: "实际发送的提示：文本或词元编号",
      }),
    )
    .addOption(
      option("--training-config <file>", {
        en: "a configuration of LLaMA-Factory, axolotl, TRL or basewise",
        zh: "LLaMA-Factory、axolotl、TRL 或 basewise 的训练配置",
      }),
    )
    .addOption(
      option("--training-data <file>", {
        en: "prepared examples (input_ids, labels) or conversations",
        zh: "已处理的样例（input_ids、labels）或对话",
      }),
    )
    .addOption(option("--parent <reference>", { en: "the model it was made from", zh: "制作它所用的父模型" }))
    .addOption(
      option("--server <url>", {
        en: "a running llama-server, Ollama, vLLM or OpenAI-compatible server",
        zh: "正在运行的 llama-server、Ollama、vLLM 或兼容 OpenAI 的服务器",
      }),
    )
    .addOption(
      option("--probe", {
        en: "also load the model and measure what it does",
        zh: "同时加载模型，测量其实际行为",
      }),
    )
    .action(async (reference: string | undefined, options: DoctorOptions) =>
      finish(await (await import("./commands/doctor.ts")).doctor(context, reference, options)),
    );

  program
    .command("recommend")
    .description(
      say({
        en: "which model to take for a use on this machine, and why",
        zh: "在本机上为某一用途该选用哪个模型，以及理由",
      }),
    )
    .addOption(
      option("--use <use>", { en: "what it is for", zh: "用途" })
        .choices([...USES])
        .default("chat"),
    )
    .addOption(
      option("--memory <size>", {
        en: "what the model may take, such as 8GiB; what is free here if left out",
        zh: "模型可用的内存，如 8GiB；省略时取本机空闲内存",
      }).argParser((text) => memorySize(text, say)),
    )
    .addOption(
      option("--context <n>", { en: "tokens that it must hold at once", zh: "需同时容纳的词元数" }).argParser(
        count,
      ),
    )
    .addOption(
      option("--language <code>", {
        en: "a language that it must know, such as zh",
        zh: "模型必须掌握的语言，如 zh",
      }).argParser((text) => languageCode(text, say)),
    )
    .addOption(
      option("--licence <kind>", {
        en: "how free it must be; conditions leaves out research-only models",
        zh: "许可证的宽松程度；conditions 会排除仅限研究的模型",
      })
        .choices(["permissive", "conditions", "any"])
        .default("any"),
    )
    .addOption(
      option("--online", {
        en: "ask the hub whether they are there, in which packings and under which licence",
        zh: "向模型站核实其是否存在、有哪些量化及许可证",
      }),
    )
    .action(async (options: RecommendWords) =>
      finish(await (await import("./commands/recommend.ts")).printRecommendations(context, wishOf(options))),
    );

  program
    .command("list")
    .description(
      say({ en: "list every model on this machine, with its stage", zh: "列出本机上的所有模型及其阶段" }),
    )
    .argument(
      "[folder...]",
      say({ en: "folders with GGUF files, beside the usual places", zh: "除常用位置外，还要查看的文件夹" }),
    )
    .action(async (folders: string[]) =>
      finish(await (await import("./commands/list.ts")).listAll(context, folders)),
    );

  program
    .command("pull")
    .description(
      say({
        en: "download a model, checked; goes on where it was stopped",
        zh: "下载模型并校验；可从中断处继续",
      }),
    )
    .argument("<reference>", say(REMOTE))
    .addOption(
      option("--quant <name>", {
        en: "which quantisation or file, such as Q4_K_M",
        zh: "哪种量化或哪个文件，例如 Q4_K_M",
      }),
    )
    .action(async (reference: string, options: { quant?: string }) =>
      finish(await (await import("./commands/pull.ts")).pullModel(context, reference, options)),
    );

  program
    .command("rm")
    .description(say({ en: "remove a downloaded model", zh: "删除已下载的模型" }))
    .argument("<reference>", say(REMOTE))
    .addOption(option("--yes", { en: "do not ask", zh: "不再询问" }))
    .action(async (reference: string, options: { yes?: true }) =>
      finish(await (await import("./commands/rm.ts")).removeModel(context, reference, options)),
    );

  const complete = program
    .command("complete")
    .description(say({ en: "let a model continue a text", zh: "让模型续写一段文本" }))
    .argument("<reference>", say(REFERENCE))
    .argument("[text]", say({ en: "the text; read from the pipe if left out", zh: "文本；省略时从管道读取" }))
    .action(async (reference: string, text: string | undefined, options: SamplingOptions) =>
      finish(await (await import("./commands/complete.ts")).complete(context, reference, text, options)),
    );

  program
    .command("next")
    .description(
      say({ en: "show the most likely next tokens of a text", zh: "显示一段文本最可能的下一个词元" }),
    )
    .argument("<reference>", say(REFERENCE))
    .argument("<text>", say({ en: "the text", zh: "文本" }))
    .addOption(
      option("--top <n>", { en: "how many tokens to show", zh: "显示多少个词元" })
        .argParser(count)
        .default(10),
    )
    .action(async (reference: string, text: string, options: { top: number }) =>
      finish(await (await import("./commands/next.ts")).next(context, reference, text, options)),
    );

  const chat = program
    .command("chat")
    .description(say({ en: "talk with a model that was trained for it", zh: "与受过对话训练的模型交谈" }))
    .argument("<reference>", say(REFERENCE))
    .addOption(
      option("--message <text>", {
        en: "a turn of yours; give it again for the next turn",
        zh: "你说的一轮话；可多次给出，依次作为各轮",
      }).argParser((text, before: string[] = []) => [...before, text]),
    )
    .addOption(option("--system <text>", { en: "the system message", zh: "系统消息" }))
    .addOption(
      option("--force", {
        en: "go ahead with a model that is not for chat; every reply says so",
        zh: "即使模型不适合对话也继续；每次回复都会注明",
      }),
    )
    .action(async (reference: string, options: ChatOptions) =>
      finish(await (await import("./commands/chat.ts")).chat(context, reference, options)),
    );

  for (const one of sampling) {
    complete.addOption(one);
    chat.addOption(one);
  }

  const written = [
    option("--output <file>", { en: "the file to write", zh: "要写入的文件" }),
    option("--force", { en: "replace a file that exists already", zh: "覆盖已存在的文件" }),
  ];
  const convert = program
    .command("convert")
    .description(
      say({
        en: "make a GGUF file of a model in safetensors (qwen2, qwen3, llama)",
        zh: "把 safetensors 模型（qwen2、qwen3、llama）转换为 GGUF 文件",
      }),
    )
    .argument("<reference>", say({ en: "a folder with a model", zh: "含有模型的文件夹" }))
    .addOption(
      option("--type <type>", {
        en: "what weights are kept as: f32, f16, bf16, q8_0; as they are if left out",
        zh: "权重的类型：f32、f16、bf16、q8_0；省略时保持原样",
      }).choices(CONVERT_TYPES),
    )
    .action(async (reference: string, options: ConvertChoices) =>
      finish(await (await import("./commands/convert.ts")).convertFolder(context, reference, options)),
    );

  const quantize = program
    .command("quantize")
    .description(say({ en: "make a smaller GGUF file of one", zh: "把 GGUF 文件量化为更小的文件" }))
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
        count,
      ),
    )
    .action(async (reference: string, options: QuantizeChoices) =>
      finish(await (await import("./commands/quantize.ts")).quantizeModel(context, reference, options)),
    );

  for (const one of written) {
    convert.addOption(one);
    quantize.addOption(one);
  }

  program
    .command("train")
    .description(say({ en: "run a training recipe, or go on with it", zh: "运行训练配方，或从中断处继续" }))
    .argument("<recipe>", say({ en: "a YAML file", zh: "YAML 文件" }))
    .action(async (recipe: string) =>
      finish(await (await import("./commands/train.ts")).trainRecipe(context, recipe)),
    );

  return program;
}

/** How to sample, as the command line gives it. */
export interface SamplingOptions {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The options of `chat`. */
export interface ChatOptions extends SamplingOptions {
  readonly message?: readonly string[];
  readonly system?: string;
  readonly force?: true;
}

/** The options of `recommend`, as the command line gives them. */
interface RecommendWords {
  readonly use: Use;
  readonly memory?: number;
  readonly context?: number;
  readonly language?: string;
  readonly licence: "permissive" | "conditions" | "any";
  readonly online?: true;
}

function wishOf({ licence, ...rest }: RecommendWords): RecommendOptions {
  return licence === "any" ? rest : { ...rest, licence };
}

/** Where to write, as the command line gives it. */
interface OutputChoices {
  readonly output?: string;
  readonly force?: true;
}
/** The options of `convert` and of `quantize`. */
interface ConvertChoices extends OutputChoices {
  readonly type?: ConvertType;
}
interface QuantizeChoices extends OutputChoices {
  readonly type: QuantizeType;
  readonly threads?: number;
}

/** The version stands among the global options but says nothing inside a command. */
function globalOptions(this: Help, command: Command): Option[] {
  return (command.parent?.options ?? []).filter((one) => one.long !== "--version");
}

function wholeNumber(text: string, least: number, say: Context["say"]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(
    say({ en: `Give a whole number from ${least}.`, zh: `请给出不小于 ${least} 的整数。` }),
  );
}

function temperature(text: string, say: Context["say"]): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(say({ en: "Give a number from 0.", zh: "请给出不小于 0 的数。" }));
}

function memorySize(text: string, say: Context["say"]): number {
  const bytes = bytesOf(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError(
    say({ en: "Give a size with its unit, such as 8GiB.", zh: "请给出带单位的大小，如 8GiB。" }),
  );
}

function languageCode(text: string, say: Context["say"]): string {
  if (/^[a-z]{2}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError(
    say({ en: "Give a code of two letters, such as zh.", zh: "请给出两个字母的代码，如 zh。" }),
  );
}

/** The package root is two levels up, from `src/cli` as from `dist/cli`. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return "?";
  return String(manifest.version);
}
