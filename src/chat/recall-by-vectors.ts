import type { Language } from "../language.ts";
import { MOST_RECALLED, type Recall, type Recalled, recallByWords } from "./memory.ts";
import type { Memories, Memory } from "./store/memories.ts";

/** A model that turns texts into vectors of the length 1. */
export interface Embedder {
  /** Tells the vectors of this model, asked in this way, from those of all others. */
  readonly identity: string;
  /** What is too long is cut where that can be done. */
  embed(
    texts: readonly string[],
    kind: "query" | "passage",
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]>;
}

/** What people say to a model without meaning anything in particular that is remembered of them. */
const INDIFFERENT: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "Tell me a joke.",
    "What is the largest planet?",
    "How do I sort a list?",
    "Write a short poem about autumn.",
    "Correct the spelling of this word.",
    "Thank you.",
    "Who wrote Hamlet?",
    "What is seven times eight?",
    "Explain gravity in simple words.",
    "When was the telephone invented?",
    "Summarise this paragraph.",
    "What does this word mean?",
  ],
  zh: [
    "讲个笑话。",
    "最大的行星是哪个？",
    "怎样给列表排序？",
    "写一首关于秋天的短诗。",
    "改正这个词的拼写。",
    "谢谢。",
    "《红楼梦》是谁写的？",
    "七乘八等于多少？",
    "用简单的话解释引力。",
    "电话是什么时候发明的？",
    "总结这一段文字。",
    "这个词是什么意思？",
  ],
};

/**
 * How many standard deviations nearer than an indifferent message one must lie to bear on a memory. Measured with
 * `npm run bench:recall`; models differ in how near everything lies, so no cosine would do for all of them.
 */
const NEAR = 3;
/** Of a long message, so many characters are looked at: servers refuse what outgrows their model. */
const LONGEST_MESSAGE = 1000;
/** Memories whose vectors are made and kept together. */
const AT_ONCE = 64;

/**
 * Recall by meaning: what lies clearly nearer to the message than to messages that mean nothing in particular; behind
 * it what shares rare words, for the names and languages that a model does not know. Vectors that the store does not
 * hold of this model are made and kept there. Throws what the embedder throws.
 */
export function recallByVectors(embedder: Embedder, store: Memories): Recall {
  const known = new Map<Language, Promise<readonly Float32Array[]>>();
  const indifferent = (language: Language): Promise<readonly Float32Array[]> => {
    const vectors = known.get(language) ?? embedder.embed(INDIFFERENT[language], "query", undefined);
    known.set(language, vectors);
    // What failed is tried again.
    vectors.catch(() => known.delete(language));
    return vectors;
  };
  return async (message, memories, signal) => {
    if (memories.length === 0) return [];
    const text = message.slice(0, LONGEST_MESSAGE).toWellFormed();
    const [[asked], usual] = await Promise.all([
      embedder.embed([text], "query", signal),
      indifferent(/\p{Script=Han}/u.test(text) ? "zh" : "en"),
    ]);
    if (asked === undefined) return [];
    const vectors = await vectorsOf(memories, embedder, store, asked.length, signal);
    const measured = vectors.map((vector) => {
      const usually = usual.map((one) => cosine(one, vector));
      const mean = average(usually);
      return { cosine: cosine(asked, vector), mean, squares: usually.map((one) => (one - mean) ** 2) };
    });
    const spread = Math.sqrt(average(measured.flatMap(({ squares }) => squares)));
    const near = memories
      .map((memory, i): Recalled => {
        const { cosine = 0, mean = 0 } = measured[i] ?? {};
        return { memory, score: (cosine - mean) / spread };
      })
      .filter(({ score }) => score > NEAR)
      .sort((one, other) => other.score - one.score);
    const worded = await recallByWords(message, memories, signal);
    const more = worded.filter(({ memory }) => !near.some((one) => one.memory.id === memory.id));
    // Behind what is near, in the order of their words.
    return [...near, ...more.map(({ memory }) => ({ memory, score: 0 }))].slice(0, MOST_RECALLED);
  };
}

/** The vectors of memories, in their order: from the store where they are of this model. */
async function vectorsOf(
  memories: readonly Memory[],
  embedder: Embedder,
  store: Memories,
  dimensions: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const vectors = store.vectors(embedder.identity);
  const missing = memories.filter(({ id }) => vectors.get(id)?.length !== dimensions);
  for (let start = 0; start < missing.length; start += AT_ONCE) {
    const some = missing.slice(start, start + AT_ONCE);
    const made = await embedder.embed(
      some.map(({ content }) => content),
      "passage",
      signal,
    );
    const kept = new Map(made.flatMap((vector, i) => (some[i] === undefined ? [] : [[some[i].id, vector]])));
    store.keepVectors(embedder.identity, kept);
    for (const [id, vector] of kept) vectors.set(id, vector);
  }
  return memories.map(({ id }) => vectors.get(id) ?? new Float32Array(dimensions));
}

function cosine(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
