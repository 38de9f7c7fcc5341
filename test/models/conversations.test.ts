import { describe, expect, it } from "vitest";
import type { Conversation } from "../../models/make/conversations/conversation.ts";
import { SKILLS } from "../../models/make/conversations/conversation.ts";
import { conversations } from "../../models/make/conversations/conversations.ts";

function take(seed: number, count: number): Conversation[] {
  const endless = conversations(seed);
  return Array.from({ length: count }, () => endless.next().value);
}

const some = take(1, 4_000);
const contents = some.flatMap(({ messages }) => messages.map(({ content }) => content));

describe("conversations", () => {
  it("are the same for the same seed and others for another", () => {
    expect(take(5, 50)).toEqual(take(5, 50));
    expect(take(6, 50)).not.toEqual(take(5, 50));
  });

  it("alternate between user and assistant and end with the assistant", () => {
    for (const { messages } of some) {
      const turns = messages[0]?.role === "system" ? messages.slice(1) : messages;
      expect(turns.length).toBeGreaterThanOrEqual(2);
      expect(turns.length).toBeLessThanOrEqual(12);
      expect(turns.map(({ role }) => role)).toEqual(
        turns.map((_, index) => (index % 2 === 0 ? "user" : "assistant")),
      );
      expect(turns.at(-1)?.role).toBe("assistant");
    }
  });

  it("hold no control tokens, empty turns or unfilled slots", () => {
    for (const content of contents) {
      expect(content.trim()).not.toBe("");
      expect(content).not.toMatch(/<\||\{\w+\}|undefined/);
    }
  });

  it("answer in short", () => {
    const replies = some.flatMap(({ messages }) => messages.filter(({ role }) => role === "assistant"));
    expect(Math.max(...replies.map(({ content }) => content.length))).toBeLessThan(250);
  });

  it("are about two fifths Chinese and practise every skill", () => {
    const chinese = some.filter(({ messages }) =>
      /\p{Script=Han}/u.test(messages.at(-2)?.content ?? ""),
    ).length;
    expect(chinese / some.length).toBeGreaterThan(0.35);
    expect(chinese / some.length).toBeLessThan(0.45);
    expect(new Set(some.map(({ skill }) => skill))).toEqual(new Set(SKILLS));
  });

  it("have a system turn in a minority", () => {
    const share = some.filter(({ messages }) => messages[0]?.role === "system").length / some.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.2);
  });
});
