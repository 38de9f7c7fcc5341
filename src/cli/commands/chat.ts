import type { Message } from "../../chat/conversation.ts";
import { ConversationStore } from "../../chat/store/store.ts";
import { replyMessage, toolResult, waitingCalls } from "../../chat/tools/tool.ts";
import { EXIT } from "../../errors.ts";
import type { ChatOptions as ReplyOptions } from "../../model/chat-model.ts";
import { callLines } from "../calls.ts";
import { openEmbedder } from "../chat/embedder.ts";
import { namedConversation, printUnproven, Session } from "../chat/session.ts";
import { converse } from "../chat/terminal.ts";
import type { Context } from "../context.ts";
import { replyOptions } from "../generate-options.ts";
import { jsonLine } from "../json.ts";
import { likelihoodLines } from "../likelihoods.ts";
import { modelText } from "../model-text.ts";
import { pipedText } from "../piped-text.ts";
import { printSummary, warningLines } from "../summary.ts";
import { type Talker, talkerOf } from "../talker.ts";
import { UsageError } from "../usage.ts";
import { whileReading } from "../waiting.ts";
import type { ChatOptions } from "./chat.command.ts";

/** What is said to one model. */
interface Talk extends Talker {
  readonly context: Context;
  readonly settings: ReplyOptions;
}

/**
 * Talks with a model: the given messages turn by turn, else what is typed on a terminal, else what is piped in. What is
 * typed is kept, and what a script says where it names the conversation.
 */
export async function chat(context: Context, reference: string, options: ChatOptions): Promise<number> {
  const settings = replyOptions(options);
  const { message, system, conversation } = options;
  if (conversation !== undefined && options.continue !== undefined) throw twoNames();
  const isTyped = message === undefined && process.stdin.isTTY;
  const isKept = isTyped || conversation !== undefined || options.continue !== undefined;
  if (options.embedder !== undefined && !isKept) throw notKept();
  // What is wrong with the conversations is said before a model is loaded.
  using store = isKept ? new ConversationStore() : undefined;
  const name = store && namedConversation(store, options);
  if (options.continue === true && name === undefined) {
    const none = {
      en: "No conversation is kept yet; a new one begins.",
      zh: "还没有保存的对话；开始新对话。",
    };
    context.err.line(context.err.paint.dim(context.say(none)));
  }
  await using embedder = isKept ? await openEmbedder(context, options.embedder) : undefined;
  const talker = await talkerOf(reference, options);
  await using _model = talker.model;
  if (store !== undefined) {
    const session = new Session(context, talker, options, { store, name, embedder });
    if (isTyped) return await converse(session);
    for (const content of message ?? [await pipedText()]) {
      printMessage(context, content);
      await session.say(content);
    }
    return EXIT.done;
  }
  const talk: Talk = { context, settings, ...talker };
  const messages: Message[] = system === undefined ? [] : [{ role: "system", content: system }];
  for (const content of message ?? [await pipedText()]) {
    printMessage(context, content);
    await reply(talk, messages, content);
  }
  return EXIT.done;
}

function printMessage({ out, json }: Context, content: string): void {
  if (out.isTerminal && !json) out.line(out.paint.dim(`› ${content}`));
}

/** Writes the reply to a message, and adds both to the conversation. */
async function reply(
  { context, model, speaker, settings }: Talk,
  messages: Message[],
  content: string,
): Promise<void> {
  const { out, json, language } = context;
  const [call, ...otherCalls] = waitingCalls(messages);
  messages.push(call === undefined ? { role: "user", content } : toolResult(call, content));
  if (otherCalls.length > 0) return;
  const generation = speaker.chat(messages, settings);
  if (!json) {
    printUnproven(context, model);
    for await (const piece of whileReading(context, generation)) out.write(modelText(piece, out));
    out.line();
  }
  const result = await generation.result;
  const { toolCalls = [], thinking = null } = result;
  messages.push(replyMessage({ text: result.text, thinking, toolCalls }));
  if (json) return out.line(jsonLine({ reference: model.reference, message: content, ...result }, language));
  const calls = toolCalls.flatMap((one) => callLines(context, one));
  for (const line of [...calls, ...likelihoodLines(out, result), ...warningLines(context, result.warnings)])
    out.line(line);
  printSummary(context, result);
}

function notKept(): UsageError {
  return new UsageError({
    en: "--embedder finds memories, which only a conversation that is kept is told; name it with --conversation.",
    zh: "--embedder 用于查找记忆，而只有保存的对话才会用到记忆；请用 --conversation 命名对话。",
  });
}

function twoNames(): UsageError {
  return new UsageError({
    en: "--conversation and --continue both name a conversation; give one of them.",
    zh: "--conversation 与 --continue 都指定对话；请只给出其中一个。",
  });
}
