import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Recall, recallByWords } from "../src/chat/memory.ts";
import { recallByVectors } from "../src/chat/recall-by-vectors.ts";
import { ConversationStore } from "../src/chat/store/store.ts";
import { open } from "../src/model/open.ts";
import { CHINESE, ENGLISH, type RecallCase, UNRELATED, WORDED } from "./recall-set.ts";

/**
 * `npm run bench:recall [-- REFERENCE…]`: how many facts are found for messages that bear on them, by words and by the
 * vectors of models, and how many are found for messages that bear on none.
 */
const facts = [...new Set([...ENGLISH, ...CHINESE].map(({ fact }) => fact))];

async function measure(name: string, store: ConversationStore, recall: Recall): Promise<void> {
  const memories = store.memories.list();
  const found = async (message: string): Promise<string[]> =>
    (await recall(message, memories)).map(({ memory }) => memory.content);
  const share = async (cases: readonly RecallCase[]): Promise<string> => {
    let count = 0;
    for (const { fact, message } of cases) if ((await found(message)).includes(fact)) count++;
    return `${count} of ${cases.length}`;
  };
  const told = async (messages: readonly string[]): Promise<string> => {
    let count = 0;
    for (const message of messages) count += (await found(message)).length;
    return `${count} for ${messages.length}`;
  };
  console.log(
    [
      name,
      `English, other words: ${await share(ENGLISH)}`,
      `Chinese, other words: ${await share(CHINESE)}`,
      `same words: ${await share(WORDED)}`,
      `needless, English: ${await told(UNRELATED.en)}`,
      `needless, Chinese: ${await told(UNRELATED.zh)}`,
    ].join(" · "),
  );
}

const folder = mkdtempSync(join(tmpdir(), "basewise-recall-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
using store = new ConversationStore(join(folder, "conversations.sqlite"));
for (const fact of facts) store.memories.add(fact, "asked");
await measure("words", store, recallByWords);
for (const reference of process.argv.slice(2)) {
  await using model = await open(reference, { for: "embed" });
  // The vectors of any model, also of one that chat would refuse to find memories by.
  const embedder = {
    identity: model.identity,
    embed: async (texts: readonly string[], kind: "query" | "passage") =>
      (await model.embed(texts, { kind, normalize: true })).vectors,
  };
  await measure(reference, store, recallByVectors(embedder, store.memories));
}
