import type { Speaker } from "../model/conversation.ts";
import { type ChatModel, type CompletingModel, open } from "../model/open.ts";
import type { ChatOptions } from "./commands/chat.command.ts";
import { type EngineOptions, engineOf } from "./engine-options.ts";
import { UsageError } from "./usage.ts";

/** A model that answers, however it does. */
export interface Talker {
  readonly model: ChatModel | CompletingModel;
  readonly speaker: Speaker;
}

/** Opens a model to talk with: one for chat, or with `--in-context` a base that imitates a chat. */
export async function talkerOf(
  reference: string,
  {
    force,
    inContext,
    ...options
  }: Pick<ChatOptions, "force" | "inContext" | "thinking" | "thinkingBudget" | "tools"> & EngineOptions,
): Promise<Talker> {
  if (inContext !== true) {
    const model = await open(reference, { for: "chat", force: force === true, engine: engineOf(options) });
    return { model, speaker: model };
  }
  if (force === true) throw forcedInContext();
  if (options.thinking !== undefined || options.thinkingBudget !== undefined || options.tools !== undefined)
    throw thinksInContext();
  const model = await open(reference, { for: "complete", engine: engineOf(options) });
  if (model.stage === "base" || model.stage === null) {
    return {
      model,
      speaker: {
        reference: model.reference,
        contextSize: model.contextSize,
        countTokens: (messages) => model.countTokensInContext(messages),
        chat: (messages, options) => model.chatInContext(messages, options),
      },
    };
  }
  await model[Symbol.asyncDispose]();
  throw notForImitation();
}

function forcedInContext(): UsageError {
  return new UsageError({
    en: "--force and --in-context cannot be used together: one uses the model's chat template, the other none.",
    zh: "--force 与 --in-context 不能同时使用：前者使用模型的对话模板，后者不使用。",
  });
}

function thinksInContext(): UsageError {
  return new UsageError({
    en: "--thinking, --thinking-budget and --tools are for models that were trained for them, and with --in-context a base imitates a plain chat; leave them out.",
    zh: "--thinking、--thinking-budget 与 --tools 用于受过相应训练的模型，而 --in-context 让基座模型模仿普通对话；请去掉它们。",
  });
}

function notForImitation(): UsageError {
  return new UsageError({
    en: "--in-context is for base models, and this is none; leave it out.",
    zh: "--in-context 用于基座模型，而该模型不是；请去掉此选项。",
  });
}
