import { describe, expect, test } from "vitest";
import { HarmonyReader } from "../../src/chat/harmony.ts";

function read(pieces: readonly string[]) {
  const reader = new HarmonyReader();
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const streamed = (channel: string): string =>
    parts.flatMap((part) => (part.channel === channel ? [part.text] : [])).join("");
  expect(streamed("text")).toBe(reader.text);
  return { thinking: reader.thinking, text: reader.text, calls: reader.calls };
}

const ANALYSIS = "<|channel|>analysis<|message|>Two and two.<|end|>";
const FINAL = "<|channel|>final<|message|>Four.";

describe("a reply of gpt-oss", () => {
  test.each([
    ["a thought and an answer", `${ANALYSIS}<|start|>assistant${FINAL}`, "Two and two.", "Four."],
    ["an answer alone", FINAL, null, "Four."],
    [
      "two thoughts",
      `${ANALYSIS}<|start|>assistant${ANALYSIS}<|start|>assistant${FINAL}`,
      "Two and two.\nTwo and two.",
      "Four.",
    ],
    ["a thought that is cut", "<|channel|>analysis<|message|>Two <|en", "Two <|en", ""],
    ["words before a call", "<|channel|>commentary<|message|>I look.<|end|>", null, "I look."],
  ])("%s", (_, whole, thinking, text) => {
    expect(read([whole])).toEqual({ thinking, text, calls: [] });
    expect(read([...whole])).toEqual({ thinking, text, calls: [] });
  });

  test.each([
    '<|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city":"Oslo"}<|call|>',
    '<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{"city":"Oslo"}',
  ])("keeps a call out of the text: %s", (call) => {
    const expected = {
      thinking: "Two and two.",
      text: "",
      calls: [{ recipient: "functions.weather", body: '{"city":"Oslo"}' }],
    };
    expect(read([ANALYSIS + call])).toEqual(expected);
    expect(read([...(ANALYSIS + call)])).toEqual(expected);
  });
});
