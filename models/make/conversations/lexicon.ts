import type { Language } from "../../../src/language.ts";
import { documents } from "../text/documents.ts";
import { Random } from "../text/random.ts";
import { COLOURED, NAMES, OPPOSITES, PET_NAMES, WORD_LISTS } from "../text/world.ts";
import { reserved, reservedAt } from "./split.ts";

const DOCUMENTS = 250;
const SEED = 77;
/** A word that comes less often in those documents is rare. */
const LEAST = 3;

const LISTS = [...WORD_LISTS, COLOURED];

/** What only the battery plays with: reserved words of the world, names, and words whose opposite it asks for. */
function keptWords(language: Language): string[] {
  return [
    ...LISTS.flatMap((list) => reserved(list).map((word) => word[language])),
    ...NAMES[language].reserved.map(({ name }) => name),
    ...reservedAt(PET_NAMES[language]),
    ...reservedAt(OPPOSITES[language]).flat(),
  ];
}

/** A text cut into words, or into pieces of one to three characters where nothing divides words. */
function cut(random: Random, language: Language, text: string): string[] {
  if (language === "en") return text.match(/[A-Za-z]+/g) ?? [];
  const pieces: string[] = [];
  for (const run of text.match(/\p{Script=Han}+/gu) ?? []) {
    for (let from = 0, length = 0; from < run.length; from += length) {
      length = random.between(1, 3);
      pieces.push(run.slice(from, from + length));
    }
  }
  return pieces;
}

function textsOf(language: Language): string[] {
  const endless = documents(SEED);
  const some = Array.from({ length: DOCUMENTS }, () => endless.next().value);
  return some.filter((document) => document.language === language).map(({ text }) => text);
}

/** Some of the texts that the base reads. */
export const TEXTS: Readonly<Record<Language, readonly string[]>> = { en: textsOf("en"), zh: textsOf("zh") };

function wordsOf(language: Language): string[] {
  const random = new Random(SEED);
  const kept = keptWords(language).map((word) => word.toLowerCase());
  const isKept = (word: string): boolean =>
    language === "en" ? kept.includes(word.toLowerCase()) : kept.some((one) => word.includes(one));
  const counts = new Map<string, number>();
  for (const text of TEXTS[language]) {
    for (const word of cut(random, language, text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts.keys()].filter((word) => (counts.get(word) ?? 0) >= LEAST && !isKept(word)).sort();
}

/**
 * Some thousand words that the texts use, but for those kept for the battery. A model that copies only the few hundred
 * words of its exercises has learned them by heart: asked for "star", ours wrote "light" until it had copied nearly
 * every token there is.
 */
export const LEXICON: Readonly<Record<Language, readonly string[]>> = {
  en: wordsOf("en"),
  zh: wordsOf("zh"),
};

/** Of each word of the world so many in a row of words to dictate, beside one of each other word of the texts. */
const WORLD_WEIGHT = 8;

function dictatedWords(language: Language): string[] {
  const world = [
    ...LISTS.flatMap((list) => list.map((word) => word[language])),
    ...NAMES[language].taught.map(({ name }) => name),
    ...PET_NAMES[language],
    ...OPPOSITES[language].flat(),
    ...keptWords(language),
  ];
  return [...LEXICON[language], ...Array.from({ length: WORLD_WEIGHT }, () => world).flat()];
}

/**
 * What may be dictated: all words, those kept for the battery too. A word that the assistant never says anywhere is
 * unlearned by tuning, whatever else it learns: ours said "Daniel" for "star". To write it down in a dictation teaches
 * the word and none of the battery's prompts.
 */
export const DICTATED: Readonly<Record<Language, readonly string[]>> = {
  en: dictatedWords("en"),
  zh: dictatedWords("zh"),
};

/** Characters of the shortest and the longest sentence to dictate. */
const SENTENCE_LENGTH = { en: [12, 70], zh: [5, 30] } as const;

function sentencesOf(language: Language): string[] {
  const [shortest, longest] = SENTENCE_LENGTH[language];
  const sentences = TEXTS[language].flatMap((text) => text.split(/\n+|(?<=[.!?] )|(?<=[。！？])/));
  const tidied = sentences.map((sentence) => sentence.trim());
  return [...new Set(tidied)].filter(
    (sentence) =>
      sentence.length >= shortest && sentence.length <= longest && /^[^"“”]+[.!?。！？]$/.test(sentence),
  );
}

/**
 * Sentences of the texts, to be said again: a tuned model keeps what its base knew of the world only if it still says
 * it now and then.
 */
export const SENTENCES: Readonly<Record<Language, readonly string[]>> = {
  en: sentencesOf("en"),
  zh: sentencesOf("zh"),
};
