import { BasewiseError, EXIT } from "../../errors.ts";
import { nameOfPath } from "../../hub/reference.ts";
import { printable } from "../../printable.ts";
import { reportFailure } from "../failure.ts";
import { wrapped } from "../layout.ts";
import { Keyboard, markPastes } from "./keyboard.ts";
import { Prompt } from "./prompt.ts";
import type { Session } from "./session.ts";
import { type Next, printWhere, runSlash } from "./slash.ts";

const HISTORY = 200;

/**
 * A conversation on the terminal until Ctrl-D or /quit. Ctrl-C stops a reply; at the prompt it empties the line, and
 * pressed twice it leaves.
 */
export async function converse(session: Session): Promise<number> {
  const { context, model, store } = session;
  const { err, say } = context;
  const facts = [
    printable(model.reference),
    ...memoryWords(session),
    say({ en: "/help · Ctrl-D ends the conversation", zh: "/help 查看命令 · 按 Ctrl-D 结束对话" }),
  ];
  for (const line of wrapped(facts.join(" · "), err.width())) err.line(err.paint.dim(line));
  printWhere(session);
  const keyboard = new Keyboard(process.stdin);
  const prompt = new Prompt(context, keyboard, store.conversations.lastSaid(HISTORY));
  err.write(markPastes(true));
  try {
    let editing: number | undefined;
    let draft = "";
    for (;;) {
      const line = await prompt.ask(draft);
      if (line === undefined) break;
      // What was emptied by Ctrl-C is no longer what was to be edited.
      const next = await react(session, prompt, line, prompt.isDropped ? undefined : editing);
      if (next.kind === "quit") break;
      editing = next.kind === "edit" ? next.position : undefined;
      draft = next.kind === "edit" ? next.text : "";
    }
  } finally {
    err.write(markPastes(false));
    prompt.close();
    keyboard.close();
  }
  return prompt.isInterrupted ? EXIT.interrupted : EXIT.done;
}

function memoryWords({ embedder, context: { say } }: Session): string[] {
  if (embedder === undefined) return [];
  const name = printable(nameOfPath(embedder), 60);
  return [say({ en: `memories found by ${name}`, zh: `由 ${name} 查找记忆` })];
}

/** Does what a line asks for. What goes wrong is said, and the conversation goes on. */
async function react(
  session: Session,
  prompt: Prompt,
  line: string,
  editing: number | undefined,
): Promise<Next> {
  const { conversation, context } = session;
  try {
    let next: Next = { kind: "prompt" };
    if (line.startsWith("/")) next = await runSlash(session, line);
    else if (line.trim() === "") return next;
    else if (editing === undefined) await prompt.replying((signal) => session.say(line.trim(), signal));
    else {
      conversation.edit(editing, line.trim());
      next = { kind: "answer" };
    }
    if (next.kind === "answer") await prompt.replying((signal) => session.answer(signal));
    return next;
  } catch (error) {
    if (!(error instanceof BasewiseError)) throw error;
    reportFailure(context, error);
    return { kind: "prompt" };
  }
}
