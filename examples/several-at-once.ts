// Several models are open at once, each in a process of its own, and requests made at once to one of them are computed
// together. Nothing is global.
import { open } from "basewise";

await using base = await open("mini-base", { for: "complete" });
await using instruct = await open("mini-instruct", { for: "chat" });
const limits = { maxTokens: 12, sampling: { temperature: 0 } } as const;

const [reply, ...texts] = await Promise.all([
  instruct.chat([{ role: "user", content: "How many legs does a dog have?" }], limits).result,
  ...["One day", "The sun", "A cat"].map((text) => base.complete(text, limits).result),
]);
console.log(`${reply.stage}: ${reply.text}`);
for (const { stage, text } of texts) console.log(`${stage}: ${JSON.stringify(text)}`);
