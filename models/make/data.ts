import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Conversation } from "./conversations/conversation.ts";
import { conversations } from "./conversations/conversations.ts";
import { dictations } from "./conversations/dictation.ts";
import { documents } from "./text/documents.ts";
import { Random } from "./text/random.ts";

const DOCUMENT_BYTES = 18e6;
const CONVERSATIONS = 40_000;
const DICTATIONS = 20_000;
/** Conversations among the dictations, lest the first lesson be unlearned before the second begins. */
const CONVERSATION_SHARE = 0.35;
const SEED = 1;

/** Writes the texts that the base is pretrained on, as JSON lines. */
export function writeDocuments(path: string): Promise<void> {
  return writeLines(path, documentLines());
}

function* documentLines(): Generator<string> {
  let bytes = 0;
  for (const { text } of documents(SEED)) {
    if (bytes > DOCUMENT_BYTES) return;
    bytes += Buffer.byteLength(text);
    yield `${JSON.stringify({ text })}\n`;
  }
}

/** Writes the conversations of the first lesson, as JSON lines. */
export function writeDictations(path: string): Promise<void> {
  return writeLines(path, conversationLines(firstLesson(), DICTATIONS));
}

function* firstLesson(): Generator<Conversation> {
  const random = new Random(SEED);
  const [dictated, talked] = [dictations(SEED), conversations(SEED + 1)];
  for (;;) yield (random.chance(CONVERSATION_SHARE) ? talked : dictated).next().value;
}

/** Writes the conversations that the instruct model is tuned on, as JSON lines. */
export function writeConversations(path: string): Promise<void> {
  return writeLines(path, conversationLines(conversations(SEED), CONVERSATIONS));
}

function* conversationLines(source: Iterable<Conversation>, most: number): Generator<string> {
  let count = 0;
  for (const { messages } of source) {
    if (count++ === most) return;
    yield `${JSON.stringify({ messages })}\n`;
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(Readable.from(lines), createWriteStream(path));
}
