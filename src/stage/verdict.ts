import type { Text } from "../language.ts";
import { type Evidence, isProof, type Proof, speaksFor } from "./evidence.ts";
import { KIND_WORDS, type Kind, SPEAKING_KINDS } from "./kinds.ts";
import { CHAT_STAGES, STAGES, type Stage } from "./stage.ts";
import { STAGE_MEANINGS, STAGE_WORDS } from "./words.ts";

/**
 * What a stage's probability is before anything was observed. A base and a model that chats (instruct, thinking or
 * hybrid) start level, so that between them the evidence decides and never the prior.
 */
const PRIOR = {
  base: 0.33,
  instruct: 0.17,
  thinking: 0.06,
  hybrid: 0.1,
  embedding: 0.1,
  reranker: 0.03,
  reward: 0.01,
  guard: 0.03,
  other: 0.17,
} as const satisfies Record<Stage, number>;

/** Below this the evidence settles nothing. */
const KNOWN_FROM = 0.5;
/** Where both have at least this, it is open whether a model is a base or chats. */
const OPEN_FROM = 0.1;
/** Proof that is weaker than this does not verify. */
const PROVES_FROM = 2;
/** Evidence at least this strong, against the verdict, is a conflict worth a warning. */
const CONFLICTS_FROM = 1.5;
/** What one source says again in the same direction counts this much less each time: it is seldom news. */
const AGAIN = 0.5;

interface Shared {
  /** Every observation, for and against, the strongest first. */
  readonly evidence: readonly Evidence[];
  /** All stages with their probabilities, which add up to 1. */
  readonly probabilities: Readonly<Record<Stage, number>>;
  /** What kind of model `other` is; null for every other stage, and where nothing says. */
  readonly kind: Kind | null;
  /** The stage of the language model beneath: what an adapter sits on, what a vision model speaks with. */
  readonly beneath: Stage | null;
  /** Whether its vocabulary has tokens for infilling; null where the files do not list them. */
  readonly infills: boolean | null;
  /** What the stage means, or what kind of model `other` is. */
  readonly detail: Text;
  readonly warnings: readonly Text[];
}

/** The stage, and how it is known: shown by behaviour or weights, or claimed by files and names, or not at all. */
export type Verdict =
  | (Shared & {
      readonly status: "verified";
      readonly stage: Stage;
      readonly probability: number;
      /** What verifies; without it, `verified` cannot be said. */
      readonly proof: readonly [Proof, ...Proof[]];
    })
  | (Shared & { readonly status: "claimed"; readonly stage: Stage; readonly probability: number })
  | (Shared & { readonly status: "unknown"; readonly stage: null; readonly probability: null });

/**
 * Weighs evidence: each stage starts from its prior, gains the log-odds of what speaks for it, and the softmax of
 * the sums gives the probabilities.
 */
export function weigh(observations: readonly Evidence[], warnings: readonly Text[] = []): Verdict {
  const evidence = discounted(observations).sort((one, other) => other.weight - one.weight);
  const probabilities = softmax(evidence);
  const seen = kindOf(evidence);
  const speaks = seen !== null && SPEAKING_KINDS.includes(seen);
  const stage = leader(probabilities, speaks);
  if (stage === undefined) {
    return {
      status: "unknown",
      stage: null,
      probability: null,
      evidence,
      probabilities,
      kind: null,
      beneath: null,
      infills: null,
      detail:
        evidence.length === 0
          ? { en: "nothing in its files tells", zh: "文件中没有任何线索" }
          : { en: "what was found does not settle it", zh: "已有证据不足以判断" },
      warnings,
    };
  }
  const probability = probabilities[stage];
  const kind = stage === "other" ? seen : null;
  const beneath = kind !== null && speaks ? stageBeneath(evidence) : null;
  const shared: Shared = {
    evidence,
    probabilities,
    kind,
    beneath,
    infills: null,
    detail: detailOf(stage, kind, beneath),
    warnings: [...warnings, ...conflicts(stage, beneath, evidence)],
  };
  const [first, ...rest] = evidence
    .filter(isProof)
    .filter((proof) => proof.weight >= PROVES_FROM && proves(proof, stage));
  return first === undefined
    ? { status: "claimed", stage, probability, ...shared }
    : { status: "verified", stage, probability, proof: [first, ...rest], ...shared };
}

/** Whether it is open if a model is a base or one that chats, which the rows of its turn tokens could decide. */
export function isBaseOrChatOpen({ probabilities }: Verdict): boolean {
  const chats = CHAT_STAGES.reduce((sum, stage) => sum + probabilities[stage], 0);
  return Math.min(probabilities.base, chats) >= OPEN_FROM;
}

function softmax(evidence: readonly Evidence[]): Record<Stage, number> {
  const sums = new Map(
    STAGES.map((stage) => {
      const gained = evidence.filter((one) => speaksFor(one, stage)).map((one) => one.weight);
      return [stage, gained.reduce((sum, weight) => sum + weight, Math.log(PRIOR[stage]))];
    }),
  );
  const highest = Math.max(...sums.values());
  const powers: Record<Stage, number> = { ...PRIOR };
  for (const stage of STAGES)
    powers[stage] = Math.exp((sums.get(stage) ?? Number.NEGATIVE_INFINITY) - highest);
  const total = STAGES.reduce((sum, stage) => sum + powers[stage], 0);
  for (const stage of STAGES) powers[stage] /= total;
  return powers;
}

/**
 * The likeliest stage, if it is known: alone, or because the stages that chat are together and it leads them. They
 * stand together against the others, so that not knowing how a model chats never makes it a base.
 */
function leader(probabilities: Readonly<Record<Stage, number>>, speaks: boolean = false): Stage | undefined {
  const likeliest = (stages: readonly Stage[]): Stage | undefined =>
    stages.toSorted((one, other) => probabilities[other] - probabilities[one])[0];
  const chats = CHAT_STAGES.reduce((sum, one) => sum + probabilities[one], 0);
  if (chats >= KNOWN_FROM) return likeliest(CHAT_STAGES);
  // That it sees or hears and that it converses do not exclude each other: between the two, the likelier is said.
  if (speaks && chats + probabilities.other >= KNOWN_FROM) {
    return chats > probabilities.other ? likeliest(CHAT_STAGES) : "other";
  }
  const stage = likeliest(STAGES);
  return stage !== undefined && probabilities[stage] >= KNOWN_FROM ? stage : undefined;
}

/** Ending its turns verifies that a model chats, whichever way; everything else must name the stage. */
function proves(proof: Proof, stage: Stage): boolean {
  if (proof.says === stage) return true;
  return areKin(proof.says, stage) && speaksFor(proof, stage);
}

/** Whether both stages chat, in whichever way. */
function areKin(one: Stage, other: Stage): boolean {
  return isChatStage(one) && isChatStage(other);
}

function isChatStage(stage: Stage): boolean {
  return CHAT_STAGES.some((chat) => chat === stage);
}

/** Observations with the weight that is left of each, when its source has said the same before. */
function discounted(observations: readonly Evidence[]): Evidence[] {
  const said = new Map<string, number>();
  return [...observations]
    .sort((one, other) => other.weight - one.weight)
    .map((one) => {
      const key = `${one.source} ${one.says}`;
      const times = said.get(key) ?? 0;
      said.set(key, times + 1);
      return times === 0 || isProof(one) ? one : { ...one, weight: one.weight * AGAIN ** times };
    });
}

/** The kind that the observations for `other` speak for most. */
function kindOf(evidence: readonly Evidence[]): Kind | null {
  const weights = new Map<Kind, number>();
  for (const { kind, weight, ...one } of evidence) {
    if (kind !== undefined && (one.says === "other" || one.fitsToo.includes("other"))) {
      weights.set(kind, (weights.get(kind) ?? 0) + weight);
    }
  }
  return [...weights].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}

/** What the observations say of the language model within, leaving aside that it is part of something else. */
function stageBeneath(evidence: readonly Evidence[]): Stage | null {
  const within = evidence.filter(({ says }) => says !== "other");
  if (!within.some(({ weight }) => weight >= CONFLICTS_FROM)) return null;
  const probabilities = softmax(within);
  const share = 1 - probabilities.other;
  for (const stage of STAGES) probabilities[stage] /= share;
  return leader({ ...probabilities, other: 0 }) ?? null;
}

function detailOf(stage: Stage, kind: Kind | null, beneath: Stage | null): Text {
  if (kind === null) return STAGE_MEANINGS[stage];
  const words = KIND_WORDS[kind];
  if (beneath === null) return words;
  const within = STAGE_WORDS[beneath];
  return kind === "adapter"
    ? { en: `${words.en}; it sits on ${within.en}`, zh: `${words.zh}；它加载在${within.zh}之上` }
    : { en: `${words.en}; its language model is ${within.en}`, zh: `${words.zh}；其语言模型是${within.zh}` };
}

function conflicts(stage: Stage, beneath: Stage | null, evidence: readonly Evidence[]): Text[] {
  const fits = (one: Evidence, found: Stage): boolean => speaksFor(one, found) || areKin(one.says, found);
  const against = evidence.filter(
    (one) => one.weight >= CONFLICTS_FROM && !fits(one, stage) && !(beneath !== null && fits(one, beneath)),
  );
  return against.map((one) => ({
    en: `It is taken for ${STAGE_WORDS[stage].en}, but: ${one.text.en}`,
    zh: `判断为${STAGE_WORDS[stage].zh}，但是：${one.text.zh}`,
  }));
}
