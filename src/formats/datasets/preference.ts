import type { Example, ExampleMessage } from "./example.ts";
import { type Fields, isFields, type Mend, messageListIn, UnusableRow } from "./fields.ts";
import { messageOf, messagesIn } from "./messages.ts";
import { toolsIn } from "./tools.ts";

/** The fields that hold the better and the worse answer. */
const PAIRS = [
  ["chosen", "rejected"],
  ["chosen_messages", "rejected_messages"],
  ["response_j", "response_k"],
] as const;

export function isPreference(row: Fields): boolean {
  return pairOf(row) !== undefined;
}

/**
 * A pair of answers to one prompt. The prompt is a field of its own (a text or turns), or what both dialogues begin with:
 * lists of messages, or hh-rlhf's texts of "Human:" and "Assistant:". Throws {@link UnusableRow}.
 */
export function preferenceOf(row: Fields, mend: Mend): Example {
  const pair = pairOf(row);
  if (pair === undefined) throw new UnusableRow("other-shape");
  const own = promptOf(row, mend);
  const [one, other] = pair.map((value) => turnsOf(value, own.length > 0, mend));
  const chosen = withoutPrompt(one ?? [], own);
  const rejected = withoutPrompt(other ?? [], own);
  const shared = own.length > 0 ? 0 : sharedTurns(chosen, rejected);
  const prompt = own.length > 0 ? own : chosen.slice(0, shared);
  const answers = [chosen.slice(shared), rejected.slice(shared)] as const;
  if (chosen.length === shared && rejected.length === shared) throw new UnusableRow("same-answers");
  if (prompt.length === 0) throw new UnusableRow("no-prompt");
  for (const answer of answers) {
    if (answer.at(-1)?.role !== "assistant") throw new UnusableRow("no-answer");
    if (answer.at(-1)?.content.trim() === "" && answer.at(-1)?.toolCalls === undefined)
      throw new UnusableRow("empty-answer");
  }
  if (JSON.stringify(answers[0]) === JSON.stringify(answers[1])) throw new UnusableRow("same-answers");
  const tools = toolsIn(row.tools, mend);
  return {
    kind: "preference",
    prompt,
    chosen: answers[0],
    rejected: answers[1],
    ...(tools === undefined ? {} : { tools }),
  };
}

function pairOf(row: Fields): readonly [unknown, unknown] | undefined {
  const names = PAIRS.find((pair) => pair.every((name) => row[name] !== undefined && row[name] !== null));
  return names === undefined ? undefined : [row[names[0]], row[names[1]]];
}

function promptOf(row: Fields, mend: Mend): ExampleMessage[] {
  const system: ExampleMessage[] =
    typeof row.system === "string" && row.system !== "" ? [{ role: "system", content: row.system }] : [];
  for (const value of [row.prompt, row.question, row.instruction, row.conversations, row.messages]) {
    const list = messageListIn(value, mend);
    if (list !== undefined) return [...system, ...messagesIn(list, mend)];
    if (typeof value === "string" && value !== "") {
      const input = typeof row.input === "string" && row.input !== "" ? `\n${row.input}` : "";
      return [...system, { role: "user", content: `${value}${value === row.instruction ? input : ""}` }];
    }
  }
  return [];
}

function turnsOf(value: unknown, hasPrompt: boolean, mend: Mend): ExampleMessage[] {
  const list = messageListIn(value, mend);
  if (list !== undefined) return messagesIn(list, mend);
  if (isFields(value)) return [messageOf(value, mend)];
  if (typeof value !== "string") throw new UnusableRow("not-text", typeof value);
  const dialogue = dialogueIn(value);
  if (dialogue.length > 0) return dialogue;
  if (!hasPrompt) throw new UnusableRow("no-prompt");
  return [{ role: "assistant", content: value }];
}

/** The turns of a dialogue in one text, as hh-rlhf writes them; none where it is no dialogue. */
function dialogueIn(text: string): ExampleMessage[] {
  if (!/^\s*(Human|Assistant):/.test(text)) return [];
  return text
    .trimStart()
    .split(/(?:^|\n\n)(?=(?:Human|Assistant):)/)
    .filter((turn) => turn !== "")
    .map((turn): ExampleMessage => {
      const role = turn.startsWith("Human:") ? "user" : "assistant";
      return { role, content: turn.slice(turn.indexOf(":") + 1).trim() };
    });
}

/** Some sets repeat the prompt in the answers. */
function withoutPrompt(turns: ExampleMessage[], prompt: readonly ExampleMessage[]): ExampleMessage[] {
  return turns.length > prompt.length && sharedTurns(turns, prompt) === prompt.length
    ? turns.slice(prompt.length)
    : turns;
}

function sharedTurns(one: readonly ExampleMessage[], other: readonly ExampleMessage[]): number {
  let count = 0;
  while (
    count < Math.min(one.length, other.length) &&
    JSON.stringify(one[count]) === JSON.stringify(other[count])
  )
    count++;
  return count;
}
