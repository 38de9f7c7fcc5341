import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportConversation } from "../../src/chat/store/export.ts";
import { ConversationStore } from "../../src/chat/store/store.ts";
import { checkTools } from "../../src/chat/tools/tool.ts";
import { BadInputError } from "../../src/errors.ts";
import { Conversation } from "../../src/model/conversation.ts";
import { recallByMeaning, requireEmbedder } from "../../src/model/memory-embedder.ts";
import { type ChatModel, open } from "../../src/model/open.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { tinyModelFile } from "../support/tiny-model.ts";

let model: ChatModel;
beforeAll(async () => {
  model = await open("mini-instruct", { for: "chat" });
}, 60_000);
afterAll(() => model[Symbol.asyncDispose]());

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));
const greedy = { sampling: { temperature: 0 }, maxTokens: 24 };
const newStore = (): ConversationStore =>
  new ConversationStore(join(temporaryFolder(), "conversations.sqlite"));

describe("a kept conversation in which tools are called", () => {
  const template =
    "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  const tools = checkTools([
    {
      name: "weather",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  ]);
  const call = (city: string) =>
    `<tool_call>${JSON.stringify({ name: "weather", arguments: { city } })}</tool_call>`;
  /** A random model calls nothing by itself: a grammar has it write this. */
  const writing = (text: string) => ({
    tools,
    grammar: `root ::= ${JSON.stringify(text)}`,
    sampling: { temperature: 0 },
    maxTokens: 300,
  });

  test("keeps the calls and their results, and goes on when all are there, also in another process", async () => {
    using store = newStore();
    const path = await tinyModelFile({ stage: "instruct", template, context: 2048 });
    await using caller = await open(path, { for: "chat", force: true });
    const talk = new Conversation(store, { name: "cold" });
    expect(() => talk.giveResult("-3 °C")).toThrow(BadInputError);
    const first = await talk.say(caller, "Cold?", writing(`I look.${call("Oslo")}${call("Bergen")}`)).result;
    expect(first).toMatchObject({ text: "I look.", finishReason: "tool_calls" });
    await expect(talk.say(caller, "Well?", writing("No.")).result).rejects.toThrow(
      "called weather and waits",
    );

    const again = new Conversation(store, { name: "cold" });
    expect(again.waitingCalls).toEqual(first.toolCalls);
    again.giveResult("-3 °C");
    await expect(again.answer(caller, writing("No.")).result).rejects.toThrow(BadInputError);
    again.giveResult("5 °C");
    const answer = await again.answer(caller, writing("Yes.")).result;
    expect(answer.usage.promptTokens).toBe(
      await caller.countTokens(
        again.turns.slice(0, -1).map(({ message }) => message),
        { tools },
      ),
    );
    expect(again.turns.map(({ message: { role, content } }) => [role, content])).toEqual([
      ["user", "Cold?"],
      ["assistant", "I look."],
      ["tool", "-3 °C"],
      ["tool", "5 °C"],
      ["assistant", "Yes."],
    ]);
    expect(again.waitingCalls).toEqual([]);

    if (again.entry === undefined) throw new TypeError("no conversation");
    const line = exportConversation(again.entry, again.turns, "openai");
    const ids = first.toolCalls?.map(({ id }) => id) ?? [];
    expect(JSON.parse(line).messages).toEqual([
      { role: "user", content: "Cold?" },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: ["Oslo", "Bergen"].map((city, at) => ({
          id: ids[at],
          type: "function",
          function: { name: "weather", arguments: JSON.stringify({ city }) },
        })),
      },
      { role: "tool", content: "-3 °C", tool_call_id: ids[0], name: "weather" },
      { role: "tool", content: "5 °C", tool_call_id: ids[1], name: "weather" },
      { role: "assistant", content: "Yes." },
    ]);
    expect(exportConversation(again.entry, again.turns, "markdown")).toContain(
      '```json\n{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}\n```',
    );
  });

  test("says in both languages what does not fit a schema", async () => {
    using store = newStore();
    const path = await tinyModelFile({ stage: "instruct", template, context: 2048 });
    await using caller = await open(path, { for: "chat", force: true });
    const wrong = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>';
    const { toolCalls } = await new Conversation(store).say(caller, "Cold?", writing(wrong)).result;
    const [made] = toolCalls ?? [];
    if (made?.status !== "unusable") throw new TypeError("it was made");
    expect(made.problem.en).toMatch(/do not fit its schema: .*expected/);
    expect(made.problem.zh).toMatch(/不符合其模式：.*期望/);
  });
});

describe("a conversation that is kept", () => {
  test("has the message on the disk before the reply begins, and the reply when it has ended", async () => {
    using store = newStore();
    const talk = new Conversation(store);
    const generation = talk.say(model, "How many legs does a dog have?", greedy);
    let text = "";
    for await (const piece of generation) {
      if (text === "") expect(talk.turns.map(({ message }) => message.role)).toEqual(["user"]);
      text += piece;
    }
    const reply = await generation.result;
    expect(reply).toMatchObject({
      text,
      conversation: "How many legs does a dog have?",
      context: { policy: "recent", leftOut: 0, promptTokens: reply.usage.promptTokens },
      recalled: [],
      remembered: [],
    });
    expect(talk.turns[1]).toMatchObject({
      message: { role: "assistant", content: text },
      model: "mini-instruct",
      finishReason: reply.finishReason,
    });
  });

  test("is gone on with by its name, with what was said before in the prompt", async () => {
    using store = newStore();
    const first = await new Conversation(store, { name: "legs" }).say(model, "Hello.", greedy).result;
    const again = new Conversation(store, { name: "legs" });
    const reply = await again.say(model, "Hello again.", greedy).result;
    expect(reply.usage.promptTokens).toBeGreaterThan(first.usage.promptTokens);
    expect(again.turns.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  });

  test("keeps a reply that is aborted as far as it came", async () => {
    using store = newStore();
    await using base = await open("mini-base", { for: "chat", force: true });
    const talk = new Conversation(store);
    const stop = new AbortController();
    const options = { ...greedy, maxTokens: 400, signal: stop.signal };
    const generation = talk.say(base, "Tell me a long story.", options);
    for await (const _ of generation) stop.abort();
    const { finishReason, text } = await generation.result;
    expect(talk.turns.at(-1)).toMatchObject({ message: { role: "assistant", content: text }, finishReason });
    expect(finishReason).toBe("aborted");
  });

  test("answers a message that got no reply, also when it was changed", async () => {
    using store = newStore();
    const talk = new Conversation(store);
    const signal = AbortSignal.abort();
    expect((await talk.say(model, "How many legs has a dog?", { ...greedy, signal }).result).text).toBe("");
    expect(talk.turns).toHaveLength(1);
    talk.edit(1, "How many legs does a cat have?");
    await talk.answer(model, greedy).result;
    expect(talk.turns.map(({ message }) => message.role)).toEqual(["user", "assistant"]);
    await expect(talk.answer(model, greedy).result).rejects.toMatchObject({ name: "BadInputError" });
  });

  test("goes on in a branch where another process went on meanwhile", async () => {
    using store = newStore();
    const talk = new Conversation(store, { name: "shared" });
    const generation = talk.say(model, "Hello.", greedy);
    let isFirst = true;
    for await (const _ of generation) {
      if (isFirst) {
        const entry = store.conversations.get("shared");
        store.conversations.append(entry, 1, { role: "user", content: "from elsewhere" });
      }
      isFirst = false;
    }
    const reply = await generation.result;
    expect(reply.conversation).toBe("shared (2)");
    expect(reply.warnings.map(({ en }) => en)).toContain(
      'Another process went on with "shared" meanwhile; this goes on as "shared (2)".',
    );
    expect(talk.turns.map(({ message }) => message.role)).toEqual(["user", "assistant"]);
  });

  test("that outgrows the context is cut or summarised, and says so", { timeout: 120_000 }, async () => {
    using store = newStore();
    const filled = (name: string) => {
      const first = store.conversations.latest();
      if (first !== undefined) return store.conversations.branch(first, { turns: 40, name });
      const entry = store.conversations.create(name);
      for (let i = 0; i < 40; i++) {
        const role = i % 2 === 0 ? "user" : "assistant";
        store.conversations.append(entry, i, { role, content: "A dog has four legs. A cat has four legs." });
      }
      return entry;
    };
    filled("recent");
    const cut = await new Conversation(store, { name: "recent" }).say(model, "Hello.", greedy).result;
    expect(cut.context.leftOut).toBeGreaterThan(0);
    expect(cut.context.promptTokens).toBeLessThanOrEqual(cut.context.limit);
    expect(cut.usage.promptTokens).toBe(cut.context.promptTokens);

    filled("summarize");
    const talk = new Conversation(store, { name: "summarize", policy: "summarize" });
    const { context } = await talk.say(model, "Hello.", greedy).result;
    expect(context.summarized).toBeGreaterThan(0);
    expect(context.summary).toMatch(/\S/);
    expect(store.conversations.summary(store.conversations.get("summarize"))).toEqual({
      upTo: context.summarized,
      content: context.summary,
    });

    filled("refuse");
    const refused = new Conversation(store, { name: "refuse", policy: "refuse" }).say(
      model,
      "Hello.",
      greedy,
    );
    await expect(refused.result).rejects.toMatchObject({ name: "ContextFullError" });
  });

  test("remembers what it is asked to, and tells the model in another conversation", async () => {
    using store = newStore();
    const first = new Conversation(store, { name: "one" });
    const { remembered, recalled } = await first.say(model, "Remember that my cat is called Miso.", greedy)
      .result;
    expect(remembered).toMatchObject([{ content: "my cat is called Miso", conversation: "one" }]);
    expect(recalled).toEqual([]);
    const other = new Conversation(store, { name: "other" });
    const plain = await model.countTokens([{ role: "user", content: "What is my cat called?" }]);
    const reply = await other.say(model, "What is my cat called?", greedy).result;
    expect(reply.recalled).toMatchObject([{ content: "my cat is called Miso" }]);
    expect(reply.usage.promptTokens).toBeGreaterThan(plain ?? Number.POSITIVE_INFINITY);
    expect(store.memories.list()).toMatchObject([{ uses: 1 }]);
    // What is remembered is no part of what was said.
    expect(other.turns.map(({ message }) => message.role)).toEqual(["user", "assistant"]);
  });

  test("finds memories by their meaning, and by their words where that fails", async () => {
    using store = newStore();
    const path = await writeBert(BERT, join(temporaryFolder(), "all-MiniLM-tiny.gguf"), "mean");
    const embedder = requireEmbedder(await open(path, { for: "embed" }));
    store.memories.add("my cat is called Miso", "asked");
    const talk = new Conversation(store, { recall: recallByMeaning(embedder, store) });
    const reply = await talk.say(model, "What is my cat called?", greedy).result;
    expect(reply.recalled).toMatchObject([{ content: "my cat is called Miso" }]);
    expect(store.memories.vectors(embedder.identity).get(1)).toHaveLength(32);
    await embedder[Symbol.asyncDispose]();
    const failing = new Conversation(store, {
      recall: async () => {
        throw new BadInputError({ en: "it is gone.", zh: "它不在了。" });
      },
    });
    const other = await failing.say(model, "What is my cat called?", greedy).result;
    expect(other.recalled).toMatchObject([{ content: "my cat is called Miso" }]);
    expect(other.warnings.map(({ en }) => en)).toContain(
      "Memories were found by their words alone: it is gone.",
    );
  });

  test("no model finds memories that was not trained for vectors", async () => {
    await using base = await open("mini-base", { for: "embed" });
    expect(() => requireEmbedder(base)).toThrow(
      expect.objectContaining({ name: "BadInputError", exitCode: 2 }),
    );
  });
});
