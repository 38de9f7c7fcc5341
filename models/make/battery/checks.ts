import type { Language } from "../../../src/language.ts";

/** A reply without the quotation marks and full stops around it, in small letters. */
function bare(reply: string): string {
  return reply
    .trim()
    .replace(/^["'“”‘’「」\s]+|["'“”‘’「」\s.!?。！？,，]+$/gu, "")
    .toLowerCase();
}

const tokens = (reply: string): string[] =>
  bare(reply)
    .split(/[\s,，、;；.。]+/)
    .filter((token) => token.length > 0);

/** Whether the reply is the word and nothing else. */
export function isOnly(reply: string, word: string): boolean {
  return bare(reply) === word.toLowerCase();
}

/** Whether the reply is the word said exactly that many times. */
export function isRepeated(reply: string, word: string, count: number): boolean {
  return tokens(reply).join("") === word.toLowerCase().repeat(count).replaceAll(" ", "");
}

/** Whether the reply is these words in this order. */
export function saysInOrder(reply: string, words: readonly string[]): boolean {
  return tokens(reply).join("") === words.join("").toLowerCase().replaceAll(" ", "");
}

/** Whether the reply has the word in it: as a word of its own where words are divided by spaces. */
export function holds(reply: string, word: string): boolean {
  const [text, wanted] = [reply.toLowerCase(), word.toLowerCase()];
  if (!/^[\x20-\x7e]+$/.test(wanted)) return text.includes(wanted);
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![a-z0-9])${escaped}(?![a-z0-9])`).test(text);
}

export function endsWith(reply: string, word: string): boolean {
  return holds(bare(reply).slice(-word.length), word) && holds(bare(reply), word);
}

export function beginsWith(reply: string, word: string): boolean {
  return holds(bare(reply), word) && bare(reply).startsWith(word.toLowerCase());
}

/** Whether the reply is a list of that many different known things, with bullets or with numbers from 1. */
export function isList(reply: string, numbered: boolean, count: number, known: readonly string[]): boolean {
  const lines = reply.trim().split("\n");
  const things = lines.map((line, index) => {
    const start = numbered ? new RegExp(`^${index + 1}[.、)]\\s*`) : /^[-*•]\s*/;
    return start.test(line) ? bare(line.replace(start, "")) : "";
  });
  const names = new Set(known.map((name) => name.toLowerCase()));
  return (
    lines.length === count && new Set(things).size === count && things.every((thing) => names.has(thing))
  );
}

/** Whether the reply is yes, or is no, and hardly more. */
export function answersYesOrNo(reply: string, yes: boolean, language: Language): boolean {
  const answers =
    language === "en"
      ? { yes: ["yes"], no: ["no"] }
      : { yes: ["是", "是的", "对"], no: ["不是", "不", "否"] };
  return (yes ? answers.yes : answers.no).includes(tokens(reply)[0] ?? "") && tokens(reply).length <= 6;
}

/** Characters a short reply may have. */
const SHORT = 300;

/** Whether an open reply says something, stays short and ends with the end of a sentence. */
export function isShortAndFinished(reply: string): boolean {
  const text = reply.trim();
  return text.length > 3 && text.length <= SHORT && /[.!?。！？”"]$/.test(text);
}
