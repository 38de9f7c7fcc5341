import type { Piece } from "../scene.ts";
import {
  ANIMALS,
  CITIES,
  COLOURS,
  DRINKS,
  FOODS,
  HOBBIES,
  JOBS,
  NUMBERS,
  OPPOSITES,
  type Word,
} from "../world.ts";
import { a, capital, series } from "./grammar.ts";
import { PLAY_WORDS } from "./words.ts";

const LISTS: readonly (readonly [string, readonly Word[]])[] = [
  ["animals", ANIMALS],
  ["colours", COLOURS.slice(0, 13)],
  ["foods", FOODS],
  ["drinks", DRINKS],
  ["jobs", JOBS],
  ["cities", CITIES],
  ["hobbies", HOBBIES],
];

/** What is quoted at the end of a sentence: a quoted sentence brings its own full stop. */
const quoted = (text: string): string => (/[.!?]$/.test(text) ? `"${text}"` : `"${text}".`);

/** What is quoted before "said": the full stop becomes a comma. */
const spoken = (text: string): string => `"${text.replace(/\.$/, "")},"`;

/** A quotation within a quotation. */
const within = (text: string): string => text.replaceAll('"', "'");

/** How a sentence goes on after a colon or a comma: in small letters, but for "I". */
const goingOn = (text: string): string =>
  /^I\b/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);

/** A teacher sets a task about words, and a child does exactly what was asked. */
const wordTask: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const [word, other, third] = random.three(PLAY_WORDS);
  const times = random.between(2, 5);
  const many = times === 2 ? "twice" : `${NUMBERS[times]?.en} times`;
  const [left, right] = random.pick(OPPOSITES.en);
  const tasks: readonly (readonly [string, string])[] = [
    [`to use the word "${word}" in one sentence`, `I like the ${word} very much.`],
    [`to write a sentence that contains the word "${word}"`, `Yesterday I saw the ${word} in the picture.`],
    [`to make a sentence that ends with the word "${word}"`, `We talked about the ${word}.`],
    [`to finish a sentence with the word "${word}"`, `I dream of the ${word}.`],
    [`to start a sentence with the word "${word}"`, `${word} is a nice word.`],
    [`to begin with the word "${word}"`, `${word} is what I think of.`],
    [`to say only the word "${word}" and nothing else`, `${word}`],
    [`to answer with just one word, "${word}"`, `${word}`],
    [`to repeat the word "${word}" ${many}`, Array.from({ length: times }, () => word).join(" ")],
    [`to say "${word}" ${many} and then stop`, Array.from({ length: times }, () => word).join(" ")],
    [`to write "${word}" all in capital letters`, word.toUpperCase()],
    [`to turn "${word}" into capital letters`, word.toUpperCase()],
    [`to reverse the words ${word}, ${other}`, `${other}, ${word}`],
    [`to say ${word}, ${other}, ${third} in reverse order`, `${third}, ${other}, ${word}`],
    [`to give the opposite of "${left}" in one word`, right],
    [`to copy this sentence: ${two.name} lives in ${two.city.en}`, `${two.name} lives in ${two.city.en}.`],
  ];
  return random
    .sample(tasks, 3)
    .map(([task, done]) =>
      random.pick([
        `The teacher asked ${one.name} ${task}. ${one.name} wrote: ${quoted(done)}`,
        `The next task was ${task}. ${spoken(done)} said ${two.name}. "Well done," said the teacher.`,
        `"I want you ${within(task)}," said the teacher. ${one.name} did exactly that: ${quoted(done)}`,
        `${one.name} had ${task}. The answer was ${spoken(done)} and that was all.`,
      ]),
    )
    .join(" ");
};

/** A list is asked for by its length and its marks. */
const listTask: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [many, items] = random.pick(LISTS);
  const count = random.between(2, 5);
  const chosen = random.sample(items, count).map(({ en }) => en);
  const numbered = random.chance(0.5);
  const lines = chosen.map((item, index) => (numbered ? `${index + 1}. ${item}` : `- ${item}`)).join("\n");
  const marks = numbered
    ? random.pick(["with numbers", "as a numbered list"])
    : random.pick(["with bullets", "as bullets", "with one bullet for each"]);
  const number = NUMBERS[count]?.en ?? "";
  return `${random.pick([
    `The teacher asked for a list of ${number} ${many} ${marks}. ${one.name} wrote:`,
    `"I need ${number} ${many} ${marks}," said the teacher. ${one.name} wrote exactly ${number} ${many}:`,
    `${one.name} had to name ${number} ${many} ${marks}. This is the list:`,
  ])}\n${lines}\n${random.pick([`"${capital(number)} ${many}, well done," said the teacher.`, `The list stops after ${number} ${many}.`, `That is all: ${series(chosen)}.`])}`;
};

/** A question that wants yes or no, and gets it. */
const yesOrNoTask: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [small, big] = [random.between(1, 9), random.between(10, 20)];
  const animal = a(random.pick(ANIMALS).en);
  const asked: readonly (readonly [string, string])[] = [
    [`is ${animal} an animal`, "Yes."],
    [`is ${animal} a colour`, "No."],
    [`is ${animal} really an animal`, "Yes."],
    [`is ${big} bigger than ${small}`, "Yes."],
    [`is ${small} bigger than ${big}`, "No."],
    [`is ${small} more than ${big}`, "No."],
  ];
  return random
    .sample(asked, 3)
    .map(([question, answer]) =>
      random.pick([
        `"Say yes or no: ${question}?" asked the teacher. ${spoken(answer)} said ${one.name}.`,
        `"Answer with yes or no," said the teacher. "${capital(question)}?" "${answer}"`,
        `The question was: ${question}? The short answer of ${one.name} was "${answer}"`,
      ]),
    )
    .join(" ");
};

/** Two friends exchange what they like to tell a helper: pets, hobbies, birthdays, and take note of it. */
const takingNote: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const month = random.pick(["January", "March", "May", "June", "August", "October", "December"]);
  const facts: readonly (readonly [string, string, string])[] = [
    [`I have a pet, ${a(one.pet.en)}`, "What pet do I have?", `Your pet is ${a(one.pet.en)}.`],
    [`My pet is called ${one.petName}`, "What is the name of my pet?", `Your pet is called ${one.petName}.`],
    [`My hobby is ${one.hobby.en}`, "What is my hobby?", `Your hobby is ${one.hobby.en}.`],
    [
      `In my free time I like ${one.hobby.en}`,
      "What do I enjoy in my free time?",
      `You enjoy ${one.hobby.en}.`,
    ],
    [`My birthday is in ${month}`, "When is my birthday?", `Your birthday is in ${month}.`],
    [`My best friend is ${two.name}`, "Who is my best friend?", `Your best friend is ${two.name}.`],
    [`I'm from ${one.city.en}`, "Which city am I from?", `You are from ${one.city.en}.`],
    [`My lucky number is ${one.number}`, "What's my lucky number?", `Your lucky number is ${one.number}.`],
  ];
  const told = random.sample(facts, random.between(2, 4));
  const asked = random.shuffle(told).slice(0, 2);
  return [
    `${one.name} wanted to test ${two.name}.`,
    ...told.map(([fact]) =>
      random.pick([
        `"${fact}," said ${one.name}. "Okay," said ${two.name}.`,
        `"Keep in mind: ${goingOn(fact)}," said ${one.name}. "Sure, I will remember that."`,
        `"By the way, ${goingOn(fact)}." "I see," said ${two.name}.`,
      ]),
    ),
    random.pick([
      "Then they did something else.",
      "Then they talked about something else.",
      "Some time went by.",
    ]),
    ...asked.map(([, question, answer]) =>
      random.pick([
        `"${question}" asked ${one.name}. "${answer}"`,
        `"Do you still know it? ${question}" "Of course. ${answer}"`,
      ]),
    ),
    `"You did not forget anything," said ${one.name}.`,
  ].join(" ");
};

export const EXERCISES: readonly Piece[] = [
  wordTask,
  wordTask,
  listTask,
  yesOrNoTask,
  takingNote,
  takingNote,
];
