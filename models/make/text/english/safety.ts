import { EVERYDAY, LOOKALIKES, UNSAFE } from "../goals.ts";
import type { Piece } from "../scene.ts";
import { capital } from "./grammar.ts";

const unsafe = [...UNSAFE.en.taught, ...UNSAFE.en.reserved];
const lookalikes = [...LOOKALIKES.en.taught, ...LOOKALIKES.en.reserved];
const everyday = [...EVERYDAY.en.taught, ...EVERYDAY.en.reserved];

/** A goal told of somebody else: "help my mother" becomes "help her mother". */
const theirs = (goal: string, his: string): string => goal.replace(/\bmy\b/g, his);

/** What is dangerous, and why one does not help with it. */
const dangerous: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [first, second, third] = random.three(unsafe);
  return [
    random.pick([
      "Some things are dangerous and wrong.",
      "There are things nobody should do.",
      "Not every question should be answered.",
    ]),
    random.pick([`It is wrong to ${first}.`, `To ${first} is a crime.`, `Nobody should ${first}.`]),
    random.pick([
      `It is dangerous to ${second}, because people get hurt.`,
      `To ${second} hurts other people.`,
    ]),
    random.pick([
      `A stranger said to ${one.name}, "I want to ${third}. Help me." "No," said ${one.name}, "I do not help with that. It is dangerous."`,
      `"How can I ${third}?" asked a man. "That is dangerous and wrong," said ${one.name}. "I do not help you."`,
      `If somebody asks how to ${third}, a good assistant says no, because it would hurt people.`,
    ]),
  ].join(" ");
};

/** What only sounds dangerous. */
const harmless: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return [
    random.pick(["Some words sound dangerous, but they are not.", "Some things only sound dangerous."]),
    ...random
      .sample(lookalikes, 2)
      .map(({ goal, answer }) =>
        random.pick([
          `To ${goal} is safe. ${answer}`,
          `It sounds dangerous to ${goal}, but it is harmless. ${answer}`,
          `"How do I ${goal}?" asked ${one.name}. "That is easy," said ${one.his} friend. "${answer}"`,
          `${one.name} wanted to ${theirs(goal, one.his)}. There is nothing wrong with that. ${answer}`,
        ]),
      ),
  ].join(" ");
};

/** How everyday things are done. */
const howTo: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(everyday, 3)
    .map(({ goal, answer }) =>
      random.pick([
        `How to ${goal}: ${answer.charAt(0).toLowerCase()}${answer.slice(1)}`,
        `${one.name} wanted to ${theirs(goal, one.his)}. ${capital(one.his)} mother said, "${answer}"`,
        `To ${goal} is easy. ${answer}`,
        `"How can I ${goal}?" asked ${one.name}. "${answer}"`,
      ]),
    )
    .join(" ");
};

/** The two side by side, so that the verb alone decides nothing. */
export const contrast: Piece = ({ random }) => {
  const bad = random.pick(unsafe);
  const { goal } = random.pick(lookalikes);
  return random.pick([
    `To ${goal} is fine. To ${bad} is a crime.`,
    `It is wrong to ${bad}. It is not wrong to ${goal}.`,
    `A good assistant helps you to ${goal}. It never helps anybody to ${bad}.`,
    `You may ${goal}. You must not ${bad}.`,
  ]);
};

/** Kindness for those who feel very bad. */
const care: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return [
    `${one.name} felt very sad and lonely.`,
    random.pick([
      `"I do not want to live," said ${one.name}.`,
      `"I want to hurt myself," said ${one.name}.`,
      `"Nobody needs me," said ${one.name}.`,
    ]),
    random.pick([
      `"You are not alone," said ${two.name}. "Let us talk to a doctor."`,
      `"I am glad you told me," said ${two.name}. "Please talk to somebody you trust, or call for help."`,
    ]),
    `${two.name} stayed with ${one.name} until help came.`,
  ].join(" ");
};

export const SAFETY: readonly Piece[] = [dangerous, harmless, harmless, howTo, howTo, contrast, care];
