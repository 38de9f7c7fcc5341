import type { ContextPolicy } from "../../chat/context.ts";
import type { Recall } from "../../chat/memory.ts";
import type { ConversationStore } from "../../chat/store/store.ts";
import { UnprovenChatModel } from "../../model/chat-model.ts";
import { Conversation, type ConversationReply, type Speaker } from "../../model/conversation.ts";
import type { EmbeddingModel } from "../../model/embedding-model.ts";
import type { Generation } from "../../model/generation.ts";
import { recallByMeaning } from "../../model/memory-embedder.ts";
import { printable } from "../../printable.ts";
import { callLines } from "../calls.ts";
import type { ChatOptions } from "../commands/chat.command.ts";
import type { Context } from "../context.ts";
import { replyOptions, type ThinkingOptions } from "../generate-options.ts";
import { jsonLine } from "../json.ts";
import { beside } from "../layout.ts";
import { modelText } from "../model-text.ts";
import { printSummary, warningLines } from "../summary.ts";
import type { Talker } from "../talker.ts";
import { stageWords } from "../verdict.ts";
import { whileReading } from "../waiting.ts";
import { LiveMarkdown } from "./live-markdown.ts";

/** What a session keeps, and how. */
export interface Kept {
  readonly store: ConversationStore;
  /** The conversation to go on with, or how to call a new one. */
  readonly name: string | undefined;
  /** Finds memories by their meaning. */
  readonly embedder: EmbeddingModel | undefined;
}

/** The conversation that the options name. Throws NoConversationError where one that is to be gone on with is not there. */
export function namedConversation(
  { conversations }: ConversationStore,
  options: Pick<ChatOptions, "continue" | "conversation">,
): string | undefined {
  const name = options.continue === true ? conversations.latest()?.name : options.continue;
  if (name !== undefined) conversations.get(name);
  return name ?? options.conversation;
}

/** A conversation with one model on the command line, and how its replies are shown. */
export class Session {
  readonly context: Context;
  readonly model: Talker["model"];
  readonly options: ChatOptions;
  /** The reference of the model that finds memories. */
  readonly embedder: string | undefined;
  readonly store: ConversationStore;
  conversation: Conversation;
  /** How the next replies are thought about; `/think` changes it. */
  thinking: ThinkingOptions;
  readonly #speaker: Speaker;
  readonly #recall: Recall | undefined;
  /** How the last reply was drawn; what stays the same is not said again. */
  #drawn = "";

  constructor(context: Context, { model, speaker }: Talker, options: ChatOptions, kept: Kept) {
    this.context = context;
    this.model = model;
    this.#speaker = speaker;
    this.options = options;
    this.thinking = thinkingOf(options);
    this.store = kept.store;
    this.embedder = kept.embedder?.reference;
    this.#recall = kept.embedder && recallByMeaning(kept.embedder, kept.store);
    this.conversation = this.newConversation(kept.name);
    if (options.system !== undefined) this.conversation.system = options.system;
  }

  newConversation(name?: string): Conversation {
    const policy: ContextPolicy | undefined = this.options.contextPolicy;
    return new Conversation(this.store, {
      ...(name === undefined ? {} : { name }),
      ...(policy === undefined ? {} : { policy }),
      ...(this.#recall === undefined ? {} : { recall: this.#recall }),
    });
  }

  /** Says something, or the result of a call that waits for one, and shows the reply as it comes. */
  async say(content: string, signal?: AbortSignal): Promise<void> {
    const { conversation } = this;
    if (conversation.waitingCalls.length === 0) {
      await this.#show(content, conversation.say(this.#speaker, content, this.#generate(signal)));
      return;
    }
    conversation.giveResult(content);
    if (conversation.waitingCalls.length === 0) await this.answer(signal);
    else printWaiting(this);
  }

  /** Lets the model reply to the last message. */
  async answer(signal?: AbortSignal): Promise<void> {
    const last = this.conversation.turns.at(-1)?.message.content ?? "";
    await this.#show(last, this.conversation.answer(this.#speaker, this.#generate(signal)));
  }

  #generate(signal: AbortSignal | undefined) {
    const { thinking: _, thinkingBudget: __, ...options } = this.options;
    return {
      ...replyOptions({ ...options, ...this.thinking }),
      ...(signal === undefined ? {} : { signal }),
    };
  }

  async #show(message: string, generation: Generation<ConversationReply>): Promise<void> {
    const { context, model } = this;
    const { out, json, language } = context;
    if (json) {
      const result = await generation.result;
      out.line(jsonLine({ reference: model.reference, message, ...result }, language));
      return;
    }
    printUnproven(context, model);
    if (out.isTerminal) {
      await draw(context, generation);
    } else {
      for await (const piece of whileReading(context, generation)) out.write(modelText(piece, out));
      out.line();
    }
    const result = await generation.result;
    for (const line of result.toolCalls?.flatMap((call) => callLines(context, call)) ?? []) out.line(line);
    for (const line of warningLines(context, result.warnings)) out.line(line);
    printReport(context, result);
    this.#drawn = printSummary(context, result, this.#drawn);
    printWaiting(this);
  }
}

/** Draws a reply as it comes, and before it, faintly, what is thought. */
async function draw(context: Context, generation: Generation<ConversationReply>): Promise<void> {
  const { out, err } = context;
  const drawn = new LiveMarkdown(out);
  let isThinking = false;
  try {
    for await (const { channel, text } of whileReading(context, generation.parts())) {
      const shown = modelText(text, out);
      if (channel === "thinking") {
        isThinking = true;
        if (err.isTerminal) err.write(err.paint.dim(shown));
        continue;
      }
      if (isThinking && err.isTerminal) err.write("\n\n");
      isThinking = false;
      drawn.add(shown);
    }
    if (isThinking && err.isTerminal) err.line();
  } finally {
    drawn.end();
  }
}

function thinkingOf({ thinking, thinkingBudget }: ThinkingOptions): ThinkingOptions {
  return {
    ...(thinking === undefined ? {} : { thinking }),
    ...(thinkingBudget === undefined ? {} : { thinkingBudget }),
  };
}

/** Says what the next words are, where the model has called a tool. */
export function printWaiting({ context: { err, say }, conversation }: Session): void {
  const [call] = conversation.waitingCalls;
  if (call === undefined) return;
  const name = printable(call.name ?? "?", 80);
  const notice = {
    en: `What you say next is the result of ${name}.`,
    zh: `接下来输入的内容将作为 ${name} 的结果。`,
  };
  err.line(err.paint.dim(say(notice)));
}

/** Says before a reply that the model is not known for chat. */
export function printUnproven(context: Context, model: Talker["model"]): void {
  if (!(model instanceof UnprovenChatModel)) return;
  const { out, say } = context;
  const stage = stageWords(context, model.stage);
  const notice = {
    en: `${model.reference} is ${stage}; this chat goes ahead all the same.`,
    zh: `${model.reference} 是${stage}；对话仍然继续。`,
  };
  out.line(out.paint.yellow(`⚠ ${say(notice)}`));
}

/** What the model was told beside the turns, and what it was not told. */
function printReport({ err, say }: Context, { context, recalled, remembered }: ConversationReply): void {
  const notes: string[] = [];
  const quoted = (contents: readonly { readonly content: string }[]): string =>
    contents.map(({ content }) => `“${printable(content, 1000)}”`).join(say({ en: ", ", zh: "、" }));
  if (recalled.length > 0) {
    notes.push(say({ en: `Told from memory: ${quoted(recalled)}`, zh: `取自记忆：${quoted(recalled)}` }));
  }
  if (remembered.length > 0) {
    notes.push(say({ en: `Remembered: ${quoted(remembered)}`, zh: `已记住：${quoted(remembered)}` }));
  }
  const { leftOut, summarized, summary } = context;
  if (leftOut > 0) {
    notes.push(
      say({
        en: `${leftOut} earlier turns did not fit the context; the model did not see them.`,
        zh: `较早的 ${leftOut} 轮超出上下文，模型没有看到。`,
      }),
    );
  }
  if (summary !== null) {
    notes.push(
      say({
        en: `${summarized} earlier turns did not fit; the model saw its own summary: “${printable(summary, 2000)}”`,
        zh: `较早的 ${summarized} 轮超出上下文，模型看到的是它自己的总结：“${printable(summary, 2000)}”`,
      }),
    );
  }
  for (const note of notes) {
    for (const line of beside("· ", 2, note, err.width())) err.line(err.paint.dim(line));
  }
}
