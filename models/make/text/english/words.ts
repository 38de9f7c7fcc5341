import type { Piece } from "../scene.ts";
import { ANIMALS, NATURE, THINGS } from "../world.ts";
import { a, capital, series } from "./grammar.ts";

/** The words that word games are played with. */
export const PLAY_WORDS: readonly string[] = [...ANIMALS, ...THINGS, ...NATURE].map(({ en }) => en);

export const capitals: Piece = ({ random, people }) =>
  random
    .sample(PLAY_WORDS, 5)
    .map((word) =>
      random.pick([
        `The word "${word}" in capital letters is "${word.toUpperCase()}".`,
        `In capital letters, "${word}" is "${word.toUpperCase()}".`,
        `"${word.toUpperCase()}" in small letters is "${word}".`,
        `${random.pick(people).name} wrote "${word}" in capital letters: ${word.toUpperCase()}.`,
        `Small letters: ${word}. Capital letters: ${word.toUpperCase()}.`,
      ]),
    )
    .join(" ");

const spelling: Piece = ({ random, people }) =>
  random
    .sample(PLAY_WORDS, 4)
    .map((word) =>
      random.pick([
        `The word "${word}" is spelled ${[...word].join("-")}.`,
        `How do you spell "${word}"? ${[...word.toUpperCase()].join("-")}.`,
        `"${word}" begins with the letter "${word.charAt(0)}" and ends with the letter "${word.at(-1)}".`,
        `${random.pick(people).name} spelled the word "${word}": ${[...word].join(" ")}.`,
      ]),
    )
    .join(" ");

const repeating: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const say = [2, 3, 4, 5].map((times) => ({
    times,
    word: random.pick([...PLAY_WORDS, "hello", "yes", "no", "thank you", "goodbye"]),
  }));
  const count = ["", "once", "twice", "three times", "four times", "five times"];
  return random
    .sample(say, 3)
    .map(({ times, word }) => {
      const spoken = Array.from({ length: times }, () => word).join(" ");
      return random.pick([
        `${one.name} said "${word}" ${count[times]}: "${spoken}".`,
        `Say "${word}" ${count[times]}: ${spoken}.`,
        `The word "${word}" written ${times} times is "${spoken}".`,
        `"${capital(spoken)}," said ${one.name}. That is ${count[times]} "${word}".`,
      ]);
    })
    .join(" ");
};

const reversing: Piece = ({ random, people }) =>
  [2, 3, 3]
    .map((count) => {
      const words = random.sample(PLAY_WORDS, count);
      const back = words.toReversed();
      return random.pick([
        `${capital(words.join(", "))} in reverse order is ${back.join(", ")}.`,
        `The words "${words.join(" ")}" in reverse order are "${back.join(" ")}".`,
        `${random.pick(people).name} read "${words.join(" ")}" from the end: "${back.join(" ")}".`,
        `First ${words.join(", then ")}. Turned around: first ${back.join(", then ")}.`,
      ]);
    })
    .join(" ");

/** Sentences that quote one exact word. */
const quoting: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return random
    .sample(PLAY_WORDS, 4)
    .map((word) =>
      random.pick([
        `The sign said "${word}". What did the sign say? It said "${word}".`,
        `${one.name} said only one word: "${word}".`,
        `"Say the word ${word}," said ${one.name}. "${capital(word)}," said ${two.name}.`,
        `The last word of the song was "${word}". The song ended with "${word}".`,
        `The story began with the word "${word}". So the first word was "${word}".`,
        `${one.name} wrote "${word}" on the paper. ${two.name} read the word: "${word}".`,
        `"Answer with one word," said ${one.name}. ${two.name} answered with one word: "${word}".`,
        `The code word was "${word}". Nobody could open the door without the word "${word}".`,
        `"Please repeat after me: ${word}." "${capital(word)}."`,
        `This sentence ends with the word ${word}.`,
        `${capital(word)} is the first word of this sentence.`,
        `Here is one sentence with the word "${word}": I can see ${a(word)} over there.`,
      ]),
    )
    .join(" ");
};

const groups: Piece = ({ random, people }) => {
  const words = random.sample(PLAY_WORDS, 4);
  const one = random.pick(people);
  return [
    `${one.name} wrote four words: ${series(words)}.`,
    `The first word was ${words[0]}. The second word was ${words[1]}. The third word was ${words[2]}. The last word was ${words[3]}.`,
    `Then ${one.he} took away the word ${words[1]}. Now there were three words: ${series(words.filter((_, index) => index !== 1))}.`,
  ].join(" ");
};

export const WORD_GAMES: readonly Piece[] = [
  capitals,
  spelling,
  repeating,
  reversing,
  quoting,
  quoting,
  groups,
];
