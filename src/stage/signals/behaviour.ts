import type { Evidence } from "../evidence.ts";
import type { Stage } from "../stage.ts";

/** What the model did after finished answers, one entry an answer. The arrays have the same length. */
export interface Endings {
  /** Probability mass on the end-of-generation tokens at the point where the answer is complete, 0 to 1. */
  readonly endProbability: readonly number[];
  /** Whether the single most likely token there was an end-of-generation token. */
  readonly argmaxEnds: readonly boolean[];
}

/** What a probe measured with the loaded model. */
export interface Behaviour {
  /** The answers stood in a conversation laid out by the model's own template; missing when it has none. */
  readonly inTemplate?: Endings;
  /** The same questions and answers as plain text. */
  readonly withoutTemplate: Endings;
}

/** Post-trained models end a finished turn in most places; base models put little there. The border between. */
const IN_TEMPLATE_BORDER = 0.2;
/** Plain text may well go on after an answer, also for a post-trained model, and a base may end the document. */
const PLAIN_BORDER = 0.3;
/** A probability is never taken to be nearer to 0 or 1 than this. */
const CLOSEST = 1e-4;

/** The stages whose training taught to end a turn. */
const ENDS_TURNS: readonly Stage[] = ["thinking", "hybrid", "guard"];
/** The stages that say nothing when a turn is not ended: they were not trained to end one either. */
const NEVER_TAUGHT: readonly Stage[] = ["embedding", "reranker", "reward", "other"];

/**
 * What a model does once an answer is complete. In its own template this outweighs every claim of files and names
 * (log-odds up to 12); in plain text it is a hint (up to 1.5, or 0.5 beside a measurement in the template).
 */
export function behaviourSignal(behaviour: Behaviour | undefined): Evidence[] {
  if (behaviour === undefined) return [];
  const found: Evidence[] = [];
  const { inTemplate, withoutTemplate } = behaviour;
  if (inTemplate !== undefined) {
    const ending = endingOf(inTemplate);
    if (ending !== undefined) found.push(inTemplateEvidence(ending));
  }
  const plain = endingOf(withoutTemplate);
  if (plain !== undefined) found.push(plainEvidence(plain, found.length > 0 ? 0.5 : 1.5));
  return found;
}

interface Ending {
  /** The median over the answers. */
  readonly probability: number;
  readonly ended: number;
  readonly answers: number;
}

function endingOf({ endProbability, argmaxEnds }: Endings): Ending | undefined {
  // The median, because one answer may be one that the model would have gone on with.
  const sorted = endProbability.filter((value) => value >= 0 && value <= 1).sort((one, other) => one - other);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (low === undefined || high === undefined) return undefined;
  return {
    probability: (low + high) / 2,
    ended: Math.min(sorted.length, argmaxEnds.filter(Boolean).length),
    answers: sorted.length,
  };
}

function inTemplateEvidence(ending: Ending): Evidence {
  const share = ending.ended / ending.answers;
  const logOdds = clamp(
    3 * (logit(ending.probability) - logit(IN_TEMPLATE_BORDER)) + 2 * (2 * share - 1),
    12,
  );
  const ends = logOdds > 0;
  const { en, zh } = measured(ending);
  return {
    source: "behaviour",
    signal: "end of turn in its template",
    says: ends ? "instruct" : "base",
    fitsToo: ends ? ENDS_TURNS : NEVER_TAUGHT,
    weight: Math.abs(logOdds),
    text: ends
      ? { en: `It ends its turn after a finished answer ${en}.`, zh: `回答完成后，它会结束这一轮${zh}。` }
      : {
          en: `It does not end its turn after a finished answer ${en}.`,
          zh: `回答完成后，它不会结束这一轮${zh}。`,
        },
  };
}

function plainEvidence(ending: Ending, limit: number): Evidence {
  const logOdds = clamp(0.5 * (logit(ending.probability) - logit(PLAIN_BORDER)), limit);
  const ends = logOdds > 0;
  const { en, zh } = measured(ending);
  return {
    source: "behaviour",
    signal: "end of text without a template",
    says: ends ? "instruct" : "base",
    fitsToo: ends ? ENDS_TURNS : NEVER_TAUGHT,
    weight: Math.abs(logOdds),
    text: ends
      ? {
          en: `It stops after a finished answer in plain text ${en}.`,
          zh: `在纯文本中，回答完成后它会停止${zh}。`,
        }
      : {
          en: `It goes on after a finished answer in plain text ${en}.`,
          zh: `在纯文本中，回答完成后它会继续写${zh}。`,
        },
  };
}

function measured({ probability, ended, answers }: Ending): { en: string; zh: string } {
  const percent = `${(probability * 100).toFixed(probability < 0.01 ? 2 : 0)} %`;
  return {
    en: `(median probability ${percent}; the most likely token in ${ended} of ${answers})`,
    zh: `（概率中位数 ${percent}；${answers} 次中有 ${ended} 次是最可能的词元）`,
  };
}

function logit(probability: number): number {
  const inside = Math.min(1 - CLOSEST, Math.max(CLOSEST, probability));
  return Math.log(inside / (1 - inside));
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
