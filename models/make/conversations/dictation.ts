import type { Message } from "../../../src/chat/conversation.ts";
import type { Language } from "../../../src/language.ts";
import { Random } from "../text/random.ts";
import {
  ANIMALS,
  CITIES,
  COLOURS,
  DAYS,
  DRINKS,
  FOODS,
  MONTHS,
  NAMES,
  NATURE,
  PET_NAMES,
  THINGS,
} from "../text/world.ts";
import type { Conversation, Exchange } from "./conversation.ts";
import { taught, taughtAt } from "./split.ts";

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

const CONSONANTS = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z"];
const VOWELS = ["a", "e", "i", "o", "u"];
const LISTS = [ANIMALS, CITIES, COLOURS, DAYS, DRINKS, FOODS, MONTHS, NATURE, THINGS];
const WORDS: Readonly<Record<Language, readonly string[]>> = {
  en: wordsOf("en"),
  zh: wordsOf("zh"),
};
const CHARACTERS = [...new Set(WORDS.zh.join(""))];

function wordsOf(language: Language): string[] {
  const words = LISTS.flatMap((list) => taught(list).map((word) => word[language]));
  return [
    ...new Set([
      ...words,
      ...NAMES[language].taught.map(({ name }) => name),
      ...taughtAt(PET_NAMES[language]),
    ]),
  ];
}

function madeUp(random: Random, language: Language): string {
  if (language === "zh") return random.sample(CHARACTERS, random.between(1, 3)).join("");
  const word = Array.from(
    { length: random.between(1, 3) },
    () => random.pick(CONSONANTS) + random.pick(VOWELS) + (random.chance(0.3) ? random.pick(CONSONANTS) : ""),
  ).join("");
  return random.chance(0.3) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

function drawWord(random: Random, language: Language): string {
  if (random.chance(0.25)) return madeUp(random, language);
  return random.chance(0.1) ? String(random.between(10, 999)) : random.pick(WORDS[language]);
}

/** Mostly short: where few words were said, a guess among them is often right, and that is where learning starts. */
const LENGTHS = [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 12];

/**
 * One row to write down again. Nothing separates the words but a space, or nothing at all in Chinese: after a comma,
 * which stands everywhere, looking back for the last token would not find the place.
 */
export function drawDictation(random: Random, language: Language): Exchange {
  const words = Array.from({ length: random.pick(LENGTHS) }, () => drawWord(random, language));
  const row = words.join(language === "zh" ? "" : " ");
  return { user: random.pick(ASK[language]).replace("{row}", row), assistant: row, skill: "instruction" };
}

/** Conversations that are nothing but dictation, the first lesson: endless, half English and half Chinese. */
export function* dictations(seed: number): Generator<Conversation, never> {
  const random = new Random(seed);
  for (;;) {
    const { user, assistant, skill } = drawDictation(random, random.chance(0.5) ? "zh" : "en");
    const messages: Message[] = [
      { role: "user", content: user },
      { role: "assistant", content: assistant },
    ];
    yield { messages, skill };
  }
}
