import type { ExampleMessage, ExampleRole } from "./example.ts";
import { type Fields, isFields, type Mend, UnusableRow } from "./fields.ts";
import { callsIn } from "./tools.ts";

/** Every name that data sets give the roles. */
const ROLE_NAMES: Readonly<Record<string, ExampleRole | "call">> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  prompter: "user",
  assistant: "assistant",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  model: "assistant",
  ai: "assistant",
  function_call: "call",
  tool_call: "call",
  tool: "tool",
  observation: "tool",
  function: "tool",
  function_response: "tool",
  tool_response: "tool",
  ipython: "tool",
};

/** The turns of a list of messages: OpenAI's, ShareGPT's, or with content in parts. Throws {@link UnusableRow}. */
export function messagesIn(list: readonly unknown[], mend: Mend): ExampleMessage[] {
  const messages: ExampleMessage[] = [];
  for (const item of list) {
    if (!isFields(item)) throw new UnusableRow("not-text", JSON.stringify(item));
    messages.push(messageOf(item, mend));
  }
  return messages;
}

/** One turn. Throws {@link UnusableRow}. */
export function messageOf(item: Fields, mend: Mend): ExampleMessage {
  const name = String(item.role ?? item.from ?? "");
  const role = ROLE_NAMES[name.trim().toLowerCase()];
  if (role === undefined) throw new UnusableRow("unknown-role", name);
  const { text, thought, calls } = contentOf(item.content ?? item.value ?? item.text);
  const thoughts = [item.reasoning_content, item.reasoning, thought].find(
    (one) => typeof one === "string" && one !== "",
  );
  const toolCalls = [
    ...(role === "call" ? callsIn(text) : []),
    ...calls.flatMap(callsIn),
    ...(item.tool_calls === undefined || item.tool_calls === null ? [] : callsIn(item.tool_calls)),
    ...(item.function_call === undefined || item.function_call === null ? [] : callsIn(item.function_call)),
  ];
  const weight = weightOf(item);
  if (weight !== undefined && weight > 0 && role !== "call" && role !== "assistant") mend("useless-weight");
  const isAssistant = role === "call" || role === "assistant";
  return {
    role: isAssistant ? "assistant" : role,
    content: role === "call" ? "" : text,
    ...(isAssistant && typeof thoughts === "string" ? { thought: thoughts } : {}),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(isAssistant && weight !== undefined && weight !== 1 ? { weight } : {}),
  };
}

/** A text, nothing, or a list of parts (OpenAI's `text`, LLaMA-Factory's `value`) that are all text, thoughts or calls. */
function contentOf(content: unknown): { text: string; thought: string; calls: readonly string[] } {
  if (typeof content === "string") return { text: content, thought: "", calls: [] };
  if (content === undefined || content === null) return { text: "", thought: "", calls: [] };
  if (!Array.isArray(content)) throw new UnusableRow("not-text", typeof content);
  const found = { text: "", thought: "", calls: [] as string[] };
  for (const part of content) {
    const fields: Fields = isFields(part) ? part : { type: "text", text: part };
    const value = fields.text ?? fields.value ?? fields.thinking ?? fields.content;
    const type = String(fields.type ?? "text");
    if (typeof value !== "string") throw new UnusableRow("not-text", type);
    if (type === "text" || type === "input_text" || type === "output_text") found.text += value;
    else if (type === "reasoning" || type === "thinking") found.thought += value;
    else if (type === "tool_call") found.calls.push(value);
    else throw new UnusableRow("not-text", type);
  }
  return found;
}

/** OpenAI's `weight`, LLaMA-Factory's `loss_weight`, axolotl's `train`. */
function weightOf(item: Fields): number | undefined {
  const value = item.weight ?? item.loss_weight ?? item.train ?? item.training;
  if (value === undefined || value === null) return undefined;
  const weight = typeof value === "boolean" ? Number(value) : value;
  if (typeof weight !== "number" || !Number.isFinite(weight) || weight < 0)
    throw new UnusableRow("bad-weight", JSON.stringify(value));
  return weight;
}

/**
 * Turns up to the last answer, which is what can be learnt from. Throws {@link UnusableRow} where there is none, or where
 * the order of turns makes no sense whatever the template.
 */
export function learnable(messages: readonly ExampleMessage[], mend: Mend): ExampleMessage[] {
  const turns = [...messages];
  const isEmpty = (turn: ExampleMessage | undefined): boolean =>
    turn?.role === "assistant" && turn.content.trim() === "" && turn.toolCalls === undefined;
  for (;;) {
    if (turns.length > 0 && turns.at(-1)?.role !== "assistant") mend("unanswered-end");
    else if (isEmpty(turns.at(-1))) mend("empty-end");
    else break;
    turns.pop();
  }
  if (turns.length === 0) {
    throw new UnusableRow(messages.some(isEmpty) ? "empty-answer" : "no-answer", rolesOf(messages));
  }
  if (turns.some(isEmpty)) throw new UnusableRow("empty-answer");
  if (turns.every(({ role, weight }) => role !== "assistant" || weight === 0))
    throw new UnusableRow("all-weights-zero");
  requireCalls(turns, mend);
  return turns;
}

function rolesOf(messages: readonly ExampleMessage[]): string {
  return messages.map(({ role }) => role).join(", ");
}

/** Every result of a tool stands behind a call, or behind another result. */
function requireCalls(turns: readonly ExampleMessage[], mend: Mend): void {
  for (const [index, { role }] of turns.entries()) {
    if (role !== "tool") continue;
    const before = turns[index - 1];
    // Sets that list no calls write them into the text of the turn.
    if (before?.role === "tool" || before?.toolCalls !== undefined) continue;
    if (before?.role === "assistant" && /[{<]|Action:/.test(before.content)) mend("call-in-text");
    else throw new UnusableRow("uncalled-tool", rolesOf(turns.slice(0, index + 1)));
  }
}
