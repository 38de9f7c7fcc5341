import type { Message } from "../../../src/chat/conversation.ts";
import type { Language } from "../../../src/language.ts";
import { Random } from "../text/random.ts";
import { drawContinuation } from "./continuation.ts";
import type { Conversation, Exchange, Skill } from "./conversation.ts";
import { drawDictation } from "./dictation.ts";
import {
  drawFact,
  drawFactQuestion,
  drawGoals,
  drawIdentity,
  drawInstruction,
  drawOpen,
  drawSafe,
  drawSmalltalk,
  drawUnknown,
  drawUnsafe,
  type Fact,
  PHRASEBOOKS,
  tidy,
} from "./exchanges.ts";
import { fill } from "./phrasebook.ts";
import { drawRecital } from "./recital.ts";

const CHINESE_SHARE = 0.4;
const RECALL_SHARE = 0.29;
/** Of the conversations without recall. */
const DICTATION_SHARE = 0.12;
const CONTINUATION_SHARE = 0.05;
const RECITAL_SHARE = 0.25;
const GOALS_SHARE = 0.1;
const SYSTEM_SHARE = 0.15;
const LONGEST = 6;

/** How much of the exchanges is of each kind. */
type Shares = readonly (readonly [number, (random: Random, language: Language) => Exchange])[];

const SHARES: Shares = [
  [0.36, drawInstruction],
  [0.16, drawFactQuestion],
  [0.19, drawUnsafe],
  [0.19, drawSafe],
  [0.03, drawSmalltalk],
  [0.03, drawIdentity],
  [0.03, drawOpen],
  [0.01, drawUnknown],
];

/** More that is harmless than is harmful: who has learned to refuse has learned it too broadly. */
export const BALANCE: Shares = [
  [0.35, drawInstruction],
  [0.16, drawFactQuestion],
  [0.155, drawUnsafe],
  [0.245, drawSafe],
  [0.03, drawSmalltalk],
  [0.02, drawIdentity],
  [0.02, drawOpen],
  [0.01, drawUnknown],
];

/** Verbs that a command begins with. */
const COMMAND = {
  en: /^(?:Say|Write|List|Give|Name|Make|Show|Number|Repeat|Use|Tell|Turn|Put|Answer|Reply|Start|End|Begin|Finish|Type|Copy|Translate|Reverse|Read|Explain|Teach|Talk) /,
  zh: /^(?:说|写|列|给|把|用|告诉|重复|倒|造|照|跟|讲|谈|编|教|帮|算)/,
} as const;

/** The same command said more kindly, now and then. */
function soften(random: Random, language: Language, user: string): string {
  if (!COMMAND[language].test(user) || !random.chance(0.3)) return user;
  if (language === "zh") return `${random.pick(["请", "请你", "现在", "现在请"])}${user}`;
  const small = user.charAt(0).toLowerCase() + user.slice(1);
  return random.chance(0.3) && /^[^.?!:]*\.$/.test(small)
    ? `Can you ${small.slice(0, -1)}?`
    : `${random.pick(["Please", "Please", "Now", "Then"])} ${small}`;
}

/** A sentence before or after the request, or a careless hand: what people really type. */
function dress(random: Random, language: Language, user: string): string {
  const book = PHRASEBOOKS[language];
  const gap = language === "en" ? " " : "";
  let dressed = soften(random, language, user);
  if (random.chance(0.15)) dressed = `${random.pick(book.before)}${gap}${dressed}`;
  if (random.chance(0.08)) dressed = `${dressed}${gap}${random.pick(book.after)}`;
  if (language === "en" && random.chance(0.08)) dressed = dressed.charAt(0).toLowerCase() + dressed.slice(1);
  if (random.chance(0.08)) dressed = dressed.replace(/[.?!。？！]$/, "");
  return dressed;
}

function drawExchange(random: Random, language: Language, shares: Shares): Exchange {
  let left = random.unit();
  for (const [share, draw] of shares) {
    if (left < share) {
      const exchange = draw(random, language);
      return { ...exchange, user: dress(random, language, tidy(exchange.user, language)) };
    }
    left -= share;
  }
  return drawFactQuestion(random, language);
}

/** "By the way," and "My name is …": the sentence goes on in small letters after a comma. */
function join(language: Language, opening: string, wording: string): string {
  const goesOn = opening.endsWith(",") && !/^I\b/.test(wording);
  const rest = goesOn ? wording.charAt(0).toLowerCase() + wording.slice(1) : wording;
  return `${opening}${language === "en" ? " " : ""}${rest}`;
}

function tell(random: Random, language: Language, { kind, value, thing }: Fact): Exchange {
  const book = PHRASEBOOKS[language];
  const { tell, note } = book.facts[kind];
  const slots = { value, thing };
  const wording = random.pick(tell);
  const said = random.chance(0.3) ? join(language, random.pick(book.tellingBefore), wording) : wording;
  return {
    user: tidy(fill(said, slots), language),
    assistant: tidy(fill(random.pick(note), slots), language),
    skill: "recall",
  };
}

function ask(random: Random, language: Language, { kind, value, thing }: Fact, wasTold: boolean): Exchange {
  const book = PHRASEBOOKS[language];
  const { ask, answer } = book.facts[kind];
  const slots = { value, thing };
  const wording = random.pick(ask);
  const question = random.chance(0.3) ? join(language, random.pick(book.askingBefore), wording) : wording;
  return {
    user: tidy(fill(question, slots), language),
    assistant: wasTold ? tidy(fill(answer, slots), language) : book.unknownFact,
    skill: "recall",
  };
}

/** Facts that are not asked for by the same question: one of each kind. */
function drawFacts(random: Random, language: Language, count: number): Fact[] {
  const facts: Fact[] = [];
  while (facts.length < count) {
    const fact = drawFact(random, language);
    if (facts.every(({ kind }) => kind !== fact.kind)) facts.push(fact);
  }
  return facts;
}

/** Facts are told, other things are talked about, and one to four turns later they are asked for. */
function recalling(random: Random, language: Language, shares: Shares): Exchange[] {
  const facts = drawFacts(random, language, random.pick([1, 1, 2, 2, 3]));
  const asked = random.shuffle(facts).slice(0, random.between(1, 2));
  const room = LONGEST - facts.length - asked.length;
  const others = Array.from({ length: random.between(0, Math.min(3, room)) }, () =>
    drawExchange(random, language, shares),
  );
  // The other exchanges stand among the tellings or after them; the questions come last.
  const middle = random.chance(0.6)
    ? [...facts.map((fact) => tell(random, language, fact)), ...others]
    : [
        tell(random, language, facts[0] as Fact),
        ...random.shuffle([...facts.slice(1).map((fact) => tell(random, language, fact)), ...others]),
      ];
  const questions = asked.map((fact) => ask(random, language, fact, true));
  return [...middle, ...questions];
}

/** Conversations of one thing, with their shares; the others are of everything. */
const LESSONS: readonly (readonly [number, (random: Random, language: Language) => Exchange[]])[] = [
  [DICTATION_SHARE, (random, language) => [drawDictation(random, language)]],
  [CONTINUATION_SHARE, (random, language) => [drawContinuation(random, language)]],
  [
    RECITAL_SHARE,
    (random, language) => Array.from({ length: random.between(2, 4) }, () => drawRecital(random, language)),
  ],
  [GOALS_SHARE, drawGoals],
];

function mixed(random: Random, language: Language, shares: Shares): Exchange[] {
  let left = random.unit();
  for (const [share, draw] of LESSONS) {
    if (left < share) return draw(random, language);
    left -= share;
  }
  const count = random.pick([1, 1, 1, 2, 2, 3, 4]);
  const exchanges = Array.from({ length: count }, () => drawExchange(random, language, shares));
  // Now and then something is asked that was never told.
  if (random.chance(0.03)) exchanges.push(ask(random, language, drawFact(random, language), false));
  return exchanges;
}

function converse(random: Random, shares: Shares): Conversation {
  const language: Language = random.chance(CHINESE_SHARE) ? "zh" : "en";
  const recalls = random.chance(RECALL_SHARE);
  const exchanges = recalls ? recalling(random, language, shares) : mixed(random, language, shares);
  const turns = exchanges.flatMap(({ user, assistant }): Message[] => [
    { role: "user", content: user },
    { role: "assistant", content: assistant },
  ]);
  const system: Message[] = random.chance(SYSTEM_SHARE)
    ? [{ role: "system", content: random.pick(PHRASEBOOKS[language].systems) }]
    : [];
  const skill: Skill = recalls ? "recall" : (exchanges.at(-1)?.skill ?? "smalltalk");
  return { messages: [...system, ...turns], skill };
}

/**
 * The conversations the instruct model is tuned on: endless, one to six user turns each, about 60 % English and 40 %
 * Chinese. The same seed and shares give the same conversations. What the battery asks never occurs in them.
 */
export function* conversations(seed: number, shares: Shares = SHARES): Generator<Conversation, never> {
  const random = new Random(seed);
  for (;;) yield converse(random, shares);
}
