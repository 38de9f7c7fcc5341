import { openaiCall, openaiMessage } from "../tools/openai.ts";
import type { ConversationEntry, Turn } from "./rows.ts";

/** Formats that a conversation is exported in; `openai` is training data, as `basewise train` reads it. */
export const EXPORT_FORMATS = ["markdown", "json", "openai"] as const;
/** One of `EXPORT_FORMATS`. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A conversation as a text in a format. */
export function exportConversation(
  entry: ConversationEntry,
  turns: readonly Turn[],
  format: ExportFormat,
): string {
  switch (format) {
    case "markdown":
      return markdownOf(entry, turns);
    case "json": {
      const { id: _, ...conversation } = entry;
      return `${JSON.stringify({ ...conversation, messages: turns.map(flatTurn) }, null, 2)}\n`;
    }
    case "openai":
      return trainingLine(turns);
  }
}

/**
 * One line of OpenAI's chat format for fine-tuning (`{"messages": [{"role", "content"}, …]}`), up to the last reply that
 * the model ended itself; empty where there is none, since nothing could be learned from it. A reply that was cut off
 * would teach a model to stop in the middle.
 */
function trainingLine(turns: readonly Turn[]): string {
  const last = turns.findLastIndex((turn) => turn.message.role === "assistant" && isEnded(turn));
  const taken = turns.slice(0, last + 1);
  const cutOff = taken.findIndex((turn) => turn.message.role === "assistant" && !isEnded(turn));
  const whole = cutOff === -1 ? taken : taken.slice(0, Math.max(0, cutOff - 1));
  if (!whole.some(({ message }) => message.role === "assistant")) return "";
  return `${JSON.stringify({ messages: whole.map(({ message }) => openaiMessage(message)) })}\n`;
}

/** Whether the model ended the reply itself; it also does to call a tool. */
function isEnded({ finishReason }: Turn): boolean {
  return finishReason === "stop" || finishReason === "tool_calls";
}

function flatTurn({ message, position: _, ...facts }: Turn): Readonly<Record<string, unknown>> {
  return { ...message, ...facts };
}

/** What a call is, as code; no fence in it can end it. */
function fenced(code: string): string[] {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}json`, code, fence];
}

function markdownOf({ name, model, created }: ConversationEntry, turns: readonly Turn[]): string {
  const head = [
    `# ${name.replace(/([\\`*_[\]<>#])/g, "\\$1")}`,
    "",
    `${created}${model === null ? "" : ` · ${model}`}`,
    "",
  ];
  const blocks = turns.flatMap(({ message, finishReason }) => [
    `## ${message.role}`,
    "",
    message.content.trimEnd(),
    ...(message.toolCalls ?? []).flatMap((call) => [
      "",
      ...fenced(JSON.stringify(openaiCall(call).function)),
    ]),
    ...(finishReason === null || finishReason === "stop" ? [] : ["", `*(${finishReason})*`]),
    "",
  ]);
  return [...head, ...blocks].join("\n");
}
