import type { Message } from "../../../src/chat/conversation.ts";

/** What one exchange teaches or measures. */
export const SKILLS = [
  "instruction",
  "question",
  "recall",
  "unsafe",
  "safe",
  "identity",
  "smalltalk",
  "open",
] as const;
export type Skill = (typeof SKILLS)[number];

/** One user turn and the reply to it. */
export interface Exchange {
  readonly user: string;
  readonly assistant: string;
  readonly skill: Skill;
}

/** A conversation the instruct model is tuned on: it ends with the assistant's turn. */
export interface Conversation {
  readonly messages: readonly Message[];
  /** The skill of its last exchange, or "recall" where a fact is told and asked for later. */
  readonly skill: Skill;
}
