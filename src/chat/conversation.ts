import type { ToolCall } from "./tools/tool.ts";

/** Who speaks in a turn; `tool` gives the result of a call. */
export const ROLES = ["system", "user", "assistant", "tool"] as const;
/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** One turn of a conversation. */
export interface Message {
  /** Who speaks. */
  readonly role: Role;
  /** What is said, as plain text: what spells a control token stays text. */
  readonly content: string;
  /** Of a reply: the tools that it called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a reply: what was thought before it. Templates show it only while tools are being called. */
  readonly thinking?: string;
  /** Of a tool's result: the id of the call, and the name of the tool. */
  readonly toolCallId?: string;
  /** Of a tool's result: the name of the tool. */
  readonly name?: string;
}
