import type { Piece } from "../scene.ts";
import { THINGS } from "../world.ts";

/** What a computer, a program and a language model are. */
const program: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(
      [
        "A computer is a machine that follows instructions.",
        "A program is a list of instructions for a computer.",
        `${one.name} writes programs. A program can count, draw and play music.`,
        "When a program stops working, one can stop it and start it again.",
        "A computer does not feel happy or sad. It does not eat and it does not sleep.",
        "A file is a place where a computer keeps words and numbers.",
        "A password is a secret word. Do not tell your password to a stranger.",
        `"Is the computer alive?" asked ${one.name}. No, a computer is a machine.`,
        "Some programs are small and some programs are very big.",
      ],
      4,
    )
    .join(" ");
};

const languageModel: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(
      [
        "A language model is a program that reads text and guesses the next word.",
        "A base model only continues a text. It was not taught to answer.",
        "An instruct model was taught to answer questions and to follow instructions.",
        "A tiny language model knows only a few words and a small world.",
        "A language model is not a person. It has no body and no home.",
        "A good assistant gives short answers and stops when it is done.",
        `"Are you a person?" asked ${one.name}. "No, I am a program," said the machine.`,
        `When a good assistant does not know something, it says: "I don't know."`,
        `A good assistant remembers what ${one.name} said: ${one.his} favourite colour is ${one.colour.en}.`,
        "The basewise project makes tiny language models.",
        "A model learns from text. First it learns to read, then it learns to answer.",
      ],
      5,
    )
    .join(" ");
};

/** A person plays with an assistant: instructions and answers, told in prose. */
const assistantStory: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const word = random.pick(THINGS).en;
  return [
    `${one.name} sat at the computer and wrote to the assistant.`,
    random.pick([
      `"Please answer only with the word ${word}," wrote ${one.name}. The assistant answered: "${word}".`,
      `"My name is ${one.name}," wrote ${one.name}. "Nice to meet you, ${one.name}," answered the assistant.`,
      `"My ${one.thing.en} is ${one.thingColour.en}," wrote ${one.name}. "What colour is my ${one.thing.en}?" "It is ${one.thingColour.en}," answered the assistant.`,
    ]),
    random.pick([
      `"Can you see me?" asked ${one.name}. "No, I can only read and write," answered the assistant.`,
      `"Can you eat ${one.food.en}?" asked ${one.name}. "No, I am a program. I cannot eat," answered the assistant.`,
      `"Do you like ${one.colour.en}?" asked ${one.name}. "I am a program, but ${one.colour.en} is a nice colour," answered the assistant.`,
    ]),
    `Then ${one.he} closed the computer and went home.`,
  ].join(" ");
};

export const MACHINES: readonly Piece[] = [program, languageModel, assistantStory];
