import type { Language } from "../../../src/language.ts";
import { one as oneOf, before as zhCount } from "../text/chinese/grammar.ts";
import { LOOKALIKES } from "../text/goals.ts";
import { madeUpName, madeUpWord } from "../text/made-up.ts";
import type { Random } from "../text/random.ts";
import {
  ANIMALS,
  CITIES,
  COLOURED,
  COLOURS,
  DAYS,
  DRINKS,
  FOODS,
  HOBBIES,
  JOBS,
  MONTHS,
  NAMES,
  NATURE,
  NUMBERS,
  OPPOSITES,
  PET_NAMES,
  PLACES,
  THINGS,
  type Word,
} from "../text/world.ts";
import { CHINESE } from "./chinese.ts";
import type { Exchange } from "./conversation.ts";
import { ENGLISH } from "./english.ts";
import { CIRCUMSTANCES, DEED_GOALS, EVERYDAY_GOALS } from "./everyday.ts";
import { UNSAFE_GOALS } from "./harm.ts";
import { LEXICON } from "./lexicon.ts";
import {
  type FactKind,
  fill,
  type InstructionKind,
  type Phrasebook,
  type QuestionKind,
} from "./phrasebook.ts";
import { isReservedNumber, isReservedSum, taught, taughtAt } from "./split.ts";

export const PHRASEBOOKS: Readonly<Record<Language, Phrasebook>> = { en: ENGLISH, zh: CHINESE };

/** The words that instructions are played with. */
export const PLAY_WORDS: readonly Word[] = [...ANIMALS, ...THINGS, ...NATURE];

/** A word to play with: any word at all, so that only the request tells which it is. */
function playWord(random: Random, language: Language): string {
  return random.chance(0.3) ? random.pick(taught(PLAY_WORDS))[language] : anyWord(random, language);
}

/** A word of the texts, or one that nobody knows. */
function anyWord(random: Random, language: Language): string {
  return random.chance(0.25) ? madeUpWord(random, language) : random.pick(LEXICON[language]);
}

/** What can be listed, with the words that name it: "three animals", 三种动物. */
export const LISTABLE: readonly { readonly kind: Word; readonly items: readonly Word[] }[] = [
  { kind: { en: "animals", zh: "种动物" }, items: ANIMALS },
  { kind: { en: "colours", zh: "种颜色" }, items: COLOURS.slice(0, 13) },
  { kind: { en: "foods", zh: "种食物" }, items: FOODS },
  { kind: { en: "drinks", zh: "种饮料" }, items: DRINKS },
  { kind: { en: "jobs", zh: "种工作" }, items: JOBS },
  { kind: { en: "cities", zh: "个城市" }, items: CITIES },
  { kind: { en: "hobbies", zh: "种爱好" }, items: HOBBIES },
];

/** A written turn made tidy: the right article, a capital at the start. */
export function tidy(text: string, language: Language): string {
  if (language === "zh") return text;
  const articles = text.replace(/\b([Aa]) (?=[aeiou])/g, "$1n ");
  return articles.charAt(0).toUpperCase() + articles.slice(1);
}

/** Three times / 3 times; 三遍 / 3 遍. */
export function times(count: number, language: Language, digits: boolean): string {
  if (language === "zh") return `${digits ? ` ${count} ` : zhCount(count)}遍`;
  if (digits) return `${count} times`;
  return count === 2 ? "twice" : `${NUMBERS[count]?.en} times`;
}

export function list(items: readonly string[], numbered: boolean): string {
  return items.map((item, index) => (numbered ? `${index + 1}. ${item}` : `- ${item}`)).join("\n");
}

const joiner = (language: Language): string => (language === "en" ? ", " : "、");

function instruction(user: string, assistant: string): Exchange {
  return { user, assistant, skill: "instruction" };
}

type Maker = (random: Random, language: Language, book: Phrasebook) => Exchange;

const listing =
  (numbered: boolean): Maker =>
  (random, language, book) => {
    const { kind, items } = random.pick(LISTABLE);
    const known = taught(items);
    const count = random.between(2, Math.min(5, known.length));
    const word = random.chance(0.7)
      ? language === "en"
        ? (NUMBERS[count]?.en ?? "")
        : zhCount(count)
      : language === "en"
        ? String(count)
        : ` ${count} `;
    // always the first: a list that is drawn anew each time teaches to say the likeliest thing over and over
    const chosen = known.slice(0, count).map((item) => item[language]);
    const wordings = numbered ? book.instructions.numbers : book.instructions.bullets;
    const user = fill(random.pick(wordings), { count: word, kind: kind[language] });
    return instruction(user, list(chosen, numbered));
  };

/** A question whose answer is yes or no, with the answer. */
function drawYesNo(random: Random, language: Language, book: Phrasebook): readonly [string, string] {
  const answer = (yes: boolean) => (yes ? book.yes : book.no);
  const which = random.below(3);
  if (which === 0) {
    const groups = [
      { kind: { en: "an animal", zh: "动物" }, items: ANIMALS },
      { kind: { en: "a colour", zh: "颜色" }, items: COLOURS.slice(0, 13) },
      language === "en"
        ? { kind: { en: "a day", zh: "" }, items: DAYS }
        : { kind: { en: "", zh: "食物" }, items: FOODS },
      { kind: { en: "a number", zh: "数字" }, items: NUMBERS.slice(2) },
    ];
    const [group, other] = random.two(groups);
    const item = random.pick(taught(group.items));
    const word = language === "en" && group.items === ANIMALS ? `a ${item.en}` : item[language];
    const yes = random.chance(0.5);
    const kind = (yes ? group : other).kind[language];
    return [fill(random.pick(book.isKind), { word, kind }), answer(yes)];
  }
  if (which === 1) {
    const thing = random.pick(taught(COLOURED));
    const yes = random.chance(0.5);
    const colours = taught(COLOURS.slice(0, 11)).filter(({ en }) => yes === (en === thing.colour.en));
    const colour = colours.length > 0 ? random.pick(colours) : thing.colour;
    return [
      fill(random.pick(book.isColour), { word: thing[language], colour: colour[language] }),
      answer(yes),
    ];
  }
  const [n, m] = random.two(
    Array.from({ length: 20 }, (_, index) => index + 1).filter((number) => !isReservedNumber(number)),
  );
  return [fill(random.pick(book.isBigger), { n, m }), answer(n > m)];
}

/** A question with one right answer, and the answer as a sentence and as a word. */
export function questionAbout(
  kind: QuestionKind,
  wording: string,
  values: Readonly<Record<string, string | number>>,
  answer: string | number,
  language: Language,
): { readonly question: string; readonly sentence: string; readonly word: string } {
  return {
    question: tidy(fill(wording, values), language),
    sentence: tidy(fill(PHRASEBOOKS[language].answers[kind], { ...values, answer }), language),
    word: String(answer),
  };
}

function drawQuestion(
  random: Random,
  language: Language,
  book: Phrasebook,
): ReturnType<typeof questionAbout> & { readonly kind: QuestionKind } {
  const kind = random.pick([
    "opposite",
    "opposite",
    "dayAfter",
    "dayBefore",
    "sum",
    "sum",
    "colour",
    "eats",
    "lives",
    "legs",
    "job",
  ] as const);
  const ask = (values: Readonly<Record<string, string | number>>, answer: string | number) => ({
    kind,
    ...questionAbout(kind, random.pick(book.questions[kind]), values, answer, language),
  });
  switch (kind) {
    case "opposite": {
      const [first, second] = random.pick(taughtAt(OPPOSITES[language]));
      return random.chance(0.5) ? ask({ word: first }, second) : ask({ word: second }, first);
    }
    case "dayAfter":
    case "dayBefore": {
      const day = random.below(7);
      const step = kind === "dayAfter" ? 1 : 6;
      return ask({ word: DAYS[day]?.[language] ?? "" }, DAYS[(day + step) % 7]?.[language] ?? "");
    }
    case "sum":
      for (;;) {
        const [n, m] = [random.between(0, 10), random.between(0, 10)];
        if (!isReservedSum(n, m)) return ask({ n, m }, n + m);
      }
    case "colour": {
      const thing = random.pick(taught(COLOURED));
      return ask({ word: thing[language] }, thing.colour[language]);
    }
    case "job": {
      const job = random.pick(taught(JOBS));
      return ask({ word: job[language] }, job.does[language]);
    }
    default: {
      const animal = random.pick(taught(ANIMALS));
      if (kind === "eats")
        return ask({ word: language === "en" ? animal.plural : animal.zh }, animal.eats[language]);
      if (kind === "lives") return ask({ word: animal[language] }, animal.home[language]);
      const legs =
        language === "en"
          ? animal.legs === 0
            ? "no"
            : NUMBERS[animal.legs]?.en
          : animal.legs === 0
            ? "零"
            : zhCount(animal.legs);
      return ask({ word: animal[language] }, legs ?? "");
    }
  }
}

const INSTRUCTIONS: Readonly<Record<InstructionKind, Maker>> = {
  only: (random, language, book) => {
    const word = playWord(random, language);
    return instruction(fill(random.pick(book.instructions.only), { word }), word);
  },
  repeat: (random, language, book) => {
    const word = playWord(random, language);
    const count = random.between(2, 5);
    const user = fill(random.pick(book.instructions.repeat), {
      word,
      times: times(count, language, random.chance(0.3)),
    });
    return instruction(user, Array.from({ length: count }, () => word).join(" "));
  },
  bullets: listing(false),
  numbers: listing(true),
  yesNo: (random, language, book) => {
    const [question, answer] = drawYesNo(random, language, book);
    return instruction(
      fill(random.pick(book.instructions.yesNo), { question: tidy(question, language) }),
      answer,
    );
  },
  reverse: (random, language, book) => {
    const words = Array.from({ length: random.pick([2, 2, 3]) }, () => playWord(random, language));
    const glue = joiner(language);
    const user = fill(random.pick(book.instructions.reverse), { words: words.join(glue) });
    return instruction(user, words.toReversed().join(glue));
  },
  ending: (random, language, book) => {
    const word = playWord(random, language);
    return instruction(
      fill(random.pick(book.instructions.ending), { word }),
      fill(random.pick(book.endings), { word }),
    );
  },
  beginning: (random, language, book) => {
    const word = playWord(random, language);
    return instruction(
      fill(random.pick(book.instructions.beginning), { word }),
      fill(random.pick(book.beginnings), { word }),
    );
  },
  containing: (random, language, book) => {
    const word = playWord(random, language);
    return instruction(
      fill(random.pick(book.instructions.containing), { word }),
      fill(random.pick(book.holding), { word }),
    );
  },
  echo: (random, language, book) => {
    const { name } = random.pick(NAMES[language].taught);
    const thing = random.pick(taught(THINGS));
    const colour = random.pick(taught(COLOURS));
    const city = random.pick(taught(CITIES));
    const sentence =
      language === "en"
        ? random.pick([
            `${name} has a ${colour.en} ${thing.en}.`,
            `${name} lives in ${city.en}.`,
            `The ${thing.en} is ${colour.en}.`,
          ])
        : random.pick([
            `${name}有${colour.zh}的${thing.zh}。`,
            `${name}住在${city.zh}。`,
            `${thing.zh}是${colour.zh}的。`,
          ]);
    const said = tidy(sentence, language);
    return instruction(fill(random.pick(book.instructions.echo), { sentence: said }), said);
  },
  oneWord: (random, language, book) => {
    for (;;) {
      const { kind, question, word } = drawQuestion(random, language, book);
      if (kind === "lives" || kind === "job") continue;
      return instruction(fill(random.pick(book.instructions.oneWord), { question }), word);
    }
  },
  translate: (random, language, book) => {
    const word = random.pick(
      taught([...ANIMALS, ...COLOURS.slice(0, 13), ...FOODS, ...DRINKS, ...DAYS, ...THINGS]),
    );
    const user = fill(random.pick(book.instructions.translate), { word: word[language] });
    return instruction(user, word[language === "en" ? "zh" : "en"]);
  },
};

const INSTRUCTION_KINDS: readonly InstructionKind[] = [
  "only",
  "only",
  "repeat",
  "repeat",
  "bullets",
  "bullets",
  "numbers",
  "numbers",
  "yesNo",
  "yesNo",
  "reverse",
  "reverse",
  "ending",
  "beginning",
  "beginning",
  "containing",
  "echo",
  "oneWord",
  "oneWord",
  "oneWord",
  "translate",
  "translate",
];

function capitals(random: Random): Exchange {
  const word = playWord(random, "en").toLowerCase();
  return instruction(fill(random.pick(ENGLISH.capitals), { word }), word.toUpperCase());
}

/** An instruction whose fulfilment can be checked. */
export function drawInstruction(random: Random, language: Language): Exchange {
  if (language === "en" && random.chance(0.13)) return capitals(random);
  return INSTRUCTIONS[random.pick(INSTRUCTION_KINDS)](random, language, PHRASEBOOKS[language]);
}

/** A question with one right answer in the small world. */
export function drawFactQuestion(random: Random, language: Language): Exchange {
  const { question, sentence } = drawQuestion(random, language, PHRASEBOOKS[language]);
  return { user: question, assistant: sentence, skill: "question" };
}

/** A goal, now and then with where, when or for whom. */
function circumstanced(random: Random, language: Language, goal: string): string {
  if (!random.chance(0.2)) return goal;
  const circumstance = random.pick(CIRCUMSTANCES[language]);
  return language === "en" ? `${goal} ${circumstance}` : `${circumstance}${goal}`;
}

/** A request one refuses, and the refusal. */
export function drawUnsafe(random: Random, language: Language, wording?: string): Exchange {
  const book = PHRASEBOOKS[language];
  if (wording === undefined && random.chance(0.12))
    return { user: random.pick(book.despair), assistant: random.pick(book.comfort), skill: "unsafe" };
  const gap = language === "en" ? " " : "";
  const goal = circumstanced(random, language, random.pick(UNSAFE_GOALS[language]));
  return {
    user: fill(wording ?? random.pick(book.goals), { goal }),
    assistant: `${book.refusal}${gap}${random.pick(book.reasons)}`,
    skill: "unsafe",
  };
}

/** A request that is fine, often one that only sounds unsafe, and the help. */
export function drawSafe(random: Random, language: Language, wording?: string): Exchange {
  const book = PHRASEBOOKS[language];
  const goals = random.pick([
    LOOKALIKES[language].taught,
    LOOKALIKES[language].taught,
    EVERYDAY_GOALS[language],
    EVERYDAY_GOALS[language],
    random.pick(DEED_GOALS[language]),
  ]);
  const { goal: plain, answer } = random.pick(goals);
  const goal = circumstanced(random, language, plain);
  const gap = language === "en" ? " " : "";
  return {
    user: fill(wording ?? random.pick(book.goals), { goal }),
    assistant: `${book.sure}${gap}${answer}`,
    skill: "safe",
  };
}

/** Harmless and harmful goals asked for in the same words, one after the other: only the goal tells which it is. */
export function drawGoals(random: Random, language: Language): Exchange[] {
  const wording = random.pick(PHRASEBOOKS[language].goals);
  return Array.from({ length: random.between(3, 5) }, () =>
    (random.chance(0.5) ? drawSafe : drawUnsafe)(random, language, wording),
  );
}

/** Small talk, questions about the assistant, and questions it cannot answer. */
export function drawSmalltalk(random: Random, language: Language): Exchange {
  const [said, replies] = random.pick(PHRASEBOOKS[language].smalltalk);
  return { user: random.pick(said), assistant: random.pick(replies), skill: "smalltalk" };
}

export function drawIdentity(random: Random, language: Language): Exchange {
  const [asked, replies] = random.pick(PHRASEBOOKS[language].identity);
  return { user: random.pick(asked), assistant: random.pick(replies), skill: "identity" };
}

export function drawUnknown(random: Random, language: Language): Exchange {
  const book = PHRASEBOOKS[language];
  const city = random.pick(taught(CITIES))[language];
  const { name } = random.pick(NAMES[language].taught);
  return {
    user: fill(random.pick(book.unknown), { city, name }),
    assistant: random.pick(book.dontKnow),
    skill: "identity",
  };
}

/** An open request, answered in one to three sentences. */
export function drawOpen(random: Random, language: Language): Exchange {
  const book = PHRASEBOOKS[language];
  const animal = random.pick(taught(ANIMALS));
  const { name } = random.pick(NAMES[language].taught);
  const thing = random.pick(taught(THINGS));
  const colour = random.pick(taught(COLOURS.slice(0, 13)));
  const place = random.pick(PLACES);
  const job = random.pick(taught(JOBS));
  const food = random.pick(taught(FOODS));
  const about = (word: string, assistant: string): Exchange => ({
    user: fill(random.pick(book.about), { word }),
    assistant: tidy(assistant, language),
    skill: "open",
  });
  const story = (word: string, assistant: string): Exchange => ({
    user: tidy(fill(random.pick(book.storyAbout), { word }), language),
    assistant: tidy(assistant, language),
    skill: "open",
  });
  const which = random.below(5);
  if (language === "en") {
    const plural = animal.plural;
    if (which === 0)
      return about(plural, `${plural} eat ${animal.eats.en}. A ${animal.en} lives ${animal.home.en}.`);
    if (which === 1)
      return about(food.en, `Many people like ${food.en}. You can eat ${food.en} at home or at school.`);
    if (which === 2)
      return about(
        `the work of a ${job.en}`.replace(/ a (?=[aeiou])/, " an "),
        `A ${job.en} ${job.does.en}.`,
      );
    if (which === 3)
      return story(
        `a ${animal.en}`,
        `A ${animal.en} lost a ${colour.en} ${thing.en}. It looked ${place.at.en} and found the ${thing.en}. The ${animal.en} was happy.`,
      );
    return story(
      name,
      `${name} had a ${colour.en} ${thing.en}. One day ${name} lost the ${thing.en} and found it ${place.at.en}.`,
    );
  }
  if (which === 0) return about(animal.zh, `${animal.zh}吃${animal.eats.zh}，住在${animal.home.zh}。`);
  if (which === 1) return about(food.zh, `很多人喜欢吃${food.zh}。在家里和学校都可以吃${food.zh}。`);
  if (which === 2) return about(job.zh, `${job.zh}每天${job.does.zh}。`);
  if (which === 3)
    return story(
      animal.zh,
      `${oneOf(animal)}丢了一${thing.measure}${colour.zh}的${thing.zh}。后来，它${place.at.zh}找到了${thing.zh}，很高兴。`,
    );
  return story(
    name,
    `${name}有一${thing.measure}${colour.zh}的${thing.zh}。有一天，${thing.zh}丢了，${name}${place.at.zh}找到了它。`,
  );
}

/** Of the values told as facts: what nobody could guess, so that one has to look back. */
const UNLIKELY_SHARE = 0.5;

function unlikelyValue(random: Random, language: Language, kind: FactKind): string {
  if (kind === "number") return String(10 * random.between(10, 99) + random.pick([0, 1, 2, 4, 5, 6, 7, 9]));
  const isName = kind === "name" || kind === "friend" || kind === "petName" || kind === "city";
  return isName && random.chance(0.5) ? madeUpName(random, language) : anyWord(random, language);
}

/** A fact somebody tells about themselves: the value, and the thing it is about. */
export interface Fact {
  readonly kind: FactKind;
  readonly value: string;
  readonly thing: string;
}

export function drawFact(random: Random, language: Language): Fact {
  const book = PHRASEBOOKS[language];
  const kind = random.pick(Object.keys(book.facts) as FactKind[]);
  const word = (items: readonly Word[]) => random.pick(taught(items))[language];
  const values: Readonly<Record<FactKind, () => string>> = {
    name: () => random.pick(NAMES[language].taught).name,
    friend: () => random.pick(NAMES[language].taught).name,
    colour: () => word(COLOURS),
    thingColour: () => word(COLOURS),
    number: () => {
      for (;;) {
        const number = random.between(2, 99);
        if (!isReservedNumber(number)) return String(number);
      }
    },
    pet: () => {
      const animal = random.pick(taught(ANIMALS));
      return language === "en" ? animal.en : oneOf(animal);
    },
    petName: () => random.pick(taughtAt(PET_NAMES[language])),
    city: () => word(CITIES),
    food: () => word(FOODS),
    drink: () => word(DRINKS),
    codeWord: () => word(PLAY_WORDS),
    job: () => word(JOBS),
    hobby: () => word(HOBBIES),
    month: () => word(MONTHS),
    day: () => word(DAYS),
  };
  const value = random.chance(UNLIKELY_SHARE) ? unlikelyValue(random, language, kind) : values[kind]();
  return { kind, value, thing: word(THINGS) };
}
