import { z } from "zod";
import { type Message, ROLES } from "../conversation.ts";

/** A conversation, without what is said in it. */
export interface ConversationEntry {
  /** Its key in the store, which a rename leaves as it is. */
  readonly id: number;
  /** By which it is found; no two have the same. */
  readonly name: string;
  /** The reference of the model that spoke last; null before the first reply. */
  readonly model: string | null;
  /** How many turns it has, the system message not counted. */
  readonly turns: number;
  /** The conversation that it began as a branch of, and how many turns of it were taken over. */
  readonly branchedFrom: { readonly name: string; readonly turns: number } | null;
  /** ISO 8601. */
  readonly created: string;
  /** When it was last written to, ISO 8601. */
  readonly changed: string;
}

/** A turn as it is kept. */
export interface Turn {
  /** From 1; 0 is the system message. */
  readonly position: number;
  /** What was said. */
  readonly message: Message;
  /** The reference of the model that wrote it; null where a person did. */
  readonly model: string | null;
  /** Why the reply ended; null where it is none. */
  readonly finishReason: string | null;
  /** When it was written, ISO 8601. */
  readonly written: string;
}

/** What is known of a reply beside its message. */
export type ReplyFacts = Partial<Pick<Turn, "model" | "finishReason">>;

/** A place where a search found what it looked for. */
export interface SearchHit {
  /** The name of the conversation. */
  readonly conversation: string;
  /** The turn, from 1; 0 is the system message. */
  readonly position: number;
  /** Who spoke. */
  readonly role: Message["role"];
  /** What stands around the first place. */
  readonly excerpt: string;
  /** When the turn was written, ISO 8601. */
  readonly written: string;
}

const time = z.int().transform((milliseconds) => new Date(milliseconds).toISOString());

export const entryRow = z
  .object({
    id: z.int(),
    name: z.string(),
    model: z.string().nullable(),
    turns: z.int(),
    branched_from: z.string().nullable(),
    branched_at: z.int().nullable(),
    created: time,
    changed: time,
  })
  .transform(
    ({ branched_from: name, branched_at: turns, ...rest }): ConversationEntry => ({
      ...rest,
      branchedFrom: name === null || turns === null ? null : { name, turns },
    }),
  );

const role = z.enum(ROLES);

export const turnRow = z
  .object({
    position: z.int(),
    role,
    content: z.string(),
    more: z.string().nullable(),
    model: z.string().nullable(),
    finish_reason: z.string().nullable(),
    written: time,
  })
  .transform(
    ({ role, content, more, finish_reason, ...rest }): Turn => ({
      ...rest,
      message: { ...moreOf(more), role, content },
      finishReason: finish_reason,
    }),
  );

export const hitRow = z.object({
  name: z.string(),
  position: z.int(),
  role,
  content: z.string(),
  written: time,
});

/** What a message has beside role and content, as the store keeps it. */
export function moreText({ role: _, content: __, ...more }: Message): string | null {
  return Object.keys(more).length === 0 ? null : JSON.stringify(more);
}

const text = z.object({ en: z.string(), zh: z.string() });
const call = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("ready"),
    id: z.string(),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()),
  }),
  z.object({
    status: z.literal("unusable"),
    id: z.string(),
    name: z.string().nullable(),
    text: z.string(),
    kind: z.enum(["unreadable", "unknown tool", "malformed arguments"]),
    problem: text,
  }),
]);
const more = z.object({
  toolCalls: z.array(call).exactOptional(),
  thinking: z.string().exactOptional(),
  toolCallId: z.string().exactOptional(),
  name: z.string().exactOptional(),
});

function moreOf(text: string | null): Omit<Message, "role" | "content"> {
  return text === null ? {} : more.parse(JSON.parse(text));
}
