import type { Language, Text } from "../../language.ts";
import type { Evidence } from "../evidence.ts";
import type { Stage } from "../stage.ts";
import { observe } from "./observe.ts";

/** How near each other vectors lie, as cosines, for some sentences of a language. */
export interface Nearness {
  readonly language: Language;
  readonly pairs: readonly {
    /** To what says the same in other words. */
    readonly paraphrase: number;
    /** To sentences about other things. */
    readonly others: readonly number[];
  }[];
}

/** Of paraphrases, those that must lie nearer than everything else for the vectors to make sense. */
const MOSTLY = 0.75;
/**
 * How much nearer paraphrases lie on average. Trained embedders of the E5 kind keep all cosines above 0.7, so a small
 * gap says little; a large one is seldom seen without training for it.
 */
const CLEAR_GAP = 0.2;
/** Vectors of sentences about other things that are as near as this all look alike. */
const ALIKE = 0.97;

/** The stages of which nobody expects that their vectors make sense. */
const UNTRAINED: readonly Stage[] = [
  "instruct",
  "thinking",
  "hybrid",
  "guard",
  "reward",
  "reranker",
  "other",
];

const LANGUAGE_WORDS: Readonly<Record<Language, Text>> = {
  en: { en: "English", zh: "英文" },
  zh: { en: "Chinese", zh: "中文" },
};

/**
 * Whether the vectors of a model that is taken for an embedding model make sense: paraphrases nearer than sentences
 * about other things, in at least one of the languages, since many know one alone. Log-odds up to 3 for (with a clear
 * gap), 1 where the gap is small, and 2 against, where the vectors look alike or nothing is nearer than by chance.
 */
export function nearnessEvidence(measured: readonly Nearness[]): Evidence[] {
  const languages = measured
    .map(({ language, pairs }) => ({ language, ...summaryOf(pairs) }))
    .filter(({ gap }) => Number.isFinite(gap))
    .sort((one, other) => other.right - one.right || other.gap - one.gap);
  const [best] = languages;
  if (best === undefined) return [];
  const shown: Text = {
    en: languages.map((one) => `${LANGUAGE_WORDS[one.language].en} ${figures(one).en}`).join("; "),
    zh: languages.map((one) => `${LANGUAGE_WORDS[one.language].zh} ${figures(one).zh}`).join("；"),
  };
  if (best.right >= MOSTLY && best.others < ALIKE) {
    return [
      observe(
        "behaviour",
        "paraphrases lie near",
        best.gap >= CLEAR_GAP ? 3 : 1,
        { says: "embedding" },
        {
          en: `Its vectors make sense: paraphrases lie nearer than other sentences (${shown.en}).`,
          zh: `其向量有意义：同义句比无关的句子更近（${shown.zh}）。`,
        },
      ),
    ];
  }
  if (best.right > 0.5 && best.others < ALIKE) return [];
  return [
    observe(
      "behaviour",
      best.others >= ALIKE ? "vectors look alike" : "paraphrases do not lie near",
      2,
      { says: "base", fitsToo: UNTRAINED },
      best.others >= ALIKE
        ? { en: `Its vectors all look alike (${shown.en}).`, zh: `其向量几乎都一样（${shown.zh}）。` }
        : {
            en: `Its vectors do not tell paraphrases from other sentences (${shown.en}).`,
            zh: `其向量分不出同义句与无关的句子（${shown.zh}）。`,
          },
    ),
  ];
}

interface Summary {
  /** The share of paraphrases that lie nearer than everything else. */
  readonly right: number;
  readonly pairs: number;
  /** Mean cosines. */
  readonly paraphrases: number;
  readonly others: number;
  readonly gap: number;
}

function summaryOf(pairs: Nearness["pairs"]): Summary {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const paraphrases = mean(pairs.map(({ paraphrase }) => paraphrase));
  const others = mean(pairs.flatMap((pair) => pair.others));
  const right = pairs.filter(({ paraphrase, others }) => others.every((other) => paraphrase > other)).length;
  return { right: right / pairs.length, pairs: pairs.length, paraphrases, others, gap: paraphrases - others };
}

function figures({ right, pairs, paraphrases, others }: Summary): Text {
  const [count, near, far] = [Math.round(right * pairs), paraphrases.toFixed(2), others.toFixed(2)];
  return {
    en: `${count} of ${pairs}, cosine ${near} against ${far}`,
    zh: `${pairs} 对中 ${count} 对，余弦 ${near} 对 ${far}`,
  };
}
