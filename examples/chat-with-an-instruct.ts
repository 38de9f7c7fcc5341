// A conversation is yours to keep: the model is given all of it for every reply. Its own template lays it out, and
// nothing in a message can pass for one of the template's control tokens.
import { type Message, open } from "basewise";

await using assistant = await open("mini-instruct", { for: "chat" });
const conversation: Message[] = [];
for (const question of ["How many legs does a dog have?", "What do you say when you meet a friend?"]) {
  conversation.push({ role: "user", content: question });
  const reply = await assistant.chat(conversation, { sampling: { temperature: 0 } }).result;
  conversation.push({ role: "assistant", content: reply.text });
  console.log(`> ${question}\n${reply.text}  [${reply.finishReason}]`);
}
