import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openedThought, ThoughtReader } from "../../src/chat/thoughts.ts";

function read(pieces: readonly string[], opened?: string) {
  const reader = new ThoughtReader();
  if (opened !== undefined) reader.open(opened);
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const of = (channel: string): string =>
    parts
      .filter((part) => part.channel === channel)
      .map(({ text }) => text)
      .join("");
  expect(of("text")).toBe(reader.text);
  return { thinking: reader.thinking, text: reader.text, streamed: of("thinking") };
}

describe("a reply with thoughts", () => {
  test.each([
    ["Qwen3", "<think>\nHm, 4.\n</think>\n\nFour.", "Hm, 4.", "Four."],
    ["GLM-4.1V", "<thinking>Hm.</thinking>Four.", "Hm.", "Four."],
    ["Seed-OSS", "<seed:think>Hm.</seed:think>Four.", "Hm.", "Four."],
    ["Magistral", "[THINK]Hm.[/THINK]Four.", "Hm.", "Four."],
    ["EXAONE Deep", "<thought>\nHm.\n</thought>\n\nFour.", "Hm.", "Four."],
    ["Gemma 4", "<|channel>thought\nHm.\n<channel|>Four.", "Hm.", "Four."],
    ["Gemma 4 without one", "<|channel>thought\n<channel|>Four.", "", "Four."],
    ["Command A", "<|START_THINKING|>Hm.<|END_THINKING|>Four.", "Hm.", "Four."],
    ["Granite 3.2", "Here is my thought process: Hm.\n\nHere is my response: Four.", "Hm.", "Four."],
    ["an empty thought", "<think>\n\n</think>\n\nFour.", "", "Four."],
    ["no thought", " Four </think> is <think>.", null, " Four </think> is <think>."],
    ["a cut thought", "<think>\nHm, </th", "Hm, </th", ""],
    ["a beginning alone", "<thi", null, "<thi"],
  ])("%s", (_, whole, thinking, text) => {
    expect(read([whole])).toMatchObject({ thinking, text });
    expect(read([...whole])).toMatchObject({ thinking, text });
  });

  test("goes on with a thought that the prompt began", () => {
    expect(openedThought("<|im_start|>assistant\n<think>\n")).toBe("</think>");
    expect(openedThought("<think>\n\n</think>\n\n")).toBeUndefined();
    expect(read(["Hm.</thi", "nk>\n\nFour."], "</think>")).toMatchObject({ thinking: "Hm.", text: "Four." });
  });

  test("is read the same however it is cut, and no mark leaks", () => {
    const letters = fc.array(fc.constantFrom("<think>", "</think>", "<", "/think>", "a", "\n", "</thi"), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, (words) => {
        const whole = words.join("");
        const atOnce = read([whole]);
        expect(read([...whole])).toEqual(atOnce);
        expect(atOnce.streamed).not.toContain("</think>");
      }),
    );
  });
});
