import { describe, expect, test } from "vitest";
import { ContextFullError, fitContext, type Reader } from "../../src/chat/context.ts";
import type { Message } from "../../src/chat/conversation.ts";
import { summarizeInPieces, summaryRequest } from "../../src/chat/summarize.ts";

/** Turns of ten characters each, by user and assistant in turn. */
const turnsOf = (count: number): Message[] =>
  Array.from({ length: count }, (_, i) => ({
    role: i % 2 === 0 ? "user" : "assistant",
    content: `turn ${i + 1}`.padEnd(10, "."),
  }));

/** Counts characters as tokens; a summary names the turns it was made of. */
function reader(limit: number): Reader & { readonly summaries: string[] } {
  const summaries: string[] = [];
  return {
    limit,
    summaries,
    count: async (messages) => messages.reduce((sum, { content }) => sum + content.length, 0),
    summarize: async (turns, before) => {
      const summary = `${before ?? ""}<${turns.length}>`;
      summaries.push(summary);
      return summary;
    },
  };
}

const system = "Be brief.";

describe("a conversation", () => {
  test("that fits is read whole", async () => {
    const fitted = await fitContext({ system, turns: turnsOf(3) }, "refuse", reader(39));
    expect(fitted.messages).toEqual([{ role: "system", content: system }, ...turnsOf(3)]);
    expect(fitted.report).toEqual({
      policy: "refuse",
      promptTokens: 39,
      limit: 39,
      leftOut: 0,
      summarized: 0,
      summary: null,
    });
  });

  test("that does not is refused, with both numbers", async () => {
    const refused = fitContext({ system, turns: turnsOf(3) }, "refuse", reader(38));
    await expect(refused).rejects.toThrow(ContextFullError);
    await expect(refused).rejects.toMatchObject({ promptTokens: 39, limit: 38, exitCode: 2 });
  });

  test("keeps its system message and as many recent turns as fit, from one of the user on", async () => {
    const turns = turnsOf(9);
    const { messages, report } = await fitContext({ system, turns }, "recent", reader(55));
    expect(messages).toEqual([{ role: "system", content: system }, ...turns.slice(6)]);
    expect(report).toMatchObject({ promptTokens: 39, leftOut: 6, summarized: 0, summary: null });
  });

  test("whose last message alone is too long is refused", async () => {
    for (const policy of ["recent", "summarize"] as const) {
      const refused = fitContext({ system, turns: turnsOf(5) }, policy, reader(15));
      await expect(refused).rejects.toMatchObject({ name: "ContextFullError", promptTokens: 19 });
    }
  });

  test("is summarised, and the summary used until it no longer fits", async () => {
    const read = reader(100);
    const first = await fitContext({ system, turns: turnsOf(11) }, "summarize", read);
    expect(first.report).toMatchObject({ leftOut: 0, summarized: 8, summary: "<8>" });
    expect(first.messages).toEqual([
      { role: "system", content: `${system}\n\nSummary of the conversation so far:\n<8>` },
      ...turnsOf(11).slice(8),
    ]);
    const { summary } = first;
    const second = await fitContext({ system, turns: turnsOf(13), summary }, "summarize", read);
    expect(second.report).toMatchObject({ summarized: 8, promptTokens: 9 + 2 + 39 + 50 });
    expect(read.summaries).toEqual(["<8>"]);
    const third = await fitContext({ system, turns: turnsOf(15), summary }, "summarize", read);
    expect(third.report).toMatchObject({ leftOut: 0, summarized: 12, summary: "<8><4>" });
  });

  test("leaves out, and says so, what neither fits nor could be summarised", async () => {
    const mute: Reader = { ...reader(40), summarize: async () => " " };
    const { report } = await fitContext({ system, turns: turnsOf(9) }, "summarize", mute);
    expect(report).toMatchObject({ leftOut: 6, summarized: 0, summary: null });
  });

  test("with messages that have no reply is laid out in alternation", async () => {
    const turns: Message[] = [
      { role: "user", content: "a" },
      { role: "user", content: "b" },
    ];
    const { messages } = await fitContext({ system: "", turns }, "recent", reader(100));
    expect(messages).toEqual([{ role: "user", content: "a\n\nb" }]);
  });
});

test("a summary is made in pieces that fit, each with the summary so far", async () => {
  const asked: string[] = [];
  const summary = await summarizeInPieces(
    turnsOf(5),
    "earlier",
    async ({ content }) => (content.match(/turn \d/g) ?? []).length <= 2,
    async ({ content }) => {
      asked.push((content.match(/earlier|so far \d|turn \d/g) ?? []).join(" "));
      return `<think>hm</think> so far ${asked.length}`;
    },
  );
  expect(summary).toBe("so far 3");
  expect(asked).toEqual(["earlier turn 1 turn 2", "so far 1 turn 3 turn 4", "so far 2 turn 5"]);
  expect(summaryRequest([{ role: "user", content: "今天北京的天气怎么样？" }], undefined).content).toMatch(
    /^请用/,
  );
});
