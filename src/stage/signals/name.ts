import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts, NameFact } from "../facts.ts";
import { familyOf, plainName } from "../families.ts";
import type { Stage } from "../stage.ts";
import { STAGE_WORDS } from "../words.ts";

/** What one name says, and how much one may rely on it. */
interface Reading {
  readonly says: Stage;
  readonly weight: number;
  /** `word`: a word in the name says so. `silence`: the family's rule about names without one. */
  readonly by: "word" | "silence";
  readonly detail?: Text;
}

/**
 * Words of a kind that outranks base and chat: an embedding model called "-base" is of that size, one called
 * "-instruct" takes instructions for embedding. First match wins.
 */
const KINDS: readonly { readonly words: RegExp; readonly says: Stage; readonly detail?: Text }[] = [
  { words: /^(re-?rank(er|ing)?|crossencoder)$/, says: "reranker" },
  { words: /^(embed|embeddings?|e5|bge|gte|stella|minilm|mpnet|instructor|colbert)$/, says: "embedding" },
  { words: /^(\w*guard|shieldgemma|moderation)$/, says: "guard" },
  { words: /^(reward|rm|prm)$/, says: "reward" },
  {
    words: /^(vl|vision|vlm|ocr|llava|internvl\d?|clip|siglip\d?|mmproj|v|\dv|minicpmv)$/,
    says: "other",
    detail: { en: "a vision model", zh: "视觉模型" },
  },
  {
    words: /^(asr|tts|audio|speech|whisper)$/,
    says: "other",
    detail: { en: "a speech or audio model", zh: "语音或音频模型" },
  },
  { words: /^omni$/, says: "other", detail: { en: "a model of images and sound", zh: "图像与音频模型" } },
  { words: /^(classifier|classification)$/, says: "other", detail: { en: "a classifier", zh: "分类器" } },
];

/** Words for what the last training was; the last of them in the name counts, as trainings are appended to it. */
const TRAININGS: readonly { readonly words: RegExp; readonly says: Stage }[] = [
  { words: /^(base|pt|pretrain|pretrained)$/, says: "base" },
  {
    words:
      /^(instruct|chat|chatml|sft|dpo|orpo|kto|rlhf|saferl|assistant|aligned|hermes|vicuna|alpaca|zephyr|tulu|dolphin\d?)$/,
    says: "instruct",
  },
  { words: /^(thinking|think|reasoning|reasoner|r1|qwq|prover)$/, says: "thinking" },
];

/**
 * What names say: a word in the name, or the family's rule for a name without one. Names lie, get lost and are
 * inherited, so one name alone never decides, and several that agree count as one.
 */
export function nameSignal(facts: ModelFacts): Evidence[] {
  const readings = facts.names.flatMap((fact) => {
    const reading = readName(fact.name);
    return reading === undefined ? [] : [{ fact, reading: trust(reading, fact) }];
  });
  // That one name leaves the word out is nothing against another that has it.
  const spoken = readings.some(({ reading }) => reading.by === "word");
  const strongest = new Map<Stage, { fact: NameFact; reading: Reading }>();
  for (const entry of readings) {
    if (spoken && entry.reading.by === "silence") continue;
    const best = strongest.get(entry.reading.says);
    if (best === undefined || best.reading.weight < entry.reading.weight) {
      strongest.set(entry.reading.says, entry);
    }
  }
  return [...strongest.values()].map(({ fact, reading }) => evidenceOf(fact, reading));
}

/** What a single name says about the stage, if anything. */
export function readName(name: string): Reading | undefined {
  const plain = plainName(name);
  const words = plain.toLowerCase().split(/[-_.:\s]+/);
  for (const { words: pattern, says, detail } of KINDS) {
    if (words.some((word) => pattern.test(word))) {
      return { says, weight: 4, by: "word", ...(detail === undefined ? {} : { detail }) };
    }
  }
  const trained = words.flatMap((word, index) => {
    // "it" is Italian, unless it follows a size as in gemma-3-4b-it.
    if (word === "it" && /^(e?\d+[bm])$/.test(words[index - 1] ?? "")) return ["instruct" as const];
    return TRAININGS.filter((training) => training.words.test(word)).map((training) => training.says);
  });
  const last = trained.at(-1);
  if (last !== undefined) return { says: last, weight: 2.5, by: "word" };
  const silent = familyOf(plain)?.plain;
  return silent === undefined ? undefined : { says: silent, weight: 2, by: "silence" };
}

function trust(reading: Reading, fact: NameFact): Reading {
  // A config names what the model was made from, which is not what it is.
  return fact.from === "config" ? { ...reading, weight: reading.weight / 3 } : reading;
}

function evidenceOf(fact: NameFact, reading: Reading): Evidence {
  const name = printable(fact.name);
  const { says } = reading;
  const text: Text =
    reading.by === "word"
      ? {
          en: `Its name "${name}" says ${STAGE_WORDS[says].en}.`,
          zh: `其名称 "${name}" 表明它是${STAGE_WORDS[says].zh}。`,
        }
      : {
          en: `In its family, a name without a suffix ("${name}") means ${STAGE_WORDS[says].en}.`,
          zh: `在该系列中，不带后缀的名称（"${name}"）表示${STAGE_WORDS[says].zh}。`,
        };
  return {
    source: "name",
    signal: reading.by === "word" ? "stage word" : "family rule",
    says,
    fitsToo: [],
    weight: reading.weight,
    text,
    ...(reading.detail === undefined ? {} : { detail: reading.detail }),
  };
}
