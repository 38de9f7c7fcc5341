import type { Piece } from "../scene.ts";
import { ANIMALS, NATURE, THINGS } from "../world.ts";
import { before } from "./grammar.ts";

/** The words that word games are played with. */
export const PLAY_WORDS: readonly string[] = [...ANIMALS, ...THINGS, ...NATURE].map(({ zh }) => zh);

const repeating: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample([2, 3, 4, 5], 3)
    .map((times) => {
      const word = random.pick([...PLAY_WORDS, "你好", "谢谢", "再见", "好的"]);
      const spoken = Array.from({ length: times }, () => word).join(" ");
      return random.pick([
        `${one.name}说了${before(times)}遍“${word}”：“${spoken}”。`,
        `把“${word}”说${before(times)}遍：${spoken}。`,
        `“${word}”写${before(times)}次就是“${spoken}”。`,
        `“${spoken}。”${one.name}说。这是${before(times)}个“${word}”。`,
      ]);
    })
    .join("");
};

const reversing: Piece = ({ random, people }) =>
  [2, 3, 3]
    .map((count) => {
      const words = random.sample(PLAY_WORDS, count);
      const back = words.toReversed();
      return random.pick([
        `“${words.join("、")}”倒过来是“${back.join("、")}”。`,
        `把“${words.join(" ")}”倒着说，就是“${back.join(" ")}”。`,
        `${random.pick(people).name}把“${words.join(" ")}”从后往前读：“${back.join(" ")}”。`,
        `先是${words.join("，再是")}。反过来，先是${back.join("，再是")}。`,
      ]);
    })
    .join("");

/** Sentences that quote one exact word. */
const quoting: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return random
    .sample(PLAY_WORDS, 4)
    .map((word) =>
      random.pick([
        `牌子上写着“${word}”。牌子上写着什么？写着“${word}”。`,
        `${one.name}只说了一个词：“${word}”。`,
        `“请说${word}。”${one.name}说。“${word}。”${two.name}说。`,
        `这首歌的最后一个词是“${word}”。这首歌用“${word}”结尾。`,
        `这个故事用“${word}”开头，所以第一个词是“${word}”。`,
        `${one.name}在纸上写了“${word}”。${two.name}读道：“${word}”。`,
        `“请用一个词回答。”${one.name}说。${two.name}回答了一个词：“${word}”。`,
        `暗号是“${word}”。没有“${word}”这个词，谁也打不开门。`,
        `“跟我说：${word}。”“${word}。”`,
        `这句话的最后一个词是${word}。`,
        `${word}是这句话的第一个词。`,
        `用“${word}”写一个句子：我在那边看见了${word}。`,
      ]),
    )
    .join("");
};

const groups: Piece = ({ random, people }) => {
  const words = random.sample(PLAY_WORDS, 4);
  const one = random.pick(people);
  return [
    `${one.name}写了四个词：${words.join("、")}。`,
    `第一个词是${words[0]}，第二个词是${words[1]}，第三个词是${words[2]}，最后一个词是${words[3]}。`,
    `然后${one.he}去掉了${words[1]}，现在只有三个词：${words.filter((_, index) => index !== 1).join("、")}。`,
  ].join("");
};

/** The characters of a word, one by one. */
const characters: Piece = ({ random }) =>
  random
    .sample(
      PLAY_WORDS.filter((word) => word.length > 1),
      4,
    )
    .map((word) =>
      random.pick([
        `“${word}”有${before(word.length)}个字：${[...word].join("、")}。`,
        `“${word}”的第一个字是“${word.charAt(0)}”，最后一个字是“${word.at(-1)}”。`,
      ]),
    )
    .join("");

export const WORD_GAMES: readonly Piece[] = [repeating, reversing, quoting, quoting, groups, characters];
