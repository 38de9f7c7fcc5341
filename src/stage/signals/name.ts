import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts, NameFact } from "../facts.ts";
import { familyOf, plainName } from "../families.ts";
import { KIND_WORDS, type Kind, SPEAKING_KINDS } from "../kinds.ts";
import { KIND_RULES, type NameRule, TRAINING_RULES } from "../name-words.ts";
import type { Stage } from "../stage.ts";
import { STAGE_WORDS } from "../words.ts";
import { switchesThinking } from "./template.ts";

/** What one name says, and how much one may rely on it. */
export interface Reading {
  readonly says: Stage;
  readonly weight: number;
  /** `word`: a word in the name says so. `silence`: the family's rule about names without one. */
  readonly by: "word" | "silence";
  readonly kind?: Kind;
}

/** A word of a kind decides between kinds, unless its rule says less. */
const KIND_WEIGHT = 4.5;
/** A family's rule holds for what that family publishes, and for nothing else of that name. */
const SILENCE_WEIGHT = 3;
const BASE_OR_SIZE_WEIGHT = 2;

/**
 * What names say: a word in the name, or the family's rule for a name without one. Names lie, get lost and are
 * inherited, so one name alone never decides, and several that agree count as one.
 */
export function nameSignal(facts: ModelFacts): Evidence[] {
  const readings = facts.names.flatMap((fact) =>
    readingsOf(fact.name).map((reading) => ({ fact, reading: trust(reading, fact) })),
  );
  // That one name leaves the word out is nothing against another that has it.
  const spoken = readings.some(({ reading }) => reading.by === "word" && reading.weight >= 1);
  const strongest = new Map<Stage, { fact: NameFact; reading: Reading }>();
  for (const entry of readings) {
    if (spoken && entry.reading.by === "silence") continue;
    const best = strongest.get(entry.reading.says);
    if (best === undefined || best.reading.weight < entry.reading.weight) {
      strongest.set(entry.reading.says, entry);
    }
  }
  const fitsHybrid = switchesThinking(facts);
  return [...strongest.values()].map(({ fact, reading }) => {
    const evidence = evidenceOf(fact, reading);
    // That a model takes instructions does not say that it cannot think, where its template lets one choose.
    return fitsHybrid && evidence.says === "instruct" ? { ...evidence, fitsToo: ["hybrid"] } : evidence;
  });
}

/** What a single name says about the stage, if anything: the kind first, where it names one. */
export function readName(name: string): Reading | undefined {
  return readingsOf(name)[0];
}

/** What a name says: a kind, a stage, or a kind and the stage of the language model that it speaks with. */
function readingsOf(name: string): Reading[] {
  const plain = plainName(name);
  const whole = name.toLowerCase();
  const words = plain.toLowerCase().split(/[-_.:\s]+/);
  const isSaid = ({ words: pattern, whole: isWhole }: NameRule): boolean =>
    isWhole === true ? pattern.test(whole) : words.some((word) => pattern.test(word));
  const kind = KIND_RULES.find(isSaid);
  const said: Reading[] = kind === undefined ? [] : [readingOf(kind, kind.weight ?? KIND_WEIGHT)];
  if (kind !== undefined && !(kind.says === "other" && SPEAKING_KINDS.includes(kind.kind))) return said;
  const training = trainingOf(plain, words);
  return training === undefined ? said : [...said, training];
}

function trainingOf(plain: string, words: readonly string[]): Reading | undefined {
  // Encoders come in small, base and large: without a number of parameters, and with more behind it, "base" may be that.
  const isSize = !words.some((word) => /^[\dx.]+[bmt]$/.test(word)) && /-base-/.test(plain);
  const trained = words.flatMap((word, index): Reading[] => {
    if (word === "base" && isSize) return [{ says: "base", weight: BASE_OR_SIZE_WEIGHT, by: "word" }];
    const follows = /^(e?[\d.]+[bm]|a\d+b)$/.test(words[index - 1] ?? "");
    // "it" is Italian and "pt" PyTorch, unless they follow a size as in gemma-3-4b-it.
    if (word === "it" && follows) return [{ says: "instruct", weight: 4, by: "word" }];
    if (word === "pt" && follows && !/ernie/i.test(plain)) return [{ says: "base", weight: 3.5, by: "word" }];
    return TRAINING_RULES.filter((rule) => rule.words.test(word)).map((rule) => readingOf(rule, rule.weight));
  });
  // A hint that something was tuned is less than a word for what it became.
  const last = trained.findLast(({ weight }) => weight >= 2) ?? trained.at(-1);
  if (last !== undefined) return last;
  const silent = familyOf(plain)?.plain;
  return silent === undefined ? undefined : { says: silent, weight: SILENCE_WEIGHT, by: "silence" };
}

function readingOf(rule: NameRule, weight: number): Reading {
  const kind = rule.says === "other" ? { kind: rule.kind } : {};
  return { says: rule.says, weight, by: "word", ...kind };
}

function trust(reading: Reading, fact: NameFact): Reading {
  // A config names what the model was made from, which is not what it is.
  if (fact.from === "config") return { ...reading, weight: reading.weight / 3 };
  return fact.from === "card" || fact.from === "parent"
    ? { ...reading, weight: reading.weight * 0.8 }
    : reading;
}

function evidenceOf(fact: NameFact, reading: Reading): Evidence {
  const name = printable(fact.name);
  const { says, kind } = reading;
  const words = kind === undefined ? STAGE_WORDS[says] : KIND_WORDS[kind];
  const whose: Text =
    fact.from === "parent"
      ? { en: `The name of what it was made from, "${name}",`, zh: `其来源模型的名称 "${name}" ` }
      : fact.from === "card"
        ? { en: `Its card's title "${name}"`, zh: `其模型卡标题 "${name}" ` }
        : { en: `Its name "${name}"`, zh: `其名称 "${name}" ` };
  const text: Text =
    reading.by === "word"
      ? { en: `${whose.en} says ${words.en}.`, zh: `${whose.zh}表明它是${words.zh}。` }
      : {
          en: `In its family, a name without a suffix ("${name}") means ${words.en}.`,
          zh: `在该系列中，不带后缀的名称（"${name}"）表示${words.zh}。`,
        };
  return {
    source: "name",
    signal: reading.by === "word" ? "stage word" : "family rule",
    says,
    fitsToo: [],
    weight: reading.weight,
    text,
    ...(kind === undefined ? {} : { kind }),
  };
}
