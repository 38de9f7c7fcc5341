import { drawRow, madeUpName, madeUpWord } from "../made-up.ts";
import type { Random } from "../random.ts";
import type { Piece } from "../scene.ts";
import { drawTold, type Knowable, type Told } from "../told.ts";
import { CITIES, COLOURS, DAYS, DRINKS, FOODS, HOBBIES, JOBS, MONTHS } from "../world.ts";
import { PLAY_WORDS } from "./words.ts";

const KNOWN = [
  ...PLAY_WORDS,
  ...[CITIES, COLOURS, DAYS, DRINKS, FOODS, MONTHS].flatMap((list) => list.map(({ zh }) => zh)),
];

/** Rows of words said again: what comes next stands a line above. */
const saidAgain: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return Array.from({ length: random.between(3, 6) }, () => {
    const row = drawRow(random, "zh", KNOWN);
    return random.pick([
      `${one.name}说：“${row}”。${two.name}又说了一遍：“${row}”。`,
      `第一行是：${row}\n第二行也一样：${row}\n`,
      `“${row}。”老师说。“${row}。”孩子们说。`,
      `黑板上写着：${row}。${one.name}读黑板上的字：${row}。`,
      `${one.name}听到“${row}”，就写下“${row}”。`,
      `抄写：${row} = ${row}\n`,
      `跟我说：${row}。${row}。`,
      `${row}\n${row}\n`,
    ]);
  }).join("");
};

const known = (list: readonly { readonly zh: string }[]) => (random: Random) => random.pick(list).zh;
const orMadeUp =
  (list: readonly string[], share = 0.5) =>
  (random: Random) =>
    random.chance(share) ? madeUpWord(random, "zh") : random.pick(list);

const pick = (list: readonly { readonly zh: string }[]) => list.map(({ zh }) => zh);
const name = (random: Random): string => madeUpName(random, "zh");

/** What one can know of somebody, with values of which half are made up where a name may be anything. */
const KNOWABLE: readonly Knowable[] = [
  { what: ["名字"], value: name },
  { what: ["暗号", "密码", "秘密的词", "词"], value: orMadeUp(PLAY_WORDS) },
  { what: ["最喜欢的颜色", "颜色"], value: known(COLOURS) },
  { what: ["幸运数字", "数字"], value: (random) => ` ${random.between(2, 99)} ` },
  { what: ["朋友", "好朋友", "老师", "哥哥", "妹妹"], value: name },
  { what: ["城市", "家", "家乡"], value: orMadeUp(pick(CITIES)) },
  { what: ["最喜欢吃的东西", "食物"], value: orMadeUp(pick(FOODS), 0.3) },
  { what: ["最喜欢喝的东西", "饮料"], value: orMadeUp(pick(DRINKS), 0.3) },
  { what: ["宠物", "最喜欢的动物"], value: orMadeUp(PLAY_WORDS.slice(0, 30), 0.3) },
  { what: ["猫", "狗", "马", "鸟", "船"], value: name },
  { what: ["工作"], value: orMadeUp(pick(JOBS), 0.2) },
  { what: ["爱好"], value: known(HOBBIES) },
  { what: ["生日", "月份"], value: known(MONTHS) },
  { what: ["日子", "休息日"], value: known(DAYS) },
];

/** Somebody tells about themselves, something else is said, and what was told is asked for. */
const askedBack: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const told = drawTold(random, [one], KNOWABLE, random.pick([1, 1, 2, 2, 3]));
  const asked = random.shuffle(told).slice(0, random.between(1, 2));
  const tell = ({ what, value }: Told): string =>
    random.pick([
      `“我的${what}是${value}。”${one.name}说。`,
      `“我的${what}是${value}。”“好的，你的${what}是${value}。”${two.name}说。`,
      `“${value}是我的${what}。”${one.name}说。“知道了。”`,
      `“我没有告诉别人，我的${what}是${value}。”“我会记住${value}。”`,
      `“请记住，我的${what}是${value}。”“好的。”`,
    ]);
  const between = random.pick([
    "",
    `然后他们喝了${two.drink.zh}。`,
    `“你喜欢${two.food.zh}吗？”${two.name}问。“喜欢。”${one.name}说。`,
    `“请说${random.pick(PLAY_WORDS)}。”“为什么？”${one.name}问。`,
    "他们玩了一会儿就回家了。第二天他们又见面了。",
    `“2 + 3 是多少？”${two.name}问。“是 5。”${one.name}说。`,
  ]);
  const ask = ({ what, value }: Told): string =>
    random.pick([
      `“我的${what}是什么？”${one.name}问。“你的${what}是${value}。”${two.name}说。`,
      `“你知道我的${what}吗？”“知道，你的${what}是${value}。”`,
      `“我说过我的${what}吗？”“你说过，你的${what}是${value}。”`,
      `“说说我的${what}吧。”“是${value}。”`,
      `“我的${what}呢？”“${value}。”`,
    ]);
  return [...told.map(tell), between, ...asked.map(ask)].join("");
};

/** A list of who has what, and questions about it. */
const lookedUp: Piece = ({ random, people }) => {
  const told = drawTold(random, people, KNOWABLE, random.between(2, 4));
  const lines = told.map(({ owner, what, value }) =>
    random.pick([
      `${owner.name}的${what}是${value}。`,
      `${owner.name}有${what}：${value}。`,
      `${owner.name}：${what}，${value}。`,
      `${owner.name}说，${what}是${value}。`,
    ]),
  );
  const questions = random
    .shuffle(told)
    .slice(0, random.between(1, 3))
    .map(({ owner, what, value }) =>
      random.pick([
        `${owner.name}的${what}是什么？是${value}。`,
        `${owner.name}的${what}呢？${value}。`,
        `什么是${owner.name}的${what}？${value}。`,
        `所以${owner.name}的${what}是${value}。`,
      ]),
    );
  return [...lines, ...questions].join(random.chance(0.5) ? "" : "\n");
};

/** A new word is used at once. */
const newWord: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const word = madeUpWord(random, "zh");
  return random
    .sample(
      [
        `${one.name}有一个${word}。`,
        `这个${word}是${one.colour.zh}的。`,
        `一个${word}，两个${word}。`,
        `谁也没有见过这样的${word}。`,
        `“我的${word}在哪里？”${one.name}问。`,
        `“这个词是${word}。”${one.name}说，“只有${word}。”`,
        `${word} ${word} ${word}，这是三遍“${word}”。`,
        `用“${word}”结尾的一句话：我喜欢${word}。`,
        `用“${word}”开头的一句话：${word}是一个好词。`,
      ],
      random.between(3, 5),
    )
    .join("");
};

export const LOOKING_BACK: readonly Piece[] = [saidAgain, saidAgain, askedBack, askedBack, lookedUp, newWord];
