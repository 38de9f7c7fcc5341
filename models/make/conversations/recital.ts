import type { Language } from "../../../src/language.ts";
import { KNOWLEDGE as CHINESE_KNOWLEDGE } from "../text/chinese/facts.ts";
import { contrast as chineseContrast } from "../text/chinese/safety.ts";
import { KNOWLEDGE as ENGLISH_KNOWLEDGE } from "../text/english/facts.ts";
import { contrast as englishContrast } from "../text/english/safety.ts";
import { capitals } from "../text/english/words.ts";
import type { Random } from "../text/random.ts";
import { drawScene, type Piece } from "../text/scene.ts";
import type { Exchange } from "./conversation.ts";

/**
 * The beginning of a sentence about the world, to be made whole. The base knows what the opposite of "wet" is; a tuned
 * model that never says such sentences forgets it, or no longer looks for it. They tell about the words kept for the
 * battery too, as the base's texts do: kept is that anybody asks for them.
 */
const ASK: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "Finish this sentence: {begun}",
    "Complete: {begun}",
    "How does this sentence end? {begun}",
    "Fill in the rest: {begun}",
    "I begin and you end it: {begun}",
  ],
  zh: [
    "补全这句话：{begun}",
    "把这句话说完：{begun}",
    "这句话怎么结束？{begun}",
    "我说开头，你说完：{begun}",
    "填上后面的：{begun}",
  ],
};

const PIECES: Readonly<Record<Language, readonly Piece[]>> = {
  en: [...ENGLISH_KNOWLEDGE, capitals, capitals, englishContrast],
  zh: [...CHINESE_KNOWLEDGE, chineseContrast],
};

/** Characters of the sentences that are recited. */
const LENGTH = { en: [12, 90], zh: [5, 40] } as const;

/** What says nothing by itself: a question, an answer to one, a sentence about somebody or something just named. */
const LEANS =
  /[?？…]|^(?:It|They|Yes|No|He|She|In words|Now|Then|That|This|The answer)\b|^(?:是|不|它|他|她|那|这)/;

/** The whole sentences of a piece that can stand alone. */
function sentencesOf(piece: string, language: Language): string[] {
  const [shortest, longest] = LENGTH[language];
  return piece
    .split(/\n+|(?<=[.!?]"?) (?=[A-Z"\d])|(?<=[。！？]”?)(?=[^”])/)
    .map((sentence) => sentence.trim())
    .filter(
      (sentence) =>
        sentence.length >= shortest &&
        sentence.length <= longest &&
        /[.。]$/.test(sentence) &&
        !LEANS.test(sentence),
    );
}

/** Where the beginning ends: after a word in English, after any character in Chinese; at least a third is given. */
function begin(random: Random, language: Language, sentence: string): string {
  if (language === "zh") {
    const characters = [...sentence];
    return characters
      .slice(0, random.between(Math.ceil(characters.length / 3), characters.length - 2))
      .join("");
  }
  const words = sentence.split(" ");
  return words.slice(0, random.between(Math.ceil(words.length / 3), words.length - 1)).join(" ");
}

/** A sentence that is begun, and the whole of it. */
export function drawRecital(random: Random, language: Language): Exchange {
  for (;;) {
    const piece = random.pick(PIECES[language]);
    const sentences = sentencesOf(piece(drawScene(random, language, "train")), language);
    if (sentences.length === 0) continue;
    const sentence = random.pick(sentences);
    return {
      user: random.pick(ASK[language]).replace("{begun}", () => begin(random, language, sentence)),
      assistant: sentence,
      skill: "instruction",
    };
  }
}
