import type { Language } from "../../../src/language.ts";
import type { Random } from "./random.ts";
import { NAMES, PET_NAMES, WORD_LISTS } from "./world.ts";

const CONSONANTS = [..."bdfghklmnprstvwz"];
const VOWELS = [..."aeiou"];

/** The words of the world, and the names: what is made up is none of them. */
const KNOWN: Readonly<Record<Language, ReadonlySet<string>>> = { en: knownWords("en"), zh: knownWords("zh") };
const CHARACTERS = [...new Set([...KNOWN.zh].flatMap((word) => [...word]))];

function knownWords(language: Language): Set<string> {
  const words = WORD_LISTS.flatMap((list) => list.map((word) => word[language]));
  const { taught, reserved, heldOut } = NAMES[language];
  const names = [...taught, ...reserved, ...heldOut].map(({ name }) => name);
  return new Set([...words, ...names, ...PET_NAMES[language]].map((word) => word.toLowerCase()));
}

/**
 * A word that nobody knows: "gofa", 河苹. Only looking back can tell it when it comes again, and so it teaches a small
 * model to look back at all; among the few words of a small world, guessing is nearly as good.
 */
export function madeUpWord(random: Random, language: Language): string {
  for (;;) {
    const word = Array.from({ length: random.between(1, 3) }, () =>
      language === "zh" ? random.pick(CHARACTERS) : syllable(random),
    ).join("");
    if (!KNOWN[language].has(word)) return word;
  }
}

function syllable(random: Random): string {
  const open = random.pick(CONSONANTS) + random.pick(VOWELS);
  return random.chance(0.3) ? open + random.pick(CONSONANTS) : open;
}

/** A name that nobody has: "Gofa", 河苹. */
export function madeUpName(random: Random, language: Language): string {
  const word = madeUpWord(random, language);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Mostly short: where few words were said, a guess among them is often right, and that is where learning starts. */
const ROW_LENGTHS = [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 12];

/**
 * A row of words, known, made up and numbers. Nothing separates them but a space, or nothing at all in Chinese: after a
 * comma, which stands everywhere, looking back for the last token would not find the place.
 */
export function drawRow(random: Random, language: Language, known: readonly string[]): string {
  const word = (): string => {
    if (random.chance(0.3))
      return random.chance(0.3) ? madeUpName(random, language) : madeUpWord(random, language);
    return random.chance(0.1) ? String(random.between(10, 999)) : random.pick(known);
  };
  return Array.from({ length: random.pick(ROW_LENGTHS) }, word).join(language === "zh" ? "" : " ");
}
