import { ConversationStore } from "../../src/chat/store/store.ts";

/**
 * A program that opens a store, adds turns to a conversation of its own, and says the position of each when it is
 * written: so many, or without end.
 */
const [path = "", name = "", count = "Infinity"] = process.argv.slice(2);
using store = new ConversationStore(path);
const conversation = store.conversations.create(name);
for (let position = 0; position < Number(count); position++) {
  store.conversations.append(conversation, position, {
    role: position % 2 === 0 ? "user" : "assistant",
    content: `${name} says ${position + 1} ${"x".repeat(500)}`,
  });
  process.stdout.write(`${position + 1}\n`);
}
