import type { Text } from "../../language.ts";
import type { Evidence } from "../evidence.ts";
import type { Stage } from "../stage.ts";
import { type Nearness, nearnessEvidence } from "./nearness.ts";
import { observe } from "./observe.ts";

/** What the model did after finished answers, one entry an answer. The arrays have the same length. */
export interface Endings {
  /** Probability mass on the end-of-generation tokens at the point where the answer is complete, 0 to 1. */
  readonly endProbability: readonly number[];
  /** Whether the single most likely token there was an end-of-generation token. */
  readonly argmaxEnds: readonly boolean[];
}

/** What a model wrote, greedily, when it was asked something in its own template. */
export interface Reply {
  readonly tokens: number;
  /** Whether it ended by itself within the limit. */
  readonly ended: boolean;
  /** Whether it went on with a turn of its own making: a token that marks turns, or the next speaker's name. */
  readonly wroteTurn: boolean;
  /** Whether the end of what it wrote is the same few tokens over and over. */
  readonly loops: boolean;
}

/** How likely an answer is, as the mean of ln p over its tokens. */
export interface Following {
  /** After the question it answers, in the template. */
  readonly asked: number;
  /** After another question, in the template. */
  readonly askedOther: number;
  /** After the question it answers, in plain text. */
  readonly plain: number;
}

/** What a probe measured with the loaded model. */
export interface Behaviour {
  /** The answers stood in a conversation laid out by the model's own template; missing when it has none. */
  readonly inTemplate?: Endings;
  /** The same questions and answers as plain text; missing where it was asked for vectors. */
  readonly withoutTemplate?: Endings;
  /** What it answers; missing where it has no template. */
  readonly replies?: readonly Reply[];
  /** How it takes the questions that the answers belong to; missing where it has no template. */
  readonly following?: readonly Following[];
  /** How near each other its vectors lie; missing where it was not asked for any. */
  readonly nearness?: readonly Nearness[];
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
  const plain = withoutTemplate === undefined ? undefined : endingOf(withoutTemplate);
  if (plain !== undefined) found.push(plainEvidence(plain, found.length > 0 ? 0.5 : 1.5));
  return [
    ...found,
    ...repliesEvidence(behaviour.replies ?? []),
    ...followingEvidence(behaviour.following ?? []),
    ...nearnessEvidence(behaviour.nearness ?? []),
  ];
}

/**
 * What it writes when asked. Ending by itself is what the probabilities above measure too, so it counts little again;
 * that it writes the next turn itself is news.
 */
function repliesEvidence(replies: readonly Reply[]): Evidence[] {
  if (replies.length === 0) return [];
  const count = (test: (reply: Reply) => boolean): number => replies.filter(test).length;
  const [ended, wroteTurn, loops] = [
    count((one) => one.ended),
    count((one) => one.wroteTurn),
    count((one) => one.loops),
  ];
  const of = replies.length;
  if (wroteTurn > 0) {
    return [
      taught("talks to itself", wroteTurn === of ? 2.5 : 1.5, false, {
        en: `After its answer it writes the next turn itself (${wroteTurn} of ${of} replies).`,
        zh: `回答之后，它自己写起下一轮（${of} 次中有 ${wroteTurn} 次）。`,
      }),
    ];
  }
  const looping =
    loops === 0 ? { en: "", zh: "" } : { en: `, ${loops} in a loop`, zh: `，其中 ${loops} 次陷入循环` };
  if (ended === of) {
    return [
      taught("replies end", 1, true, {
        en: `Its replies end by themselves (${ended} of ${of}).`,
        zh: `它的回复会自行结束（${of} 次中有 ${ended} 次）。`,
      }),
    ];
  }
  if (ended > 0) return [];
  return [
    taught("replies do not end", loops === 0 ? 0.8 : 1.2, false, {
      en: `None of its ${of} replies ends within the limit${looping.en}.`,
      zh: `它的 ${of} 次回复都没有在限度内结束${looping.zh}。`,
    }),
  ];
}

/**
 * Whether it takes a question as one: the answer is then likelier in the template than in plain text, and after its own
 * question than after another. Weak: able base models do so too, and tiny instruct models know few answers. Measured:
 * 2.7 and 2.8 nats a token after its own question for two instruct models, 0.4 for a base.
 */
function followingEvidence(following: readonly Following[]): Evidence[] {
  const mean = (value: (one: Following) => number): number =>
    following.reduce((sum, one) => sum + value(one), 0) / following.length;
  const byQuestion = mean(({ asked, askedOther }) => asked - askedOther);
  const byTemplate = mean(({ asked, plain }) => asked - plain);
  if (!Number.isFinite(byQuestion) || !Number.isFinite(byTemplate)) return [];
  const shown = {
    en: `(ln p a token: ${signed(byQuestion)} beside another question, ${signed(byTemplate)} beside plain text)`,
    zh: `（每词元 ln p：比换一个问题 ${signed(byQuestion)}，比纯文本 ${signed(byTemplate)}）`,
  };
  if (byQuestion > 1.2 && byTemplate > 0.2) {
    return [
      taught("takes questions as such", 0.7, true, {
        en: `In its template an answer is likelier after its own question ${shown.en}.`,
        zh: `在其模板中，回答在对应的问题之后更有可能出现${shown.zh}。`,
      }),
    ];
  }
  if (byQuestion > 0.7) return [];
  return [
    taught("hardly takes questions as such", 0.7, false, {
      en: `In its template the question hardly matters to the answer ${shown.en}.`,
      zh: `在其模板中，问题对回答几乎没有影响${shown.zh}。`,
    }),
  ];
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

/** One observation for having been taught to converse, or for not having been. */
function taught(signal: string, weight: number, isTaught: boolean, text: Text): Evidence {
  return isTaught
    ? observe("behaviour", signal, weight, { says: "instruct", fitsToo: ENDS_TURNS }, text)
    : observe("behaviour", signal, weight, { says: "base", fitsToo: NEVER_TAUGHT }, text);
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
