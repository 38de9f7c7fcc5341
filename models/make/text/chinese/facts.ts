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
  type Word,
} from "../world.ts";
import { before, spelled } from "./grammar.ts";

const animals: Piece = ({ random }) =>
  random
    .sample(ANIMALS, 3)
    .map((animal) =>
      random
        .shuffle([
          `${animal.zh}是一种动物。`,
          animal.legs === 0 ? `${animal.zh}没有腿。` : `${animal.zh}有${before(animal.legs)}条腿。`,
          `${animal.zh}吃${animal.eats.zh}。`,
          `${animal.zh}住在${animal.home.zh}。`,
          `${animal.zh}会${animal.can.zh}。`.replace("会跑得快", "跑得快"),
          ...(animal.sound.en === "nothing" ? [] : [`${animal.zh}的叫声是“${animal.sound.zh}”。`]),
        ])
        .slice(0, 5)
        .join(""),
    )
    .join(random.pick(["", "\n"]));

const animalQuestions: Piece = ({ random }) =>
  random
    .sample(ANIMALS, 4)
    .map((animal) =>
      random.pick([
        `${animal.zh}吃什么？${animal.zh}吃${animal.eats.zh}。`,
        `${animal.zh}住在哪里？${animal.zh}住在${animal.home.zh}。`,
        `${animal.zh}有几条腿？${animal.zh}${animal.legs === 0 ? "没有腿" : `有${before(animal.legs)}条腿`}。`,
        `${animal.zh}是动物吗？是，${animal.zh}是一种动物。`,
      ]),
    )
    .join("");

const days: Piece = ({ random }) => {
  const start = random.below(7);
  const day = (step: number) => DAYS[(start + step + 7) % 7]?.zh ?? "";
  return [
    `一个星期有七天：${DAYS.map(({ zh }) => zh).join("、")}。`,
    `${day(0)}的后一天是${day(1)}，${day(0)}的前一天是${day(-1)}。`,
    random.pick([
      `如果今天是${day(2)}，那么明天是${day(3)}，昨天是${day(1)}。`,
      `${day(2)}以后是${day(3)}，${day(4)}以前是${day(3)}。`,
      `${day(4)}的后一天是星期几？${day(4)}的后一天是${day(5)}。`,
    ]),
  ].join("");
};

const months: Piece = ({ random }) => {
  const start = random.below(12);
  const month = (step: number) => MONTHS[(start + step + 12) % 12]?.zh ?? "";
  return [
    `一年有十二个月：${MONTHS.map(({ zh }) => zh).join("、")}。`,
    `${month(0)}的后面是${month(1)}，${month(0)}的前面是${month(-1)}。`,
    random.pick([
      "夏天很热，冬天很冷。",
      "春天有花，秋天有落叶，冬天有雪。",
      "春天以后是夏天，秋天以后是冬天。",
    ]),
  ].join("");
};

const counting: Piece = ({ random }) => {
  const from = random.between(0, 8);
  const to = from + random.between(4, 10);
  const digits = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return [
    `从 ${from} 数到 ${to}：${digits.join("、")}。`,
    `用汉字写：${digits.map(spelled).join("、")}。`,
    `再倒着数：${digits.toReversed().join("、")}。`,
    `${spelled(from)}的后面是${spelled(from + 1)}，${from + 2} 的后面是 ${from + 3}。`,
  ].join("");
};

const sums: Piece = ({ random }) =>
  Array.from({ length: 6 }, () => {
    const n = random.between(0, 10);
    const m = random.between(0, 10);
    return random.pick([
      `${n} + ${m} = ${n + m}。`,
      `${n} 加 ${m} 等于 ${n + m}。`,
      `${spelled(n)}加${spelled(m)}等于${spelled(n + m)}。`,
      `${n} + ${m} 等于多少？等于 ${n + m}。`,
      `${n} 加 ${m} 是多少？是 ${n + m}。`,
      `${n + m} - ${m} = ${n}。`,
      n === m
        ? `${n} 和 ${m} 一样大。`
        : `${Math.max(n, m)} 比 ${Math.min(n, m)} 大，${Math.min(n, m)} 比 ${Math.max(n, m)} 小。`,
    ]);
  }).join("");

const opposites: Piece = ({ random }) =>
  random
    .sample(OPPOSITES.zh, 5)
    .map((pair) => {
      const [one, two] = random.chance(0.5) ? pair : [pair[1], pair[0]];
      return random.pick([
        `“${one}”的反义词是“${two}”。`,
        `“${one}”的反义词是什么？是“${two}”。`,
        `“${one}”和“${two}”是一对反义词。`,
        `和“${one}”相反的词是“${two}”。`,
      ]);
    })
    .join("");

const colours: Piece = ({ random }) =>
  random
    .sample(COLOURED, 4)
    .map(({ zh, colour }) =>
      random.pick([
        `${zh}是${colour.zh}的。`,
        `${zh}是什么颜色的？${zh}是${colour.zh}的。`,
        `${zh}的颜色是${colour.zh}。`,
        `${zh}是${colour.zh}的吗？是的，${zh}是${colour.zh}的。`,
      ]),
    )
    .join("");

const kinds: readonly { readonly name: string; readonly items: readonly Word[] }[] = [
  { name: "动物", items: ANIMALS },
  { name: "颜色", items: COLOURS.slice(0, 13) },
  { name: "食物", items: FOODS },
  { name: "数字", items: NUMBERS },
  { name: "工作", items: JOBS },
];

/** How a kind of work is named when it is called work: 老师 is a person, so the sentence says 一种职业. */
const called = (name: string): string => (name === "工作" ? "一种职业" : name);

const yesNo: Piece = ({ random }) =>
  Array.from({ length: 4 }, () => {
    const [kind, other] = random.two(kinds);
    const item = random.pick(kind.items).zh;
    return random.pick([
      `${item}是${called(kind.name)}吗？是，${item}是${called(kind.name)}。`,
      `${item}是${called(other.name)}吗？不是，${item}是${called(kind.name)}。`,
      `${item}是${called(kind.name)}，不是${called(other.name)}。`,
    ]);
  }).join("");

const listable: readonly {
  readonly measure: string;
  readonly name: string;
  readonly items: readonly Word[];
}[] = [
  { measure: "种", name: "动物", items: ANIMALS },
  { measure: "种", name: "颜色", items: COLOURS.slice(0, 13) },
  { measure: "种", name: "食物", items: FOODS },
  { measure: "种", name: "饮料", items: DRINKS },
  { measure: "种", name: "工作", items: JOBS },
  { measure: "个", name: "地方", items: PLACES },
  { measure: "种", name: "爱好", items: HOBBIES },
  { measure: "种", name: "心情", items: FEELINGS },
  { measure: "样", name: "东西", items: THINGS },
];

/** Lists with bullets or numbers, with their count named before. */
const list: Piece = ({ random, people }) => {
  const { measure, name, items } = random.pick(listable);
  const count = random.between(2, 5);
  const chosen = random.sample(items, count).map(({ zh }) => zh);
  const numbered = random.chance(0.5);
  const lines = chosen.map((item, index) => (numbered ? `${index + 1}. ${item}` : `- ${item}`)).join("\n");
  const what = random.chance(0.7) ? `${before(count)}${measure}${name}` : ` ${count} ${measure}${name}`;
  return `${random.pick([`这里有${what}：`, `${what.trim()}：`, `${random.pick(people).name}写了${what}：`, `下面是${what}：`])}\n${lines}\n${random.pick(
    [
      `这${what}是${chosen.join("、")}。`,
      `第一个是${chosen[0]}，最后一个是${chosen.at(-1)}。`,
      `一共写了${what}。`,
    ],
  )}`;
};

const weather: Piece = ({ random }) =>
  random
    .sample(
      [
        "下雨的时候，要带雨伞。",
        "天冷的时候，要穿大衣，戴围巾。",
        "太阳很大的时候，要戴帽子。",
        "天热的时候，要多喝水。",
        "下雪的时候，孩子们喜欢玩雪。",
        "刮风的时候，可以放风筝。",
      ],
      3,
    )
    .join("");

const jobs: Piece = ({ random }) =>
  random
    .sample(JOBS, 3)
    .map(({ zh, does }) =>
      random.pick([
        `${zh}的工作是${does.zh}。`,
        `谁每天${does.zh}？${zh}每天${does.zh}。`,
        `${zh}做什么？${zh}每天${does.zh}。`,
      ]),
    )
    .join("");

/** Chinese words beside their English ones. */
const translation: Piece = ({ random }) =>
  random
    .sample([...ANIMALS, ...COLOURS.slice(0, 13), ...FOODS, ...DRINKS, ...DAYS, ...THINGS], 4)
    .map(({ en, zh }) =>
      random.pick([
        `“${zh}”的英文是“${en}”。`,
        `英文的“${en}”就是中文的“${zh}”。`,
        `“${zh}”用英文怎么说？说“${en}”。`,
        `“${en}”的中文意思是“${zh}”。`,
      ]),
    )
    .join("");

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
