// The mistake that basewise was made for: a base model put into a chat. The compiler refuses it where the stage is
// known, and `open` refuses it before any weight is loaded where it is not.
import { open, StageMismatchError } from "basewise";

await using model = await open("mini-base");
if (model.stage === "base") {
  // @ts-expect-error A base model has no `chat`; without this line the program does not compile.
  console.log(`a base has chat: ${model.chat !== undefined}`);
}

try {
  await open("mini-base", { for: "chat" });
} catch (error) {
  if (!(error instanceof StageMismatchError)) throw error;
  // The error carries facts: what it is, why that does not suit, and what to run instead.
  console.log(`${error.found} is not for ${error.wanted}: ${error.reason.en}`);
  console.log(`instead: ${error.suggestion.command}`);
}

// Whoever wants it all the same says so, and every reply says so too.
await using forced = await open("mini-base", { for: "chat", force: true });
const { warnings } = await forced.chat([{ role: "user", content: "Hello" }], { maxTokens: 8 }).result;
console.log(`warning: ${warnings[0]?.en}`);
