import { describe, expect, test } from "vitest";
import { askedToRemember, recallByWords, recurring, systemWith } from "../../src/chat/memory.ts";
import type { Memory } from "../../src/chat/store/memories.ts";

const memoriesOf = (...contents: string[]): Memory[] =>
  contents.map((content, i) => ({
    id: i + 1,
    content,
    why: "asked",
    conversation: null,
    created: "2026-01-01T00:00:00.000Z",
    uses: 0,
  }));

describe("what a message asks to be remembered", () => {
  test.each([
    ["Remember that my cat is called Miso. What toy would it like?", ["my cat is called Miso"]],
    ["Please remember: the wifi code is 12.5 kHz!", ["the wifi code is 12.5 kHz"]],
    ["Hello. Don't forget that I am allergic to nuts.", ["I am allergic to nuts"]],
    ["请记住，我的猫叫米索。它喜欢什么玩具？", ["我的猫叫米索"]],
    ["记住我住在杭州", ["我住在杭州"]],
  ])("%s", (message, facts) => expect(askedToRemember(message)).toEqual(facts));

  test.each([
    "Do you remember my cat?",
    "Remember when we met?",
    "Remember the milk?",
    "I remember that day.",
    "Remember to breathe.",
    "你还记得我的猫吗？",
    "记住了吗",
  ])("nothing: %s", (message) => expect(askedToRemember(message)).toEqual([]));
});

describe("what recurs", () => {
  const elsewhere = [
    { conversation: 1, content: "Hi! I live in Hangzhou. What is on tonight?" },
    { conversation: 2, content: "I live in Hangzhou." },
    { conversation: 3, content: "我住在杭州西湖边。" },
    { conversation: 4, content: "我住在杭州西湖边，" },
  ];
  test("is what was said in two other conversations", () => {
    expect(recurring("I live in Hangzhou. How far is the sea?", elsewhere, [])).toEqual([
      "I live in Hangzhou",
    ]);
    expect(recurring("我住在杭州西湖边", elsewhere, [])).toEqual(["我住在杭州西湖边"]);
  });
  test("is not a question, said once or twice only, or remembered already", () => {
    expect(recurring("Where is it?", elsewhere, [])).toEqual([]);
    expect(recurring("I live in Beijing.", elsewhere, [])).toEqual([]);
    expect(recurring("I live in Hangzhou.", elsewhere.slice(1), [])).toEqual([]);
    expect(recurring("I live in Hangzhou.", elsewhere, memoriesOf("I live in Hangzhou"))).toEqual([]);
  });
});

describe("recall by words", () => {
  const memories = memoriesOf(
    "My cat is called Miso",
    "I live in Hangzhou",
    "我的狗叫豆豆",
    "My cat likes fish",
    "我喜欢喝茶",
  );
  const recalled = async (message: string) =>
    (await recallByWords(message, memories)).map(({ memory }) => memory.id);

  test("finds what shares rare words, the closest first", async () => {
    expect(await recalled("What is my cat called?")).toEqual([1, 4]);
    expect(await recalled("Where do I live?")).toEqual([2]);
    expect(await recalled("我的狗叫什么？")).toEqual([3]);
    expect(await recalled("你知道我喜欢喝什么吗？")).toEqual([5]);
  });
  test("finds nothing where only common words are shared", async () => {
    expect(await recalled("What is the time in my town?")).toEqual([]);
    expect(await recalled("我的天")).toEqual([]);
  });
});

test("what is remembered stands in the system message", () => {
  expect(systemWith("Be brief.", [])).toBe("Be brief.");
  expect(systemWith("", memoriesOf("a", "b"))).toBe(
    "What the user told you in earlier conversations:\n- a\n- b",
  );
});
