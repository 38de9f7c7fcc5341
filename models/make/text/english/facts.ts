import type { Piece } from "../scene.ts";
import {
  ANIMALS,
  COLOURED,
  COLOURS,
  DAYS,
  DRINKS,
  FEELINGS,
  FOODS,
  HOBBIES,
  JOBS,
  MONTHS,
  NUMBERS,
  OPPOSITES,
  PLACES,
  THINGS,
  WEATHER,
  type Word,
} from "../world.ts";
import { a, capital, series } from "./grammar.ts";

const animals: Piece = ({ random }) =>
  random
    .sample(ANIMALS, 3)
    .map((animal) => {
      const legs = animal.legs === 0 ? "no legs" : `${NUMBERS[animal.legs]?.en} legs`;
      return random
        .shuffle([
          random.pick([`${capital(a(animal.en))} is an animal.`, `${capital(animal.plural)} are animals.`]),
          `${capital(a(animal.en))} has ${legs}.`,
          `${capital(animal.plural)} eat ${animal.eats.en}.`,
          `${capital(a(animal.en))} lives ${animal.home.en}.`,
          `${capital(a(animal.en))} can ${animal.can.en}.`,
          ...(animal.sound.en === "nothing" ? [] : [`${capital(a(animal.en))} says "${animal.sound.en}".`]),
        ])
        .slice(0, 5)
        .join(" ");
    })
    .join(random.pick([" ", "\n"]));

const animalQuestions: Piece = ({ random }) =>
  random
    .sample(ANIMALS, 4)
    .map((animal) =>
      random.pick([
        `What do ${animal.plural} eat? ${capital(animal.plural)} eat ${animal.eats.en}.`,
        `Where does ${a(animal.en)} live? ${capital(a(animal.en))} lives ${animal.home.en}.`,
        `How many legs does ${a(animal.en)} have? ${capital(a(animal.en))} has ${animal.legs === 0 ? "no" : NUMBERS[animal.legs]?.en} legs.`,
        `What can ${a(animal.en)} do? ${capital(a(animal.en))} can ${animal.can.en}.`,
        `Can ${a(animal.en)} ${animal.can.en}? Yes, ${a(animal.en)} can ${animal.can.en}.`,
      ]),
    )
    .join(" ");

const days: Piece = ({ random }) => {
  const start = random.below(7);
  const day = (step: number) => DAYS[(start + step + 7) % 7]?.en ?? "Monday";
  return [
    random.pick([
      `The days of the week are ${series(DAYS.map(({ en }) => en))}.`,
      `A week has seven days: ${series(DAYS.map(({ en }) => en))}.`,
    ]),
    `The day after ${day(0)} is ${day(1)}. The day before ${day(0)} is ${day(-1)}.`,
    random.pick([
      `If today is ${day(2)}, then tomorrow is ${day(3)} and yesterday was ${day(1)}.`,
      `After ${day(2)} comes ${day(3)}. Before ${day(4)} comes ${day(3)}.`,
      `What day comes after ${day(4)}? ${day(5)} comes after ${day(4)}.`,
    ]),
  ].join(" ");
};

const months: Piece = ({ random }) => {
  const start = random.below(12);
  const month = (step: number) => MONTHS[(start + step + 12) % 12]?.en ?? "January";
  return [
    `A year has twelve months: ${series(MONTHS.map(({ en }) => en))}.`,
    `The month after ${month(0)} is ${month(1)}. The month before ${month(0)} is ${month(-1)}.`,
    random.pick([
      "In summer it is warm. In winter it is cold.",
      "After winter comes spring, and after summer comes autumn.",
    ]),
  ].join(" ");
};

const counting: Piece = ({ random }) => {
  const from = random.between(0, 8);
  const to = from + random.between(4, 10);
  const digits = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const spelled = digits.map((number) => NUMBERS[number]?.en ?? "");
  return [
    `Count from ${from} to ${to}: ${digits.join(", ")}.`,
    `In words: ${spelled.join(", ")}.`,
    `Now back again: ${digits.toReversed().join(", ")}.`,
    `${capital(NUMBERS[from + 1]?.en ?? "")} comes after ${NUMBERS[from]?.en}. After ${from + 2} comes ${from + 3}.`,
  ].join(" ");
};

const sums: Piece = ({ random }) =>
  Array.from({ length: 6 }, () => {
    const n = random.between(0, 10);
    const m = random.between(0, 10);
    const word = (number: number) => NUMBERS[number]?.en ?? "";
    return random.pick([
      `${n} + ${m} = ${n + m}.`,
      `${n} plus ${m} is ${n + m}.`,
      `${capital(word(n))} and ${word(m)} make ${word(n + m)}.`,
      `What is ${n} + ${m}? It is ${n + m}.`,
      `How much is ${n} plus ${m}? ${n} plus ${m} is ${n + m}.`,
      `${n + m} - ${m} = ${n}.`,
      n === m
        ? `${n} is as big as ${m}.`
        : `${Math.max(n, m)} is bigger than ${Math.min(n, m)}. ${Math.min(n, m)} is smaller than ${Math.max(n, m)}.`,
    ]);
  }).join(" ");

const opposites: Piece = ({ random }) =>
  random
    .sample(OPPOSITES.en, 5)
    .map((pair) => {
      const [one, two] = random.chance(0.5) ? pair : [pair[1], pair[0]];
      return random.pick([
        `The opposite of ${one} is ${two}.`,
        `What is the opposite of ${one}? It is ${two}.`,
        `${capital(one)} is the opposite of ${two}.`,
        `"${capital(one)}" and "${two}" are opposites.`,
      ]);
    })
    .join(" ");

const colours: Piece = ({ random }) =>
  random
    .sample(COLOURED, 4)
    .map(({ en, colour }) =>
      random.pick([
        `${capital(en)} is ${colour.en}.`,
        `What colour is ${en}? ${capital(en)} is ${colour.en}.`,
        `The colour of ${en} is ${colour.en}.`,
        `Is ${en} ${colour.en}? Yes, ${en} is ${colour.en}.`,
      ]),
    )
    .join(" ");

const kinds: readonly { readonly one: string; readonly many: string; readonly items: readonly string[] }[] = [
  { one: "an animal", many: "animals", items: ANIMALS.map(({ en }) => en) },
  { one: "a colour", many: "colours", items: COLOURS.slice(0, 13).map(({ en }) => en) },
  { one: "a drink", many: "drinks", items: DRINKS.map(({ en }) => en) },
  { one: "a day", many: "days", items: DAYS.map(({ en }) => en) },
  { one: "a month", many: "months", items: MONTHS.map(({ en }) => en) },
  { one: "a number", many: "numbers", items: NUMBERS.map(({ en }) => en) },
];

const listable: readonly { readonly many: string; readonly items: readonly Word[] }[] = [
  { many: "animals", items: ANIMALS },
  { many: "colours", items: COLOURS.slice(0, 13) },
  { many: "foods", items: FOODS },
  { many: "drinks", items: DRINKS },
  { many: "jobs", items: JOBS },
  { many: "places", items: PLACES },
  { many: "hobbies", items: HOBBIES },
  { many: "feelings", items: FEELINGS },
  { many: "things", items: THINGS },
];

const yesNo: Piece = ({ random }) =>
  Array.from({ length: 4 }, () => {
    const [kind, other] = random.two(kinds);
    const item = random.pick(kind.items);
    const subject = kind.many === "animals" ? a(item) : item;
    return random.pick([
      `Is ${subject} ${kind.one}? Yes, ${subject} is ${kind.one}.`,
      `Is ${subject} ${other.one}? No, ${subject} is ${kind.one}.`,
      `${capital(subject)} is ${kind.one}, not ${other.one}.`,
    ]);
  }).join(" ");

/** Lists with bullets or numbers, with their count named before. */
const list: Piece = ({ random, people }) => {
  const { many, items } = random.pick(listable);
  const count = random.between(2, 5);
  const chosen = random.sample(items, count).map(({ en }) => en);
  const numbered = random.chance(0.5);
  const lines = chosen.map((item, index) => (numbered ? `${index + 1}. ${item}` : `- ${item}`)).join("\n");
  const number = random.pick([NUMBERS[count]?.en ?? "", String(count)]);
  return `${random.pick([
    `Here are ${number} ${many}:`,
    `A list of ${number} ${many}:`,
    `${random.pick(people).name} wrote a list of ${number} ${many}:`,
    `${capital(number)} ${many}:`,
  ])}\n${lines}\n${random.pick([
    `These are ${number} ${many}: ${series(chosen)}.`,
    `The first one is ${chosen[0]} and the last one is ${chosen.at(-1)}.`,
    `The list has ${number} ${many}.`,
  ])}`;
};

const weather: Piece = ({ random }) => {
  const [one, two] = random.two(WEATHER);
  return [
    `When it is ${one.en}, some people stay at home. When it is ${two.en}, they go to the park.`,
    random.pick([
      "When it is rainy, take an umbrella.",
      "When it is cold, wear a coat and a scarf.",
      "When it is sunny, wear a hat.",
      "When it is hot, drink a lot of water.",
    ]),
    random.pick([
      "In winter there is snow.",
      "In summer the sun is hot.",
      "In spring there are flowers.",
      "In autumn the leaves fall.",
    ]),
  ].join(" ");
};

const jobs: Piece = ({ random }) =>
  random
    .sample(JOBS, 3)
    .map(({ en, does }) =>
      random.pick([
        `${capital(a(en))} ${does.en}.`,
        `Who ${does.en}? ${capital(a(en))} ${does.en}.`,
        `What does ${a(en)} do? ${capital(a(en))} ${does.en}.`,
      ]),
    )
    .join(" ");

/** English words beside their Chinese ones. */
const translation: Piece = ({ random }) =>
  random
    .sample([...ANIMALS, ...COLOURS.slice(0, 13), ...FOODS, ...DRINKS, ...DAYS, ...THINGS], 4)
    .map(({ en, zh }) =>
      random.pick([
        `The Chinese word for "${en}" is "${zh}".`,
        `"${zh}" means "${en}" in English.`,
        `In Chinese, "${en}" is "${zh}".`,
        `How do you say "${en}" in Chinese? You say "${zh}".`,
      ]),
    )
    .join(" ");

export const FACTS: readonly Piece[] = [
  animals,
  animalQuestions,
  days,
  months,
  counting,
  sums,
  opposites,
  colours,
  yesNo,
  list,
  list,
  weather,
  jobs,
  translation,
];

/** What one may be asked about the world, told as statements. */
export const KNOWLEDGE: readonly Piece[] = [
  animals,
  animals,
  animals,
  days,
  sums,
  sums,
  opposites,
  opposites,
  colours,
  jobs,
  translation,
  translation,
];
