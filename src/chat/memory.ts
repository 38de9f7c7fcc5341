import type { Memory } from "./store/memories.ts";

/** A memory that bears on a message, and how much. */
export interface Recalled {
  /** The memory that was found. */
  readonly memory: Memory;
  /** Comparable within one recall only. */
  readonly score: number;
}

/** Finds the memories that bear on a message, the closest first. */
export type Recall = (
  message: string,
  memories: readonly Memory[],
  signal?: AbortSignal,
) => Promise<readonly Recalled[]>;

/** Memories that a model is told at once. */
export const MOST_RECALLED = 5;
/** Conversations, the present one included, in which something is said before it is remembered unasked. */
const RECURRENCES = 3;
const LONGEST_STATEMENT = 200;
const SAME = 0.8;

/** Recall by the words (for Chinese: pairs of characters) that message and memory share, rare ones counting more. */
export const recallByWords: Recall = async (message, memories) => {
  const asked = wordsOf(message);
  const known = memories.map((memory) => ({ memory, words: wordsOf(memory.content) }));
  const rarity = (word: string): number =>
    Math.log(1 + known.length / known.filter(({ words }) => words.has(word)).length);
  return known
    .map(({ memory, words }) => ({
      memory,
      score: [...words].filter((word) => asked.has(word)).reduce((sum, word) => sum + rarity(word), 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, MOST_RECALLED);
};

/** What a message asks to be remembered: "Remember that …", "请记住…". */
export function askedToRemember(message: string): string[] {
  return sentencesOf(message).flatMap((sentence) => {
    if (isQuestion(sentence)) return [];
    const [, english, chinese] =
      /^(?:(?:please\s+)?(?:remember|keep in mind|do not forget|don['’]t forget)(?:\s+that\b|\s*[:,])?\s+(?!when\b|how\b|what\b|to\b)(.{3,})|(?:请|請|帮我|你要|要)*(?:记住|記住|记得|別忘了|别忘了)[：:，,\s]*(.{2,}))$/isu.exec(
        sentence,
      ) ?? [];
    const fact = (english ?? chinese)?.replace(/[.。!！\s]+$/u, "");
    return fact === undefined ? [] : [fact];
  });
}

/**
 * What a message says of the user that was said in other conversations too, and is not remembered yet.
 *
 * @param elsewhere what the user said in other conversations
 */
export function recurring(
  message: string,
  elsewhere: readonly { readonly conversation: number; readonly content: string }[],
  memories: readonly Pick<Memory, "content">[],
): string[] {
  return statementsOf(message).filter((statement) => {
    if (memories.some(({ content }) => isSame(content, statement))) return false;
    const others = elsewhere.filter(({ content }) =>
      statementsOf(content).some((other) => isSame(other, statement)),
    );
    return new Set(others.map(({ conversation }) => conversation)).size >= RECURRENCES - 1;
  });
}

/** A system message that also tells what is remembered of the user. */
export function systemWith(system: string, memories: readonly Pick<Memory, "content">[]): string {
  if (memories.length === 0) return system;
  const known = `What the user told you in earlier conversations:\n${memories.map(({ content }) => `- ${content}`).join("\n")}`;
  return system === "" ? known : `${system}\n\n${known}`;
}

/** Sentences in which somebody says something of themselves. */
function statementsOf(message: string): string[] {
  return sentencesOf(message)
    .filter(
      (sentence) =>
        sentence.length <= LONGEST_STATEMENT &&
        !isQuestion(sentence) &&
        /^(?:(?:i|i['’]m|i['’]ve|my|we|our)\s+\S+\s+\S|(?:我|我们|咱们?).{3,})/iu.test(sentence),
    )
    .map((sentence) => sentence.replace(/[.。!！\s]+$/u, ""));
}

function sentencesOf(message: string): string[] {
  return (message.match(/[^.。!！?？\n]+(?:[.](?=\S)[^.。!！?？\n]*)*[.。!！?？]*/gu) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

function isQuestion(sentence: string): boolean {
  return /[?？]$|[吗呢]$/u.test(sentence);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all > 0 && shared / all >= SAME;
}

/** Words that nearly every sentence holds. */
const COMMON = new Set(
  "a an the i you he she it we they me my your our his her its their is am are was were be been do does did have has had what which who whom where when why how and or but not no to of in on at for with from as by that this there can could will would should please about tell s m ve re t d ll".split(
    " ",
  ),
);
const COMMON_HAN = /^[我你他她它们的是了吗呢吧什么怎样有在和不这那个就都也请很]+$/u;

/** What a text is about: its words without the most common ones; of Chinese, each pair of characters. */
function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [run] of text
    .normalize("NFKC")
    .toLowerCase()
    .matchAll(/\p{Script=Han}+|[\p{L}\p{N}]+/gu)) {
    if (!/^\p{Script=Han}/u.test(run)) {
      if (!COMMON.has(run)) words.add(run.length > 3 ? run.replace(/s$/, "") : run);
      continue;
    }
    const characters = [...run];
    for (let i = 0; i + 1 < characters.length; i++) {
      const pair = `${characters[i]}${characters[i + 1]}`;
      if (!COMMON_HAN.test(pair)) words.add(pair);
    }
  }
  return words;
}
