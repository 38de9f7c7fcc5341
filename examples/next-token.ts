// What does a model expect next? After a finished answer the difference between the stages shows: an instruct model
// wants to end its turn, a base model wants to write on.
import { open } from "basewise";

const question = [{ role: "user", content: "How many legs does a dog have?" }] as const;
const answer = "A dog has four legs.";

await using instruct = await open("mini-instruct", { for: "chat" });
for (const { text, probability, isEnd } of await instruct.nextInReply(question, answer, { top: 3 })) {
  console.log(`instruct  ${(100 * probability).toFixed(1)} %  ${text}${isEnd ? "  (ends the turn)" : ""}`);
}

await using base = await open("mini-base", { for: "complete" });
for (const { text, probability, isEnd } of await base.next(answer, { top: 3 })) {
  console.log(
    `base      ${(100 * probability).toFixed(1)} %  ${JSON.stringify(text)}${isEnd ? "  (ends)" : ""}`,
  );
}
