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

/** The same, when only what is missing is to be said: an answer in a word or two is asked for like this. */
const ASK_REST: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "Only the missing part: {begun}",
    "Say just what is missing: {begun}",
    "What is missing here? {begun}",
    "{begun} … Give only the rest.",
    "The rest only, not the beginning: {begun}",
  ],
  zh: [
    "只写后面缺的：{begun}",
    "缺了什么？只说缺的：{begun}",
    "{begun}……只说剩下的。",
    "后面是什么？不要重复前面：{begun}",
    "只把缺的词说出来：{begun}",
  ],
};
const REST_SHARE = 0.35;

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

/**
 * The sentence in two: after a word in English, after any character in Chinese; at least a third of it is the
 * beginning.
 */
function divide(random: Random, language: Language, sentence: string): readonly [string, string] {
  const gap = language === "en" ? " " : "";
  const parts = language === "en" ? sentence.split(" ") : [...sentence];
  const least = language === "en" ? 1 : 2;
  const at = random.between(Math.ceil(parts.length / 3), parts.length - least);
  return [parts.slice(0, at).join(gap), parts.slice(at).join(gap)];
}

/** A sentence that is begun, and the whole of it, or what is missing. */
export function drawRecital(random: Random, language: Language): Exchange {
  for (;;) {
    const piece = random.pick(PIECES[language]);
    const sentences = sentencesOf(piece(drawScene(random, language, "train")), language);
    if (sentences.length === 0) continue;
    const sentence = random.pick(sentences);
    const [begun, rest] = divide(random, language, sentence);
    const onlyRest = random.chance(REST_SHARE);
    const asked = random.pick((onlyRest ? ASK_REST : ASK)[language]);
    return {
      user: asked.replace("{begun}", () => begun),
      assistant: onlyRest ? rest.replace(/[.。]$/, "") : sentence,
      skill: "instruction",
    };
  }
}
