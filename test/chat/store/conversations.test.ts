import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { nameFrom } from "../../../src/chat/store/conversations.ts";
import {
  ConversationMovedError,
  NameTakenError,
  NoConversationError,
} from "../../../src/chat/store/errors.ts";
import { exportConversation } from "../../../src/chat/store/export.ts";
import { ConversationStore } from "../../../src/chat/store/store.ts";
import { BadInputError } from "../../../src/errors.ts";
import { readExamples } from "../../../src/formats/datasets/examples.ts";
import { temporaryFile, temporaryFolder } from "../../support/gguf.ts";

function newStore(): ConversationStore {
  return new ConversationStore(join(temporaryFolder(), "data", "conversations.sqlite"));
}

/** A conversation of these texts, said in turn by user and assistant. */
function saying(store: ConversationStore, name: string, ...texts: string[]) {
  const conversation = store.conversations.create(name);
  for (const [i, content] of texts.entries()) {
    if (i % 2 === 0) store.conversations.append(conversation, i, { role: "user", content });
    else {
      store.conversations.append(
        conversation,
        i,
        { role: "assistant", content },
        { model: "mini", finishReason: "stop" },
      );
    }
  }
  return store.conversations.get(name);
}

const textsOf = (store: ConversationStore, name: string): string[] =>
  store.conversations.turns(store.conversations.get(name)).map(({ message }) => message.content);

describe("a conversation", () => {
  test("is there after the store was closed, for its owner alone", () => {
    const path = join(temporaryFolder(), "data", "conversations.sqlite");
    {
      using store = new ConversationStore(path);
      saying(store, "trip", "Where to?", "To the sea.");
      store.conversations.setSystem(store.conversations.get("trip"), "Be brief.");
    }
    using store = new ConversationStore(path);
    const entry = store.conversations.get("trip");
    expect(entry).toMatchObject({ name: "trip", model: "mini", turns: 2, branchedFrom: null });
    expect(store.conversations.turns(entry)).toMatchObject([
      { position: 0, message: { role: "system", content: "Be brief." }, model: null, finishReason: null },
      { position: 1, message: { role: "user", content: "Where to?" } },
      {
        position: 2,
        message: { role: "assistant", content: "To the sea." },
        model: "mini",
        finishReason: "stop",
      },
    ]);
    if (process.platform !== "win32") {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    }
  });

  test("keeps any text as it is, except halves of characters and NUL", () => {
    using store = newStore();
    const points = Array.from({ length: 0x11_0000 / 61 }, (_, i) => String.fromCodePoint(i * 61));
    const content = [...points.filter((point) => point.isWellFormed()), "\u0001\ufeff\u2028\r\n"].join("");
    saying(store, "any", content);
    expect(textsOf(store, "any")).toEqual([content.replaceAll("\0", "\ufffd")]);
    const conversation = store.conversations.create("zero");
    store.conversations.append(conversation, 0, { role: "user", content: "a\0b\ud800c" });
    expect(textsOf(store, "zero")).toEqual(["a\ufffdb\ufffdc"]);
  });

  test("takes a turn only where nobody else put one", () => {
    using store = newStore();
    const entry = saying(store, "one", "a", "b");
    expect(() => store.conversations.append(entry, 1, { role: "user", content: "c" })).toThrow(
      ConversationMovedError,
    );
    expect(() => store.conversations.append(entry, 3, { role: "user", content: "c" })).toThrow(
      ConversationMovedError,
    );
    store.conversations.remove("one");
    expect(() => store.conversations.append(entry, 2, { role: "user", content: "c" })).toThrow(
      ConversationMovedError,
    );
  });

  test("has a name of its own that steers no terminal", () => {
    using store = newStore();
    saying(store, " a\n\x1b[31m b ", "x");
    expect(store.conversations.list().map(({ name }) => name)).toEqual(["a [31m b"]);
    expect(() => store.conversations.create("a [31m b")).toThrow(NameTakenError);
    expect(() => store.conversations.create("\n")).toThrow(BadInputError);
    expect(() => store.conversations.create("x".repeat(121))).toThrow(BadInputError);
    expect(store.conversations.createLike("a [31m b").name).toBe("a [31m b (2)");
    expect(store.conversations.createLike("a [31m b (2)").name).toBe("a [31m b (3)");
    expect(store.conversations.rename("a [31m b", "ｎew").name).toBe("ｎew");
    expect(() => store.conversations.rename("gone", "x")).toThrow(NoConversationError);
    expect(() => store.conversations.rename("ｎew", "a [31m b (2)")).toThrow(NameTakenError);
    expect(nameFrom("Please tell me everything that you know about the old lighthouse")).toBe(
      "Please tell me everything that you know…",
    );
    expect(nameFrom("今天\n天气怎么样？")).toBe("今天 天气怎么样？");
    expect(nameFrom(" \n")).toBe("…");
  });

  test("branches at a turn, and keeps what an edit replaces", () => {
    using store = newStore();
    const entry = saying(store, "talk", "a", "b", "c", "d");
    store.conversations.setSystem(entry, "s");
    const branch = store.conversations.branch(store.conversations.get("talk"), { turns: 2 });
    expect(branch).toMatchObject({ name: "talk (2)", turns: 2, branchedFrom: { name: "talk", turns: 2 } });
    expect(textsOf(store, "talk (2)")).toEqual(["s", "a", "b"]);

    const kept = store.conversations.edit(entry, 3, "other");
    expect(textsOf(store, "talk")).toEqual(["s", "a", "b", "other"]);
    expect(textsOf(store, kept.name)).toEqual(["s", "a", "b", "c", "d"]);
    expect(store.conversations.turns(store.conversations.get("talk")).at(-1)?.message.role).toBe("user");
    for (const position of [0, 4, -1, 1.5]) {
      expect(() => store.conversations.edit(entry, position, "x")).toThrow(BadInputError);
    }
    expect(() => store.conversations.branch(entry, { turns: 9 })).toThrow(BadInputError);
    expect(() => store.conversations.branch(entry, { name: "talk" })).toThrow(NameTakenError);
  });

  test("leaves no trace once it is removed", () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    using store = new ConversationStore(path);
    saying(store, "secret", "the passphrase is wombat-orange-lamp", "noted");
    saying(store, "other", "something else", "fine");
    store.memories.remove(store.memories.add("the code is 8841-kestrel", "asked").id);
    store.conversations.remove("secret");
    expect(() => store.conversations.get("secret")).toThrow(NoConversationError);
    expect(store.conversations.search("wombat")).toEqual([]);
    for (const file of readdirSync(dirname(path))) {
      const bytes = readFileSync(join(dirname(path), file), "latin1");
      expect(bytes).not.toMatch(/wombat|kestrel/);
    }
  });
});

describe("search", () => {
  test("finds words and pieces of words in any language, all of them in one turn", () => {
    using store = newStore();
    saying(store, "weather", "今天北京的天气怎么样？", "北京今天晴。");
    saying(store, "sea", "Is the Lighthouse open?", "100% sure: it is_open now.");
    const found = (query: string) =>
      store.conversations.search(query).map((hit) => [hit.conversation, hit.position]);
    expect(found("天气")).toEqual([["weather", 1]]);
    expect(found("晴")).toEqual([["weather", 2]]);
    expect(found("北京的天气")).toEqual([["weather", 1]]);
    expect(found("北京 晴")).toEqual([["weather", 2]]);
    expect(found("lightHOUSE")).toEqual([["sea", 1]]);
    expect(found('"it is"')).toEqual([["sea", 2]]);
    expect(found("0%")).toEqual([["sea", 2]]);
    expect(found("s_o")).toEqual([["sea", 2]]);
    expect(found('NEAR( "" OR *')).toEqual([]);
    expect(found("   ")).toEqual([]);
    expect(store.conversations.search("天气")[0]?.excerpt).toBe("今天北京的天气怎么样？");
  });

  test("follows edits and removals", () => {
    using store = newStore();
    const entry = saying(store, "talk", "first thing", "answer");
    const kept = store.conversations.edit(entry, 1, "second thing");
    store.conversations.remove(kept.name);
    expect(store.conversations.search("first")).toEqual([]);
    expect(store.conversations.search("second").map(({ position }) => position)).toEqual([1]);
  });
});

describe("export", () => {
  test("training data is what `basewise train` reads", async () => {
    using store = newStore();
    const entry = saying(store, "talk", "How many legs has a dog?", "Four.", "一只鸟呢？", "两条。", "And?");
    store.conversations.setSystem(entry, "Be brief.");
    const line = exportConversation(entry, store.conversations.turns(entry), "openai");
    const rows = [];
    for await (const row of readExamples({ path: temporaryFile("data.jsonl", Buffer.from(line)) }))
      rows.push(row);
    expect(rows).toMatchObject([
      {
        repairs: [],
        examples: [
          {
            kind: "conversation",
            messages: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "How many legs has a dog?" },
              { role: "assistant", content: "Four." },
              { role: "user", content: "一只鸟呢？" },
              { role: "assistant", content: "两条。" },
            ],
          },
        ],
      },
    ]);
  });

  test("training data ends before a reply that was cut off", () => {
    using store = newStore();
    const entry = saying(store, "talk", "a", "b", "c");
    store.conversations.append(entry, 3, { role: "assistant", content: "d…" }, { finishReason: "length" });
    store.conversations.append(entry, 4, { role: "user", content: "e" });
    store.conversations.append(entry, 5, { role: "assistant", content: "f" }, { finishReason: "stop" });
    const line = exportConversation(entry, store.conversations.turns(entry), "openai");
    expect(JSON.parse(line)).toEqual({
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
      ],
    });
    const cut = store.conversations.create("cut");
    store.conversations.append(cut, 0, { role: "user", content: "a" });
    expect(exportConversation(cut, store.conversations.turns(cut), "openai")).toBe("");
  });

  test("Markdown and JSON hold all that was said", () => {
    using store = newStore();
    const entry = saying(store, "#1 *talk*", "问", "answer");
    const turns = store.conversations.turns(entry);
    expect(exportConversation(entry, turns, "markdown")).toBe(
      `# \\#1 \\*talk\\*\n\n${entry.created} · mini\n\n## user\n\n问\n\n## assistant\n\nanswer\n`,
    );
    expect(JSON.parse(exportConversation(entry, turns, "json"))).toMatchObject({
      name: "#1 *talk*",
      messages: [
        { role: "user", content: "问", model: null },
        { role: "assistant", content: "answer", model: "mini", finishReason: "stop" },
      ],
    });
  });
});

test("memories are kept once, counted and removed", () => {
  using store = newStore();
  const { memories } = store;
  const cat = memories.add("  My cat is\ncalled Miso. ", "asked", "talk");
  expect(cat).toMatchObject({
    content: "My cat is called Miso.",
    why: "asked",
    conversation: "talk",
    uses: 0,
  });
  expect(memories.add("My cat is called Miso.", "recurred").id).toBe(cat.id);
  memories.countUse([cat]);
  expect(memories.list()).toMatchObject([{ id: cat.id, uses: 1 }]);
  expect(() => memories.add(" ", "asked")).toThrow(BadInputError);
  expect(() => memories.add("x".repeat(1001), "asked")).toThrow(BadInputError);
  memories.remove(cat.id);
  expect(memories.list()).toEqual([]);
  expect(() => memories.remove(cat.id)).toThrow(BadInputError);
});
