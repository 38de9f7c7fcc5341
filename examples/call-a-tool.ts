// A model may call functions of yours, if its chat template has a place for them. The miniature model's has none, and
// says so; give another model to see it work: node --import tsx examples/call-a-tool.ts Qwen/Qwen3-0.6B-GGUF
import { checkTools, type Message, open, replyMessage, ToolsUnsupportedError, toolResult } from "basewise";

const tools = checkTools([
  {
    name: "weather",
    description: "The weather of a city.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
]);
await using assistant = await open(process.argv[2] ?? "mini-instruct", { for: "chat" });
const conversation: Message[] = [{ role: "user", content: "Is it cold in Oslo?" }];
try {
  for (;;) {
    const reply = await assistant.chat(conversation, { tools }).result;
    conversation.push(replyMessage(reply));
    if (reply.finishReason !== "tool_calls") {
      console.log(reply.text);
      break;
    }
    for (const call of reply.toolCalls) {
      // What cannot be called is told to the model, which may then do better.
      const result = call.status === "ready" ? JSON.stringify({ celsius: -3 }) : call.problem.en;
      console.log(`${call.name} → ${result}`);
      conversation.push(toolResult(call, result));
    }
  }
} catch (error) {
  if (!(error instanceof ToolsUnsupportedError)) throw error;
  console.log(error.text.en);
}
