import { CONTEXT_POLICIES, type ContextPolicy } from "../../chat/context.ts";
import type { Declaration } from "../declare.ts";
import { draftOption, type EngineOptions, engineOptions } from "../engine-options.ts";
import { REFERENCE } from "../references.ts";
import { type SamplingOptions, samplingOptions } from "../sampling.ts";
import { wholeNumber } from "../values.ts";

/** The options of `chat`. */
export interface ChatOptions extends SamplingOptions, EngineOptions {
  readonly message?: readonly string[];
  readonly system?: string;
  /** The name of a conversation to begin or to go on with. */
  readonly conversation?: string;
  /** The name of a conversation that is there, or the latest one. */
  readonly continue?: string | true;
  readonly contextPolicy?: ContextPolicy;
  /** The reference of the model that finds memories. */
  readonly embedder?: string;
  readonly force?: true;
  readonly inContext?: true;
  readonly thinking?: "on" | "off";
  readonly thinkingBudget?: number;
  /** A file of functions that the model may call. */
  readonly tools?: string;
}

export const chatCommand: Declaration = (declare) => {
  const { context, say, command, option, finish } = declare;
  const chat = command("chat", {
    en: "talk with a model that was trained for it",
    zh: "与受过对话训练的模型交谈",
  })
    .argument("<reference>", say(REFERENCE))
    .addOption(
      option("--message <text>", {
        en: "a turn of yours; give it again for the next turn",
        zh: "你说的一轮话；可多次给出，依次作为各轮",
      }).argParser((text, before: string[] = []) => [...before, text]),
    )
    .addOption(option("--system <text>", { en: "the system message", zh: "系统消息" }))
    .addOption(
      option("--conversation <name>", {
        en: "keep the conversation under this name, or go on with it",
        zh: "以此名称保存对话，或继续该对话",
      }),
    )
    .addOption(
      option("--continue [name]", {
        en: "go on with a kept conversation, the latest unless named",
        zh: "继续已保存的对话；不指定名称时为最近的一段",
      }),
    )
    .addOption(
      option("--context-policy <policy>", {
        en: "what becomes of turns that no longer fit: recent leaves the oldest out, summarize has the model sum them up, refuse ends with an error",
        zh: "超出上下文的轮次如何处理：recent 略去最早的，summarize 由模型总结，refuse 报错",
      }).choices([...CONTEXT_POLICIES]),
    )
    .addOption(
      option("--embedder <reference>", {
        en: "the embedding model that finds memories by their meaning; BASEWISE_EMBEDDER, else by their words, if left out",
        zh: "按含义查找记忆的嵌入模型；省略时取 BASEWISE_EMBEDDER，否则按词语查找",
      }),
    )
    .addOption(
      option("--force", {
        en: "go ahead with a model that is not for chat; every reply says so",
        zh: "即使模型不适合对话也继续；每次回复都会注明",
      }),
    )
    .addOption(
      option("--in-context", {
        en: "let a base model imitate a chat by an example of one; every reply says so",
        zh: "让基座模型仿照示例进行对话；每次回复都会注明",
      }),
    )
    .addOption(
      option("--thinking <switch>", {
        en: "whether a hybrid model thinks first; as its template does by itself unless stated",
        zh: "混合模型是否先思考；不指定时由其模板决定",
      }).choices(["on", "off"]),
    )
    .addOption(
      option("--thinking-budget <n>", {
        en: "end the thought at so many tokens, and have it answer",
        zh: "思考达到这么多词元时结束，转入回答",
      }).argParser(wholeNumber(say, 0)),
    )
    .addOption(
      option("--tools <file>", {
        en: "functions that the model may call (JSON); what is said next is the result of its call",
        zh: "模型可以调用的函数（JSON）；其后所说的话作为调用的结果",
      }),
    )
    .action(async (reference: string, options: ChatOptions) =>
      finish(await (await import("./chat.ts")).chat(context, reference, options)),
    );
  const options = [...samplingOptions(declare), ...engineOptions(declare), draftOption(declare)];
  for (const one of options) chat.addOption(one);
};
