import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Example } from "../../../src/formats/datasets/example.ts";
import { type ExampleRow, type ExampleSource, readExamples } from "../../../src/formats/datasets/examples.ts";
import { temporaryFolder } from "../../support/gguf.ts";

async function read(rows: readonly unknown[], how: Partial<ExampleSource> = {}): Promise<ExampleRow[]> {
  const path = join(temporaryFolder(), "rows.json");
  writeFileSync(path, JSON.stringify(rows));
  const all: ExampleRow[] = [];
  for await (const row of readExamples({ path, ...how })) all.push(row);
  return all;
}

async function one(row: unknown, how?: Partial<ExampleSource>) {
  const [first] = await read([row], how);
  if (first === undefined || "dropped" in first) throw new Error(`dropped: ${JSON.stringify(first)}`);
  return first;
}

async function dropped(row: unknown) {
  const [, second] = await read([{ text: "a" }, row]);
  return second !== undefined && "dropped" in second ? second.dropped : second;
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string, more: object = {}) => ({ role: "assistant", content, ...more });
const conversation = (...messages: object[]): Example[] => [
  { kind: "conversation", messages: messages as Extract<Example, { kind: "conversation" }>["messages"] },
];

test.each<[string, object, string, Example[]]>([
  ["OpenAI", { messages: [user("a"), assistant("b")] }, "messages", conversation(user("a"), assistant("b"))],
  [
    "content parts with a weight",
    {
      messages: [
        { role: "user", content: [{ type: "text", value: "a" }], loss_weight: 0 },
        assistant("b", {
          content: [
            { type: "text", text: "b" },
            { type: "text", text: "c" },
          ],
          loss_weight: 0.5,
        }),
      ],
    },
    "messages",
    conversation(user("a"), assistant("bc", { weight: 0.5 })),
  ],
  [
    "tool calls as OpenAI writes them",
    {
      messages: [
        user("a"),
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "1", function: { name: "f", arguments: '{"x":1}' } }],
        },
        { role: "tool", content: "2", tool_call_id: "1" },
        assistant("b"),
      ],
      tools: [{ type: "function", function: { name: "f" } }],
    },
    "messages",
    [
      {
        kind: "conversation",
        messages: [
          { role: "user", content: "a" },
          {
            role: "assistant",
            content: "",
            toolCalls: [{ type: "function", function: { name: "f", arguments: { x: 1 } } }],
          },
          { role: "tool", content: "2" },
          { role: "assistant", content: "b" },
        ],
        tools: [{ type: "function", function: { name: "f" } }],
      },
    ],
  ],
  [
    "ShareGPT with a system field and thoughts apart",
    {
      system: "s",
      conversations: [
        { from: "human", value: "a" },
        { from: "gpt", value: "b", reasoning_content: "t" },
      ],
    },
    "sharegpt",
    conversation({ role: "system", content: "s" }, user("a"), assistant("b", { thought: "t" })),
  ],
  [
    "ShareGPT's function calls, tools as JSON text of bare functions",
    {
      conversations: [
        { from: "human", value: "a" },
        { from: "function_call", value: '{"name": "f", "arguments": {}}' },
        { from: "observation", value: "r" },
        { from: "gpt", value: "b" },
      ],
      tools: '[{"name": "f"}]',
    },
    "sharegpt",
    [
      {
        kind: "conversation",
        messages: [
          { role: "user", content: "a" },
          {
            role: "assistant",
            content: "",
            toolCalls: [{ type: "function", function: { name: "f", arguments: {} } }],
          },
          { role: "tool", content: "r" },
          { role: "assistant", content: "b" },
        ],
        tools: [{ type: "function", function: { name: "f" } }],
      },
    ],
  ],
  [
    "Alpaca with history",
    { instruction: "q", input: "i", output: "o", system: "s", history: [["a", "b"]] },
    "alpaca",
    conversation({ role: "system", content: "s" }, user("a"), assistant("b"), user("q\ni"), assistant("o")),
  ],
  [
    "Dolly",
    { instruction: "q", context: "", response: "o" },
    "alpaca",
    conversation(user("q"), assistant("o")),
  ],
  [
    "prompt and completion",
    { prompt: "q", completion: "o" },
    "prompt-completion",
    conversation(user("q"), assistant("o")),
  ],
  [
    "prompt and completion as messages",
    { prompt: [user("q")], completion: [assistant("o")] },
    "prompt-completion",
    conversation(user("q"), assistant("o")),
  ],
  [
    "an answer that looks like JSON",
    { prompt: "[1]", completion: "[1, 2]" },
    "prompt-completion",
    conversation(user("[1]"), assistant("[1, 2]")),
  ],
  [
    "rated good",
    { prompt: "q", completion: "o", label: true },
    "rated",
    conversation(user("q"), assistant("o")),
  ],
  ["labelled text", { text: "a", category: "x" }, "labelled", [{ kind: "labelled", text: "a", label: "x" }]],
  ["text", { text: "a", id: 3 }, "text", [{ kind: "text", text: "a" }]],
  ["paragraphs", { title: "t", paragraphs: ["a", "b"] }, "text", [{ kind: "text", text: "a\nb" }]],
])("%s", async (_, row, shape, examples) => {
  expect(await one(row)).toEqual({ number: 1, shape, examples, repairs: [] });
});

test.each<[string, object]>([
  ["a prompt of its own", { prompt: "q", chosen: "c", rejected: "r" }],
  ["whole dialogues", { chosen: [user("q"), assistant("c")], rejected: [user("q"), assistant("r")] }],
  [
    "the prompt repeated in the answers",
    { prompt: "q", chosen: [user("q"), assistant("c")], rejected: [user("q"), assistant("r")] },
  ],
  [
    "LLaMA-Factory's turns",
    {
      conversations: [{ from: "human", value: "q" }],
      chosen: { from: "gpt", value: "c" },
      rejected: { from: "gpt", value: "r" },
    },
  ],
  ["hh-rlhf's texts", { chosen: "\n\nHuman: q\n\nAssistant: c", rejected: "\n\nHuman: q\n\nAssistant: r" }],
  ["paired answers", { question: "q", response_j: "c", response_k: "r" }],
  [
    "lists of their own names",
    { chosen_messages: [user("q"), assistant("c")], rejected_messages: [user("q"), assistant("r")] },
  ],
])("preference with %s", async (_, row) => {
  expect((await one(row)).examples).toEqual([
    {
      kind: "preference",
      prompt: [user("q")],
      chosen: [assistant("c")],
      rejected: [assistant("r")],
    },
  ]);
});

test.each<[string, unknown]>([
  ["unknown-role", { messages: [{ role: "hummany", content: "a" }, assistant("b")] }],
  ["no-answer", { messages: [user("a")] }],
  ["empty-answer", { messages: [user("a"), assistant(""), user("b"), assistant("c")] }],
  ["empty-answer", { messages: [user("a"), assistant(" ")] }],
  [
    "not-text",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: "x" }] }, assistant("b")] },
  ],
  ["bad-weight", { messages: [user("a"), assistant("b", { weight: "much" })] }],
  ["all-weights-zero", { messages: [user("a"), assistant("b", { weight: 0 })] }],
  [
    "bad-tool-call",
    {
      conversations: [
        { from: "human", value: "a" },
        { from: "function_call", value: "f()" },
      ],
    },
  ],
  ["bad-tools", { messages: [user("a"), assistant("b")], tools: "none" }],
  [
    "uncalled-tool",
    { messages: [user("a"), assistant("b"), { role: "tool", content: "r" }, assistant("c")] },
  ],
  ["rated-bad", { messages: [user("a"), assistant("b")], label: false }],
  ["no-prompt", { chosen: "c", rejected: "r" }],
  ["same-answers", { prompt: "q", chosen: "c", rejected: "c" }],
  ["empty-text", { text: "" }],
  ["other-shape", { colour: "red" }],
  ["other-shape", 7],
])("dropped, since %s", async (reason, row) => {
  expect(await dropped(row)).toBe(reason);
});

test("what was mended in a row is said", async () => {
  const cut = await one({ messages: [user("a"), assistant("b"), user("c")] });
  expect(cut).toMatchObject({
    repairs: ["unanswered-end"],
    examples: conversation(user("a"), assistant("b")),
  });
  const text = await one({ messages: JSON.stringify([user("a"), assistant("b")]) });
  expect(text).toMatchObject({
    repairs: ["json-in-text"],
    examples: conversation(user("a"), assistant("b")),
  });
  expect(await one({ messages: [{ ...user("a"), weight: 1 }, assistant("b")] })).toMatchObject({
    repairs: ["useless-weight"],
  });
  expect(await one({ text: "a\uFFFD" })).toMatchObject({ repairs: ["broken-characters"] });
});

test("an unknown shape is an error that shows the fields found and the shapes known", async () => {
  const failure = read([{ colour: "red", size: 3 }]);
  await expect(failure).rejects.toThrow(/Row 1 of .*rows\.json.*its fields are colour, size\./);
  await expect(failure).rejects.toThrow(/instruction, output/);
});

test("columns of other names are taken where the recipe names them", async () => {
  const row = { ask: "q", reply: "o", output: "no" };
  expect((await one(row, { columns: { prompt: "ask", output: "reply" } })).examples).toEqual(
    conversation(user("q"), assistant("o")),
  );
});

test("known placeholders are filled or refused; what only looks like one stays", async () => {
  const row = { instruction: "Who?", output: "I am {{name}} of {{author}}, {{ user }}." };
  await expect(read([row], { placeholders: { name: "Bee" } })).rejects.toThrow(/holds \{\{author\}\}/);
  const filled = await one(row, { placeholders: { name: "Bee", author: "$& Co" } });
  expect(filled).toMatchObject({
    repairs: ["filled-placeholders"],
    examples: conversation(user("Who?"), assistant("I am Bee of $& Co, {{ user }}.")),
  });
});
