import { createInterface } from "node:readline";
import type { Message } from "../../chat/conversation.ts";
import { EXIT } from "../../errors.ts";
import { UnprovenChatModel } from "../../model/chat-model.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { modelText } from "../model-text.ts";
import { pipedText } from "../piped-text.ts";
import { generateOptions } from "../sampling.ts";
import { printSummary, warningLines } from "../summary.ts";
import { type Talker, talkerOf } from "../talker.ts";
import { stageWords } from "../verdict.ts";
import type { ChatOptions } from "./chat.command.ts";

/** What is said to one model. */
interface Talk extends Talker {
  readonly context: Context;
  readonly options: ChatOptions;
}

/** Talks with a model: the given messages turn by turn, else what is typed on a terminal, else what is piped in. */
export async function chat(context: Context, reference: string, options: ChatOptions): Promise<number> {
  const talker = await talkerOf(reference, options);
  await using _model = talker.model;
  const talk: Talk = { context, options, ...talker };
  const { message, system } = options;
  const messages: Message[] = system === undefined ? [] : [{ role: "system", content: system }];
  if (message === undefined && process.stdin.isTTY) return await converse(talk, messages);
  for (const content of message ?? [await pipedText()]) {
    if (context.out.isTerminal && !context.json) context.out.line(context.out.paint.dim(`› ${content}`));
    await reply(talk, messages, content);
  }
  return EXIT.done;
}

/** A conversation on the terminal until Ctrl-D or Ctrl-C. During a reply Ctrl-C ends only the reply. */
async function converse(talk: Talk, messages: Message[]): Promise<number> {
  const { context, model } = talk;
  const { err, say } = context;
  err.line(
    err.paint.dim(
      `${model.reference} · ${say({ en: "Ctrl-D ends the conversation", zh: "按 Ctrl-D 结束对话" })}`,
    ),
  );
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    prompt: err.paint.bold("› "),
  });
  let replying: AbortController | undefined;
  let isInterrupted = false;
  lines.on("SIGINT", () => {
    if (replying !== undefined) return replying.abort();
    isInterrupted = true;
    lines.close();
  });
  lines.prompt();
  for await (const content of lines) {
    if (content.trim() !== "") {
      replying = new AbortController();
      await reply(talk, messages, content, replying.signal);
      replying = undefined;
    }
    lines.prompt();
  }
  err.line();
  return isInterrupted ? EXIT.interrupted : EXIT.done;
}

/** Writes the reply to a message, and adds both to the conversation. */
async function reply(
  { context, model, answer, options }: Talk,
  messages: Message[],
  content: string,
  signal?: AbortSignal,
): Promise<void> {
  const { out, json, language, say } = context;
  messages.push({ role: "user", content });
  const generation = answer(messages, {
    ...generateOptions(options),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!json) {
    if (model instanceof UnprovenChatModel) {
      const stage = stageWords(context, model.stage);
      const notice = {
        en: `${model.reference} is ${stage}; this chat goes ahead all the same.`,
        zh: `${model.reference} 是${stage}；对话仍然继续。`,
      };
      out.line(out.paint.yellow(`⚠ ${say(notice)}`));
    }
    for await (const piece of generation) out.write(modelText(piece, out));
    out.line();
  }
  const result = await generation.result;
  messages.push({ role: "assistant", content: result.text });
  if (json) return out.line(jsonLine({ reference: model.reference, message: content, ...result }, language));
  for (const line of warningLines(context, result.warnings)) out.line(line);
  printSummary(context, result);
}
