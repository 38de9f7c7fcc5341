import type { Language } from "../../../src/language.ts";
import type { Random } from "../text/random.ts";
import type { Exchange } from "./conversation.ts";
import { TEXTS } from "./lexicon.ts";

/**
 * A text of the base's to be gone on with. What tuning never asks for it unlearns: with such replies among the others
 * the instruct model keeps the words and the world of its base (rehearsal; Robins 1995, "Catastrophic Forgetting,
 * Rehearsal and Pseudorehearsal").
 */
const ASK: Readonly<Record<Language, readonly string[]>> = {
  en: ["Continue: {text}", "Go on with this text: {text}", "Write on: {text}", "How does this go on? {text}"],
  zh: ["续写：{text}", "接着写下去：{text}", "把这段文字写下去：{text}", "后面是什么？{text}"],
};

/** Characters of the beginning that is given, and of the reply, at most. */
const GIVEN = { en: 90, zh: 30 } as const;
const REPLY = { en: 240, zh: 80 } as const;

/** The whole sentences, a line or a paragraph each, that fit into so many characters. */
function sentences(text: string, most: number): string {
  const cut = text.slice(0, most + 1);
  const end = Math.max(
    ...[...cut.matchAll(/[.!?](?=\s)|[。！？]”?/g)].map(({ index, 0: mark }) => index + mark.length),
    0,
  );
  return cut.slice(0, end);
}

/** The beginning of some text, and how it goes on. */
export function drawContinuation(random: Random, language: Language): Exchange {
  const gap = language === "en" ? " " : "";
  for (;;) {
    const text = random.pick(TEXTS[language]);
    const paragraph = text.indexOf("\n\n", random.below(text.length));
    if (paragraph === -1) continue;
    const rest = text
      .slice(paragraph, paragraph + 2 * (GIVEN[language] + REPLY[language]))
      .trim()
      .replace(/\s*\n\s*/g, gap);
    const given = sentences(rest, GIVEN[language]);
    const reply = sentences(rest.slice(given.length).trim(), REPLY[language]);
    if (given === "" || reply === "") continue;
    return {
      user: random.pick(ASK[language]).replace("{text}", () => given),
      assistant: reply,
      skill: "open",
    };
  }
}
