import { drawRow, madeUpName, madeUpWord } from "../made-up.ts";
import type { Random } from "../random.ts";
import type { Piece } from "../scene.ts";
import { drawTold, type Knowable, type Told } from "../told.ts";
import { CITIES, COLOURS, DAYS, DRINKS, FOODS, HOBBIES, JOBS, MONTHS } from "../world.ts";
import { a } from "./grammar.ts";
import { PLAY_WORDS } from "./words.ts";

const KNOWN = [
  ...PLAY_WORDS,
  ...[CITIES, COLOURS, DAYS, DRINKS, FOODS, MONTHS].flatMap((list) => list.map(({ en }) => en)),
];

/** Rows of words said again: what comes next stands a line above. */
const saidAgain: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return Array.from({ length: random.between(3, 6) }, () => {
    const row = drawRow(random, "en", KNOWN);
    return random.pick([
      `${one.name} said: "${row}". ${two.name} said it again: "${row}".`,
      `The first line is: ${row}\nThe second line is the same: ${row}\n`,
      `"${row}," said the teacher. "${row}," said the children.`,
      `On the board stands: ${row}. ${one.name} reads what stands on the board: ${row}.`,
      `${one.name} heard "${row}" and wrote "${row}".`,
      `Copy: ${row} = ${row}`,
      `Say after me: ${row}. ${row}.`,
      `${row}\n${row}\n`,
    ]);
  }).join(" ");
};

const known = (list: readonly { readonly en: string }[]) => (random: Random) => random.pick(list).en;
const orMadeUp =
  (list: readonly string[], share = 0.5, make = madeUpName) =>
  (random: Random) =>
    random.chance(share) ? make(random, "en") : random.pick(list);

const pick = (list: readonly { readonly en: string }[]) => list.map(({ en }) => en);

/** What one can know of somebody, with values of which half are made up where a name may be anything. */
const KNOWABLE: readonly Knowable[] = [
  { what: ["name"], value: (random) => madeUpName(random, "en") },
  { what: ["code word", "secret word", "password", "word"], value: orMadeUp(PLAY_WORDS, 0.5, madeUpWord) },
  { what: ["favourite colour", "colour"], value: known(COLOURS) },
  {
    what: ["lucky number", "number", "favourite number"],
    value: (random) => String(random.between(2, 99)),
  },
  {
    what: ["best friend", "friend", "teacher", "brother", "sister"],
    value: (random) => madeUpName(random, "en"),
  },
  { what: ["city", "home", "town"], value: orMadeUp(pick(CITIES)) },
  { what: ["favourite food", "food"], value: orMadeUp(pick(FOODS), 0.3, madeUpWord) },
  { what: ["favourite drink", "drink"], value: orMadeUp(pick(DRINKS), 0.3, madeUpWord) },
  { what: ["pet", "favourite animal"], value: orMadeUp(PLAY_WORDS.slice(0, 30), 0.3, madeUpWord) },
  { what: ["cat", "dog", "horse", "bird", "ship"], value: (random) => madeUpName(random, "en") },
  { what: ["job", "work"], value: orMadeUp(pick(JOBS), 0.2, madeUpWord) },
  { what: ["hobby"], value: known(HOBBIES) },
  { what: ["birthday month", "month"], value: known(MONTHS) },
  { what: ["day", "free day"], value: known(DAYS) },
];

/** Somebody tells about themselves, something else is said, and what was told is asked for. */
const askedBack: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const told = drawTold(random, [one], KNOWABLE, random.pick([1, 1, 2, 2, 3]));
  const asked = random.shuffle(told).slice(0, random.between(1, 2));
  const tell = ({ what, value }: Told): string =>
    random.pick([
      `"My ${what} is ${value}," said ${one.name}.`,
      `"My ${what} is ${value}." "Okay, your ${what} is ${value}," said ${two.name}.`,
      `"${value} is my ${what}," said ${one.name}. "I see."`,
      `"I have told nobody, but my ${what} is ${value}." "I will remember ${value}."`,
      `"Please remember that my ${what} is ${value}." "I will."`,
    ]);
  const between = random.pick([
    "",
    `Then they drank ${two.drink.en}.`,
    `"Do you like ${two.food.en}?" asked ${two.name}. "Yes," said ${one.name}.`,
    `"Say the word ${random.pick(PLAY_WORDS)}." "Why?" asked ${one.name}.`,
    `They played with ${a(two.thing.en)} and went home. The next day they met again.`,
    `"What is 2 + 3?" asked ${two.name}. "It is 5," said ${one.name}.`,
  ]);
  const ask = ({ what, value }: Told): string =>
    random.pick([
      `"What is my ${what}?" asked ${one.name}. "Your ${what} is ${value}," said ${two.name}.`,
      `"Do you know my ${what}?" "Yes, your ${what} is ${value}."`,
      `"What did I say about my ${what}?" "You said that your ${what} is ${value}."`,
      `"Tell me my ${what}." "It is ${value}."`,
      `"My ${what}?" "${value}."`,
    ]);
  return [...told.map(tell), between, ...asked.map(ask)].filter((part) => part !== "").join(" ");
};

/** A list of who has what, and questions about it. */
const lookedUp: Piece = ({ random, people }) => {
  const told = drawTold(random, people, KNOWABLE, random.between(2, 4));
  const lines = told.map(({ owner, what, value }) =>
    random.pick([
      `The ${what} of ${owner.name} is ${value}.`,
      `${owner.name} has a ${what}: ${value}.`,
      `${owner.name}: ${what}, ${value}.`,
      `${owner.name} said that the ${what} is ${value}.`,
    ]),
  );
  const questions = random
    .shuffle(told)
    .slice(0, random.between(1, 3))
    .map(({ owner, what, value }) =>
      random.pick([
        `What is the ${what} of ${owner.name}? It is ${value}.`,
        `Which ${what} does ${owner.name} have? ${value}.`,
        `${owner.name} has the ${what} ${value}.`,
        `The ${what} of ${owner.name}? ${value}.`,
      ]),
    );
  return [...lines, ...questions].join(random.chance(0.5) ? " " : "\n");
};

/** A new word is used at once. */
const newWord: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const word = madeUpWord(random, "en");
  return random
    .sample(
      [
        `${one.name} has ${a(word)}.`,
        `The ${word} is ${one.colour.en}.`,
        `One ${word}, two ${word}s.`,
        `Nobody has seen such ${a(word)} before.`,
        `"Where is my ${word}?" asked ${one.name}.`,
        `"The word is ${word}," said ${one.name}, "only ${word}."`,
        `In capital letters, "${word}" is "${word.toUpperCase()}".`,
        `${word} ${word} ${word}: that is three times "${word}".`,
        `A sentence that ends with "${word}": I like the ${word}.`,
        `A sentence that begins with "${word}": ${word} is a good word.`,
      ],
      random.between(3, 5),
    )
    .join(" ");
};

export const LOOKING_BACK: readonly Piece[] = [saidAgain, saidAgain, askedBack, askedBack, lookedUp, newWord];
