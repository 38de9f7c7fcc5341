import type { Message } from "../conversation.ts";
import type { ToolCall } from "./tool.ts";

/** A message as OpenAI's interface has it, which servers take and training data is written in. */
export interface OpenAIMessage {
  readonly role: Message["role"];
  readonly content: string;
  readonly tool_calls?: readonly OpenAICall[];
  readonly tool_call_id?: string;
  readonly name?: string;
}

/** A call there; its arguments are JSON text. */
export interface OpenAICall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** Source: the OpenAI API reference, "Chat completions". Thoughts have no place there. */
export function openaiMessage({ role, content, toolCalls, toolCallId, name }: Message): OpenAIMessage {
  return {
    role,
    content,
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls.map(openaiCall) }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(name === undefined ? {} : { name }),
  };
}

/** A call that could not be made has no arguments there. */
export function openaiCall(call: ToolCall): OpenAICall {
  const given = call.status === "ready" ? call.arguments : {};
  return {
    id: call.id,
    type: "function",
    function: { name: call.name ?? "unknown", arguments: JSON.stringify(given) },
  };
}
