import { EXPORT_FORMATS } from "../../chat/store/export.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { callLines } from "../calls.ts";
import { exportConversations, listConversations, searchConversations } from "../commands/conversations.ts";
import { addMemory, listMemories, removeMemories } from "../commands/memory.ts";
import { beside } from "../layout.ts";
import { UsageError } from "../usage.ts";
import { printWaiting, type Session } from "./session.ts";

/** What follows a slash command: the next prompt, a reply, a line to edit first, or the end. */
export type Next =
  | { readonly kind: "prompt" }
  | { readonly kind: "answer" }
  | { readonly kind: "edit"; readonly position: number; readonly text: string }
  | { readonly kind: "quit" };

interface SlashCommand {
  readonly name: string;
  readonly words: string;
  readonly does: Text;
  readonly run: (session: Session, words: string) => Next | Promise<Next>;
}

const PROMPT: Next = { kind: "prompt" };

const COMMANDS: readonly SlashCommand[] = [
  {
    name: "new",
    words: "[NAME]",
    does: { en: "begin another conversation", zh: "开始新对话" },
    run: (session, name) => {
      if (name !== "" && session.store.conversations.find(name) !== undefined) {
        throw new UsageError({
          en: `There is a conversation "${printable(name)}" already; /load it, or take another name.`,
          zh: `已有名为“${printable(name)}”的对话；请用 /load 打开，或换一个名称。`,
        });
      }
      session.conversation = session.newConversation(name === "" ? undefined : name);
      return told(session, { en: "A new conversation begins.", zh: "新对话开始。" });
    },
  },
  {
    name: "name",
    words: "NAME",
    does: { en: "name this conversation; it is kept either way", zh: "为本对话命名；无论是否命名都会保存" },
    run: (session, name) => {
      session.conversation.rename(required(name, "/name"));
      return told(session, { en: `It is called ${printable(name)} now.`, zh: `现名为 ${printable(name)}。` });
    },
  },
  {
    name: "list",
    words: "",
    does: { en: "list the conversations", zh: "列出所有对话" },
    run: ({ context }) => after(listConversations(context)),
  },
  {
    name: "load",
    words: "NAME",
    does: { en: "go on with another conversation", zh: "继续另一段对话" },
    run: (session, name) => {
      session.store.conversations.get(required(name, "/load"));
      session.conversation = session.newConversation(name);
      printWhere(session);
      return PROMPT;
    },
  },
  {
    name: "search",
    words: "WORDS",
    does: { en: "find what was said in any conversation", zh: "在所有对话中搜索" },
    run: ({ context }, words) => after(searchConversations(context, [required(words, "/search")])),
  },
  {
    name: "branch",
    words: "[NAME]",
    does: { en: "go on in a copy, and leave this one as it is", zh: "在副本中继续，原对话保持不变" },
    run: (session, name) => {
      const branch = session.conversation.branch(name === "" ? {} : { name });
      return told(session, {
        en: `This goes on as ${printable(branch.name)}.`,
        zh: `此处作为 ${printable(branch.name)} 继续。`,
      });
    },
  },
  {
    name: "edit",
    words: "[N]",
    does: {
      en: "change your last message, or turn N, and have it answered anew",
      zh: "修改你的上一条消息或第 N 轮，并重新回复",
    },
    run: ({ conversation }, words) => {
      const position = words === "" ? undefined : Number(words);
      const turn = conversation.turns.findLast(
        (one) => one.message.role === "user" && (position === undefined || one.position === position),
      );
      if (turn !== undefined) return { kind: "edit", position: turn.position, text: turn.message.content };
      throw new UsageError({
        en: "There is no such message of yours in this conversation.",
        zh: "本对话中没有这样一条你的消息。",
      });
    },
  },
  {
    name: "retry",
    words: "",
    does: { en: "have the last message answered anew", zh: "重新回复上一条消息" },
    run: ({ conversation }) => {
      const turns = conversation.turns;
      const last = turns.findLast(({ message }) => message.role === "user");
      // As it was, it is kept as a branch; a message without a reply has nothing to keep.
      if (last !== undefined && last !== turns.at(-1)) conversation.edit(last.position, last.message.content);
      return { kind: "answer" };
    },
  },
  {
    name: "system",
    words: "[TEXT]",
    does: { en: "set the system message, or show it", zh: "设置或查看系统消息" },
    run: (session, text) => {
      const { conversation, context } = session;
      if (text !== "") conversation.system = text;
      const shown =
        conversation.system === "" ? context.say({ en: "(none)", zh: "（无）" }) : conversation.system;
      for (const line of beside("", 0, printable(shown, 2000), context.err.width())) context.err.line(line);
      return PROMPT;
    },
  },
  {
    name: "think",
    words: "[on|off|auto|N]",
    does: {
      en: "think first or not, at most N tokens; auto leaves it to the model",
      zh: "是否先思考，至多 N 个词元；auto 交给模型决定",
    },
    run: (session, words) => {
      if (words === "auto") session.thinking = {};
      else if (words === "on" || words === "off") session.thinking = { ...session.thinking, thinking: words };
      else if (/^\d{1,9}$/.test(words))
        session.thinking = { ...session.thinking, thinkingBudget: Number(words) };
      else if (words !== "") throw wrongWords("/think [on|off|auto|N]");
      const { thinking = "auto", thinkingBudget } = session.thinking;
      const budget = thinkingBudget === undefined ? "" : ` · ${thinkingBudget}`;
      return told(session, { en: `Thinking: ${thinking}${budget}`, zh: `思考：${thinking}${budget}` });
    },
  },
  {
    name: "memory",
    words: "[add TEXT | rm N]",
    does: { en: "show what is remembered of you, add to it or forget", zh: "查看、添加或忘记关于你的记忆" },
    run: ({ context }, words) => {
      const [, verb, rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
      if (verb === "") return after(listMemories(context));
      if (verb === "add") return after(addMemory(context, rest));
      if (verb === "rm" && /^\d+$/.test(rest)) return after(removeMemories(context, [Number(rest)]));
      throw wrongWords("/memory [add TEXT | rm N]");
    },
  },
  {
    name: "export",
    words: "[markdown|json|openai] FILE",
    does: { en: "write this conversation into a file", zh: "将本对话写入文件" },
    run: async ({ context, conversation }, words) => {
      const [, form = "markdown", output = ""] = /^(?:(markdown|json|openai)\s+)?(.*)$/s.exec(words) ?? [];
      const format = EXPORT_FORMATS.find((one) => one === form);
      if (format === undefined || output === "") throw wrongWords("/export [markdown|json|openai] FILE");
      if (conversation.entry === undefined) {
        throw new UsageError({ en: "Nothing was said yet.", zh: "还没有对话内容。" });
      }
      return after(await exportConversations(context, [conversation.entry.name], { format, output }));
    },
  },
  {
    name: "help",
    words: "",
    does: { en: "this list", zh: "显示本列表" },
    run: (session) => {
      printHelp(session);
      return PROMPT;
    },
  },
  {
    name: "quit",
    words: "",
    does: { en: "leave; so does Ctrl-D", zh: "退出；Ctrl-D 亦可" },
    run: () => ({ kind: "quit" }),
  },
];

/** Runs a line that begins with a slash. Throws UsageError for a command that is none, and what the command throws. */
export async function runSlash(session: Session, line: string): Promise<Next> {
  const [, name = "", words = ""] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const command = COMMANDS.find((one) => one.name === name);
  if (command !== undefined) return command.run(session, words.trim());
  const shown = printable(name, 40);
  throw new UsageError({
    en: `There is no command /${shown}; /help lists them. To say this to the model, put a space before it.`,
    zh: `没有命令 /${shown}；/help 可列出所有命令。若要对模型说这句话，请在前面加一个空格。`,
  });
}

/** The commands that a beginning may become, for the Tab key. */
export function completeSlash(line: string): [string[], string] {
  const found = COMMANDS.map(({ name }) => `/${name} `).filter((one) => one.startsWith(line));
  return [line.startsWith("/") ? found : [], line];
}

/** Tells which conversation is gone on with, and what was said last in it. */
export function printWhere(session: Session): void {
  const { context, conversation } = session;
  const { entry, turns } = conversation;
  if (entry === undefined) return;
  const { err, say } = context;
  err.line(
    err.paint.dim(
      say({
        en: `${printable(entry.name)} · ${entry.turns} turns`,
        zh: `${printable(entry.name)} · ${entry.turns} 轮`,
      }),
    ),
  );
  for (const { message } of turns.slice(-2)) {
    const sign = message.role === "user" ? "› " : "  ";
    const lines = [
      ...(message.content === "" ? [] : beside(sign, 2, printable(message.content, 400), err.width())),
      ...(message.toolCalls ?? []).flatMap((call) => callLines(context, call)),
    ];
    for (const line of lines) err.line(err.paint.dim(line));
  }
  printWaiting(session);
  const last = turns.at(-1)?.message.role;
  if (last === "user" || (last === "tool" && conversation.waitingCalls.length === 0)) {
    err.line(
      say({
        en: "The last message has no reply yet: /retry answers it.",
        zh: "最后一条消息尚未得到回复：/retry 可让模型回复。",
      }),
    );
  }
}

function printHelp({ context: { err, say } }: Session): void {
  const names = COMMANDS.map(({ name, words }) => `/${name} ${words}`.trim());
  const width = Math.min(Math.max(...names.map((name) => name.length)), Math.floor(err.width() / 2)) + 2;
  for (const [i, { does }] of COMMANDS.entries()) {
    const name = names[i] ?? "";
    if (name.length + 2 > width) err.line(name);
    for (const line of beside(name.length + 2 > width ? "" : name, width, say(does), err.width()))
      err.line(line);
  }
  const keys = {
    en: "Alt-Enter, or \\ at the end of a line, begins another line of the message; what is pasted stays one message. Ctrl-C stops a reply, and leaves when it is pressed twice at the prompt.",
    zh: "按 Alt-Enter 或在行尾写 \\ 可换行继续输入；粘贴的内容作为一条消息。Ctrl-C 停止回复；在提示符处连按两次则退出。",
  };
  for (const line of beside("", 0, say(keys), err.width())) err.line(err.paint.dim(line));
}

function told({ context: { err, say } }: Session, text: Text): Next {
  err.line(err.paint.dim(say(text)));
  return PROMPT;
}

/** The commands of the command line that slash commands share report by themselves. */
function after(_: number): Next {
  return PROMPT;
}

function required(words: string, command: string): string {
  if (words !== "") return words;
  throw wrongWords(`${command} …`);
}

function wrongWords(usage: string): UsageError {
  return new UsageError({ en: `Write it as ${usage}`, zh: `请写成 ${usage}` });
}
