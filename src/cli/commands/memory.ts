import type { Memory, MemoryReason } from "../../chat/store/memories.ts";
import { ConversationStore } from "../../chat/store/store.ts";
import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { beside, wrapped } from "../layout.ts";

const REASONS: Readonly<Record<MemoryReason, Text>> = {
  asked: { en: "you asked", zh: "应你的要求" },
  recurred: { en: "you said it several times", zh: "你多次提到" },
};

/** Lists what is remembered, with numbers to remove it by. */
export function listMemories(context: Context): number {
  const { json, out, err, say, language } = context;
  using store = new ConversationStore();
  const memories = store.memories.list();
  if (json) {
    out.line(jsonLine({ memories }, language));
    return EXIT.done;
  }
  for (const memory of memories) printMemory(context, memory);
  const note = say({
    en: `${memories.length} memories in ${store.path}. Forget one: basewise memory rm NUMBER`,
    zh: `${store.path} 中共有 ${memories.length} 条记忆。忘记某条：basewise memory rm 编号`,
  });
  for (const line of err.isTerminal ? wrapped(note, err.width()) : [note]) err.line(line);
  return EXIT.done;
}

/** One memory of a list. */
export function printMemory({ out, say }: Context, { id, content, why, conversation, uses }: Memory): void {
  const label = `${id}  `;
  for (const line of beside(label, label.length, printable(content, 1000), out.width())) out.line(line);
  const facts = [
    say(REASONS[why]),
    ...(conversation === null ? [] : [printable(conversation)]),
    say({ en: `used ${uses} times`, zh: `使用 ${uses} 次` }),
  ];
  for (const line of beside("", label.length, facts.join(" · "), out.width())) out.line(out.paint.dim(line));
}

/** Remembers a fact. */
export function addMemory({ json, out, err, say, language }: Context, text: string): number {
  using store = new ConversationStore();
  const memory = store.memories.add(text, "asked");
  if (json) out.line(jsonLine(memory, language));
  else {
    err.line(say({ en: `Remembered as number ${memory.id}.`, zh: `已记住，编号 ${memory.id}。` }));
  }
  return EXIT.done;
}

/** Forgets memories by their numbers. */
export function removeMemories({ json, out, err, say, language }: Context, ids: readonly number[]): number {
  using store = new ConversationStore();
  const removed = ids.map((id) => store.memories.remove(id));
  if (json) out.line(jsonLine({ removed }, language));
  else {
    const shown = removed.map(({ content }) => `“${printable(content)}”`).join(say({ en: ", ", zh: "、" }));
    err.line(say({ en: `Forgotten: ${shown}.`, zh: `已忘记：${shown}。` }));
  }
  return EXIT.done;
}
