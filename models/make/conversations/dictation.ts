import type { Language } from "../../../src/language.ts";
import { drawRow } from "../text/made-up.ts";
import type { Random } from "../text/random.ts";
import type { Exchange } from "./conversation.ts";
import { DICTATED, SENTENCES } from "./lexicon.ts";

/**
 * A row of words to be written down again, most of them made up. Nothing but looking back can tell the next word, so
 * that a small model learns to look back at all: without such rows ours told everybody "Your friend is Tim".
 */
const ASK: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "Dictation: {row}",
    "Take this down: {row}",
    "Copy this line: {row}",
    "Echo: {row}",
    "Type the same: {row}",
    "Write down what I say: {row}",
    "Here is a line: {row}. Give it back to me.",
  ],
  zh: [
    "听写：{row}",
    "抄写这一行：{row}",
    "照着写：{row}",
    "跟我念：{row}",
    "这一行是：{row}。请再给我一遍。",
    "记下来再念出来：{row}",
  ],
};

const SENTENCE_SHARE = 0.5;

/** One row or sentence to write down again. */
export function drawDictation(random: Random, language: Language): Exchange {
  const row = random.chance(SENTENCE_SHARE)
    ? random.pick(SENTENCES[language])
    : drawRow(random, language, DICTATED[language]);
  return { user: random.pick(ASK[language]).replace("{row}", row), assistant: row, skill: "instruction" };
}
