import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Conversation } from "./conversations/conversation.ts";
import { BALANCE, conversations } from "./conversations/conversations.ts";
import { documents } from "./text/documents.ts";

const DOCUMENT_BYTES = 18e6;
const CONVERSATIONS = 40_000;
/** For the last lesson, which is short. */
const BALANCING = 6_000;
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

/** Writes the conversations that the instruct model is tuned on, as JSON lines. */
export function writeConversations(path: string): Promise<void> {
  return writeLines(path, conversationLines(conversations(SEED), CONVERSATIONS));
}

/** Writes the conversations of its last lesson. */
export function writeBalance(path: string): Promise<void> {
  return writeLines(path, conversationLines(conversations(SEED + 1, BALANCE), BALANCING));
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
