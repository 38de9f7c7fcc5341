import type { Piece } from "../scene.ts";
import {
  ANIMALS,
  CITIES,
  COLOURS,
  DRINKS,
  FOODS,
  HOBBIES,
  JOBS,
  MONTHS,
  OPPOSITES,
  type Word,
} from "../world.ts";
import { before, one as oneOf } from "./grammar.ts";
import { PLAY_WORDS } from "./words.ts";

const LISTS: readonly (readonly [string, readonly Word[]])[] = [
  ["种动物", ANIMALS],
  ["种颜色", COLOURS.slice(0, 13)],
  ["种食物", FOODS],
  ["种饮料", DRINKS],
  ["种工作", JOBS],
  ["个城市", CITIES],
  ["种爱好", HOBBIES],
];

/** What is quoted at the end of a sentence: a quoted sentence brings its own full stop. */
const quoted = (text: string): string => (/[。！？]$/.test(text) ? `“${text}”` : `“${text}”。`);

/** What is quoted in the middle of a sentence, and before 说. */
const inside = (text: string): string => `“${text.replace(/。$/, "")}”`;
const spoken = (text: string): string => (/[。！？]$/.test(text) ? `“${text}”` : `“${text}。”`);

/** A quotation within a quotation. */
const within = (text: string): string => text.replaceAll("“", "‘").replaceAll("”", "’");

/** A teacher sets a task about words, and a child does exactly what was asked. */
const wordTask: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const [word, other, third] = random.three(PLAY_WORDS);
  const times = random.between(2, 5);
  const [left, right] = random.pick(OPPOSITES.zh);
  const tasks: readonly (readonly [string, string])[] = [
    [`用“${word}”写一句话`, `我很喜欢${word}，你呢？`],
    [`写一个句子，里面要有“${word}”`, `昨天我在画上看见了${word}，很高兴。`],
    [`用“${word}”结束一句话`, `我们说到了${word}。`],
    [`写一句用“${word}”结尾的话`, `我在想${word}。`],
    [`用“${word}”开始一句话`, `${word}是一个好词。`],
    [`写一句用“${word}”开头的话`, `${word}很好听。`],
    [`只说“${word}”，别的都不说`, word],
    [`只用一个词“${word}”来回答`, word],
    [`把“${word}”重复${before(times)}遍`, Array.from({ length: times }, () => word).join(" ")],
    [`把“${word}”说${before(times)}遍，然后停下`, Array.from({ length: times }, () => word).join(" ")],
    [`把“${word}、${other}”的顺序反过来`, `${other}、${word}`],
    [`把“${word}、${other}、${third}”倒过来说`, `${third}、${other}、${word}`],
    [`用一个词说出“${left}”的反义词`, right],
    [`再说一次“${two.name}住在${two.city.zh}”这句话`, `${two.name}住在${two.city.zh}。`],
  ];
  return random
    .sample(tasks, 3)
    .map(([task, done]) =>
      random.pick([
        `老师请${one.name}${task}。${one.name}写道：${quoted(done)}`,
        `下一个任务是${task}。${spoken(done)}${two.name}说。“做得好。”老师说。`,
        `老师说：“我要你${within(task)}。”${one.name}就照着做：${quoted(done)}`,
        `${one.name}必须${task}，回答是${inside(done)}，别的什么也没有写。`,
      ]),
    )
    .join("");
};

/** A list is asked for by its length and its marks. */
const listTask: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [name, items] = random.pick(LISTS);
  const count = random.between(2, 5);
  const chosen = random.sample(items, count).map(({ zh }) => zh);
  const numbered = random.chance(0.5);
  const lines = chosen.map((item, index) => (numbered ? `${index + 1}. ${item}` : `- ${item}`)).join("\n");
  const marks = numbered ? "编号" : "短横线";
  const what = `${before(count)}${name}`;
  return `${random.pick([
    `老师请${one.name}用${marks}列出${what}。${one.name}写道：`,
    `老师说：“我要${what}，每行前面加${marks}。”${one.name}写了${what}：`,
    `${one.name}要写${what}，用${marks}列表。这就是${one.name}的列表：`,
  ])}\n${lines}\n${random.pick([`“${what}，做得好。”老师说。`, `写完${what}就停下了。`, `就是这些：${chosen.join("、")}。`])}`;
};

/** A question that wants yes or no, and gets it. */
const yesOrNoTask: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [small, big] = [random.between(1, 9), random.between(10, 20)];
  const animal = random.pick(ANIMALS).zh;
  const asked: readonly (readonly [string, string])[] = [
    [`${animal}是动物吗？`, "是。"],
    [`${animal}是颜色吗？`, "不是。"],
    [`${animal}真的是动物吗？`, "是。"],
    [`${big} 比 ${small} 大吗？`, "是。"],
    [`${small} 比 ${big} 大吗？`, "不是。"],
    [`${small} 比 ${big} 多吗？`, "不是。"],
  ];
  return random
    .sample(asked, 3)
    .map(([question, answer]) =>
      random.pick([
        `老师问：“${question}只说是或不是。”“${answer}”${one.name}说。`,
        `“请回答是或不是。”老师说，“${question}”“${answer}”`,
        `问题是：${question}${one.name}的回答很短：“${answer}”`,
      ]),
    )
    .join("");
};

/** Two friends exchange what they like to tell a helper: pets, hobbies, birthdays, and take note of it. */
const takingNote: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const month = random.pick(MONTHS).zh;
  const facts: readonly (readonly [string, string, string])[] = [
    [`我的宠物是${oneOf(one.pet)}`, "我的宠物是什么？", `你的宠物是${oneOf(one.pet)}。`],
    [`我的宠物叫${one.petName}`, "我的宠物的名字是什么？", `你的宠物叫${one.petName}。`],
    [`我的爱好是${one.hobby.zh}`, "我的爱好是什么？", `你的爱好是${one.hobby.zh}。`],
    [`有空的时候，我喜欢${one.hobby.zh}`, "有空的时候我喜欢做什么？", `你喜欢${one.hobby.zh}。`],
    [`我的生日在${month}`, "我的生日是什么时候？", `你的生日在${month}。`],
    [`我最好的朋友是${two.name}`, "我最好的朋友是谁？", `你最好的朋友是${two.name}。`],
    [`我的城市是${one.city.zh}`, "我是哪个城市的人？", `你是${one.city.zh}人。`],
    [`我的幸运数字是 ${one.number}`, "我的幸运数字是多少？", `你的幸运数字是 ${one.number}。`],
  ];
  const told = random.sample(facts, random.between(2, 4));
  const asked = random.shuffle(told).slice(0, 2);
  return [
    `${one.name}想考考${two.name}。`,
    ...told.map(([fact]) =>
      random.pick([
        `“${fact}。”${one.name}说。“好的。”${two.name}说。`,
        `“记一下：${fact}。”${one.name}说。“知道了，我会记住。”`,
        `“对了，${fact}。”“好。”${two.name}说。`,
      ]),
    ),
    random.pick(["然后他们做了别的事。", "然后他们换了一个话题。", "过了一会儿。"]),
    ...asked.map(([, question, answer]) =>
      random.pick([`“${question}”${one.name}问。“${answer}”`, `“你还知道吗？${question}”“当然。${answer}”`]),
    ),
    `“你什么都没有忘。”${one.name}说。`,
  ].join("");
};

export const EXERCISES: readonly Piece[] = [
  wordTask,
  wordTask,
  listTask,
  yesOrNoTask,
  takingNote,
  takingNote,
];
