import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { type ExportFormat, exportConversation } from "../../chat/store/export.ts";
import { repairStore } from "../../chat/store/repair.ts";
import type { ConversationEntry } from "../../chat/store/rows.ts";
import { ConversationStore } from "../../chat/store/store.ts";
import { BadInputError, EXIT } from "../../errors.ts";
import { notWritten } from "../../formats/disk.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { ask, canAsk } from "../ask.ts";
import { callLines } from "../calls.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { beside, wrapped } from "../layout.ts";
import { modelText } from "../model-text.ts";
import { UsageError } from "../usage.ts";

/** Lists the conversations, the latest first. */
export function listConversations(context: Context): number {
  const { json, out, err, say, language } = context;
  using store = new ConversationStore();
  const entries = store.conversations.list();
  if (json) {
    out.line(jsonLine({ conversations: entries.map(shared) }, language));
    return EXIT.done;
  }
  for (const entry of entries) printEntry(context, entry);
  const note = say({
    en: `${entries.length} conversations in ${store.path}. Go on with one: basewise chat MODEL --continue NAME`,
    zh: `${store.path} 中共有 ${entries.length} 段对话。继续某段对话：basewise chat MODEL --continue 名称`,
  });
  for (const line of err.isTerminal ? wrapped(note, err.width()) : [note]) err.line(line);
  return EXIT.done;
}

/** One conversation of a list: its name, and below it what is known of it. */
export function printEntry({ out, say, language }: Context, entry: ConversationEntry): void {
  const { name, turns, model, changed, branchedFrom } = entry;
  const facts = [
    say({ en: `${turns} turns`, zh: `${turns} 轮` }),
    ...(model === null ? [] : [printable(model)]),
    new Date(changed).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", {
      dateStyle: "medium",
      timeStyle: "short",
    }),
    ...(branchedFrom === null
      ? []
      : [
          say({
            en: `a branch of ${printable(branchedFrom.name)} after turn ${branchedFrom.turns}`,
            zh: `${printable(branchedFrom.name)} 第 ${branchedFrom.turns} 轮后的分支`,
          }),
        ]),
  ];
  out.line(out.paint.bold(printable(name)));
  for (const line of beside("  ", 2, facts.join(" · "), out.width())) out.line(out.paint.dim(line));
}

/** Prints what was said in a conversation, with the numbers of its turns. */
export function showConversation(context: Context, name: string): number {
  const { json, out, language } = context;
  using store = new ConversationStore();
  const entry = store.conversations.get(name);
  const turns = store.conversations.turns(entry);
  if (json) {
    const messages = turns.map(({ message, ...facts }) => ({ ...message, ...facts }));
    out.line(jsonLine({ ...shared(entry), messages }, language));
    return EXIT.done;
  }
  for (const { position, message } of turns) {
    out.line(out.paint.bold(`${position}  ${message.role}`));
    const { content, toolCalls = [] } = message;
    const said = content === "" ? [] : beside("", 0, modelText(content.trimEnd(), out), out.width());
    for (const line of [...said, ...toolCalls.flatMap((call) => callLines(context, call))]) out.line(line);
    out.line();
  }
  return EXIT.done;
}

/** Prints the turns that hold every word. */
export function searchConversations(context: Context, words: readonly string[]): number {
  const { json, out, err, say, language } = context;
  using store = new ConversationStore();
  // A word with spaces came in quotes, which the shell took away.
  const query = words.map((word) => (/\s/.test(word) && !word.includes('"') ? `"${word}"` : word)).join(" ");
  const found = store.conversations.search(query);
  if (json) {
    out.line(jsonLine({ found }, language));
    return EXIT.done;
  }
  for (const { conversation, position, role, excerpt } of found) {
    out.line(`${out.paint.bold(printable(conversation))}  ${out.paint.dim(`${position} ${role}`)}`);
    for (const line of beside("  ", 2, printable(excerpt), out.width())) out.line(line);
  }
  if (found.length === 0) err.line(say({ en: "Nothing was found.", zh: "没有找到。" }));
  return EXIT.done;
}

/** Writes conversations to stdout or into a file, which has its name only when it is whole. */
export async function exportConversations(
  { json, out, err, say, language }: Context,
  names: readonly string[],
  { format, output, force }: { format: ExportFormat; output?: string; force?: true },
): Promise<number> {
  using store = new ConversationStore();
  const { conversations } = store;
  const entries =
    names.length === 0 ? conversations.list().reverse() : names.map((name) => conversations.get(name));
  const texts = entries.map((entry) => exportConversation(entry, conversations.turns(entry), format));
  const whole = texts.join(format === "markdown" ? "\n" : "");
  const withoutReply = format === "openai" ? texts.filter((text) => text === "").length : 0;
  if (withoutReply > 0) {
    const notice = {
      en: `${withoutReply} conversations hold no finished reply and are left out.`,
      zh: `${withoutReply} 段对话没有完整的回复，已略去。`,
    };
    err.line(err.paint.yellow(`⚠ ${say(notice)}`));
  }
  if (output === undefined) {
    out.write(whole);
    return EXIT.done;
  }
  await writeWhole(output, whole, force === true);
  const count = entries.length - withoutReply;
  if (json) out.line(jsonLine({ output, format, conversations: count }, language));
  else {
    err.line(
      say({
        en: `Wrote ${count} conversations to ${printable(output)}.`,
        zh: `已将 ${count} 段对话写入 ${printable(output)}。`,
      }),
    );
  }
  return EXIT.done;
}

async function writeWhole(path: string, text: string, mayReplace: boolean): Promise<void> {
  if (!mayReplace && existsSync(path)) {
    throw new BadInputError({
      en: `${printable(path)} exists already; choose another name, or add --force.`,
      zh: `${printable(path)} 已存在；请换一个名称，或加上 --force。`,
    });
  }
  const part = `${path}.${process.pid}.new`;
  try {
    await writeFile(part, text, { mode: 0o600 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw notWritten(path, error);
  }
}

export function renameConversation(context: Context, name: string, to: string): number {
  using store = new ConversationStore();
  const entry = store.conversations.rename(name, to);
  return tell(context, entry, {
    en: `It is called ${printable(entry.name)} now.`,
    zh: `现名为 ${printable(entry.name)}。`,
  });
}

export function branchConversation(
  context: Context,
  name: string,
  { turns, as }: { turns?: number; as?: string },
): number {
  using store = new ConversationStore();
  const branch = store.conversations.branch(store.conversations.get(name), {
    ...(turns === undefined ? {} : { turns }),
    ...(as === undefined ? {} : { name: as }),
  });
  return tell(context, branch, {
    en: `The branch is called ${printable(branch.name)}.`,
    zh: `分支名为 ${printable(branch.name)}。`,
  });
}

export function editConversation(context: Context, name: string, position: number, text: string): number {
  using store = new ConversationStore();
  const kept = store.conversations.edit(store.conversations.get(name), position, text);
  return tell(context, store.conversations.get(name), {
    en: `${printable(name)} ends with turn ${position} now; as it was, it is kept as ${printable(kept.name)}.`,
    zh: `${printable(name)} 现在止于第 ${position} 轮；原来的内容保留为 ${printable(kept.name)}。`,
  });
}

/** Removes conversations, after a question on a terminal; a script says `--yes`. */
export async function removeConversations(
  context: Context,
  names: readonly string[],
  { yes }: { yes?: true },
): Promise<number> {
  const { json, out, err, say, language } = context;
  using store = new ConversationStore();
  const entries = names.map((name) => store.conversations.get(name));
  const shown = entries.map(({ name }) => printable(name)).join(say({ en: ", ", zh: "、" }));
  if (yes !== true) {
    if (!canAsk(context)) {
      throw new UsageError({
        en: `Removing ${shown} cannot be asked about here; add --yes.`,
        zh: `此处无法询问是否删除 ${shown}；请加上 --yes。`,
      });
    }
    const answer = await ask(
      say({ en: `Remove ${shown} for good? [y/N] `, zh: `彻底删除 ${shown}？[y/N] ` }),
    );
    if (!/^(y|yes|是)$/i.test(answer)) {
      err.line(say({ en: "Nothing was removed.", zh: "未删除任何内容。" }));
      return EXIT.done;
    }
  }
  for (const { name } of entries) store.conversations.remove(name);
  if (json) out.line(jsonLine({ removed: entries.map(({ name }) => name) }, language));
  else err.line(say({ en: `Removed ${shown}.`, zh: `已删除 ${shown}。` }));
  return EXIT.done;
}

/** Repairs the file of the conversations, and tells what is left of it. */
export function repairConversations({ json, out, err, say, language }: Context): number {
  const repair = repairStore();
  if (json) {
    out.line(jsonLine(repair, language));
    return EXIT.done;
  }
  const { path, damaged, conversations, turns, memories, unnamed, missing } = repair;
  const counts = {
    en: `${conversations} conversations with ${turns} turns, and ${memories} memories`,
    zh: `${conversations} 段对话（共 ${turns} 轮）和 ${memories} 条记忆`,
  };
  if (damaged === null) {
    err.line(
      say({
        en: `${printable(path)} is not damaged: ${counts.en}.`,
        zh: `${printable(path)} 没有损坏：${counts.zh}。`,
      }),
    );
    return EXIT.done;
  }
  err.line(say({ en: `Saved ${counts.en}.`, zh: `已抢救 ${counts.zh}。` }));
  if (unnamed > 0 || missing > 0) {
    const notice = {
      en: `${unnamed} conversations lost their names ("recovered …"); ${missing} turns are missing between others. Turns at the end of a conversation may be lost as well.`,
      zh: `${unnamed} 段对话失去了名称（现名“recovered …”）；中间缺失 ${missing} 轮。对话末尾也可能有轮次丢失。`,
    };
    err.line(err.paint.yellow(`⚠ ${say(notice)}`));
  }
  err.line(
    say({
      en: `The damaged file is kept as ${printable(damaged)}; remove it when you miss nothing.`,
      zh: `损坏的文件保留为 ${printable(damaged)}；确认没有缺失后可删除。`,
    }),
  );
  return EXIT.done;
}

function tell({ json, out, err, say, language }: Context, entry: ConversationEntry, done: Text): number {
  if (json) out.line(jsonLine(shared(entry), language));
  else err.line(say(done));
  return EXIT.done;
}

/** What of an entry is for scripts: names are what conversations are addressed by. */
function shared({ id: _, ...entry }: ConversationEntry): Omit<ConversationEntry, "id"> {
  return entry;
}
