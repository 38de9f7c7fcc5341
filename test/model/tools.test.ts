import { describe, expect, test } from "vitest";
import { checkTools, replyMessage, ToolsUnsupportedError, toolResult } from "../../src/chat/tools/tool.ts";
import { open } from "../../src/model/open.ts";
import { tinyModelFile } from "../support/tiny-model.ts";

const TEMPLATE =
  "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
const tools = checkTools([
  { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
]);
const question = { role: "user", content: "Cold in Oslo?" } as const;
/** A random model calls nothing by itself: a grammar has it write this. */
const writing = (text: string) => ({
  grammar: `root ::= ${JSON.stringify(text)}`,
  sampling: { temperature: 0 },
  maxTokens: 200,
});

async function caller() {
  const path = await tinyModelFile({ stage: "instruct", template: TEMPLATE, context: 1024 });
  return open(path, { for: "chat", force: true });
}

describe("a model that is given tools", () => {
  test("calls one, is given its result, and answers", async () => {
    await using model = await caller();
    const said = 'I look.\n<tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}</tool_call>';
    const generation = model.chat([question], { tools, ...writing(said) });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    const result = await generation.result;
    expect(pieces.join("")).toBe("I look.");
    expect(result).toMatchObject({
      text: "I look.",
      finishReason: "tool_calls",
      toolCalls: [{ status: "ready", name: "weather", arguments: { city: "Oslo" } }],
    });
    const [call] = result.toolCalls;
    if (call === undefined) throw new TypeError("no call");
    const turns = [question, replyMessage(result), toolResult(call, "-3 °C")];
    const answer = await model.chat(turns, { tools, ...writing("Yes.") }).result;
    expect(answer).toMatchObject({ text: "Yes.", finishReason: "stop", toolCalls: [] });
    expect(answer.usage.promptTokens).toBeGreaterThan(result.usage.promptTokens + said.length);
  });

  test("and calls another one is told so, and nothing breaks", async () => {
    await using model = await caller();
    const said = '<tool_call>{"name": "storm", "arguments": {}}</tool_call>';
    const { finishReason, toolCalls } = await model.chat([question], { tools, ...writing(said) }).result;
    expect({ finishReason, toolCalls }).toMatchObject({
      finishReason: "tool_calls",
      toolCalls: [{ status: "unusable", kind: "unknown tool", name: "storm" }],
    });
  });

  test("without a place for them refuses", async () => {
    await using model = await open("mini-instruct", { for: "chat" });
    await expect(model.chat([question], { tools }).result).rejects.toThrow(ToolsUnsupportedError);
  });
});
