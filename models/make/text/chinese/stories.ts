import type { Piece } from "../scene.ts";
import { ANIMALS, DAYS, FEELINGS, FOODS, PLACES, THINGS, WEATHER } from "../world.ts";
import { before, one as oneOf, spelled } from "./grammar.ts";

/** Somebody is introduced, and what was said is told again. */
const introduction: Piece = ({ random, town, people }) => {
  const one = random.pick(people);
  const rest = [
    `${one.he}每天${one.job.does.zh}。`,
    random.pick([`${one.name}住在${town}。`, `${one.his}家在${town}。`]),
    random.pick([
      `${one.his}最喜欢的颜色是${one.colour.zh}。`.replace("的最喜欢", "最喜欢"),
      `${one.name}最喜欢${one.colour.zh}。`,
    ]),
    random.pick([`${one.he}喜欢吃${one.food.zh}。`, `${one.name}爱吃${one.food.zh}。`]),
    random.pick([
      `${one.he}养了${oneOf(one.pet)}，名字叫${one.petName}，是${one.petColour.zh}的。`,
      `${one.his}${one.pet.zh}叫${one.petName}，是${one.petColour.zh}的。`,
    ]),
    random.pick([`${one.he}出生在${one.city.zh}。`, `${one.name}是${one.city.zh}人。`]),
    random.pick([`${one.he}喜欢${one.hobby.zh}。`, `下班以后，${one.he}喜欢${one.hobby.zh}。`]),
  ];
  const again = random
    .sample(
      [
        `所以，${one.name}是一位${one.job.zh}。`,
        `有人问${one.name}做什么工作，大家就说：“${one.he}是${one.job.zh}。”`,
        `${town}的人都认识${one.job.zh}${one.name}。`,
        `这就是${town}的${one.name}的故事。`,
      ],
      2,
    )
    .join("");
  return `${one.name}是一位${one.job.zh}。${random.shuffle(rest).slice(0, 5).join("")}${again}`;
};

/** A lost thing, looked for in three places, found in the last. */
const lostThing: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const places = random.three(PLACES);
  const what = `${one.thingColour.zh}的${one.thing.zh}`;
  const day = random.pick(DAYS).zh;
  return [
    random.pick([
      `${day}，${one.name}找不到${one.his}${one.thing.zh}了。那是一${one.thing.measure}${what}。`,
      `有一天，${one.name}丢了一${one.thing.measure}${what}。`,
      `“我的${what}在哪里？”${day}，${one.name}问。`,
    ]),
    `${one.he}${places[0].at.zh}找，没有找到。`,
    `${one.he}${places[1].at.zh}找，也没有找到。`,
    random.pick([
      `这时候${two.name}来了，问：“你在找什么？”“我在找我的${what}。”${one.name}说。`,
      `${one.he}看见了${two.name}，就问：“你看见我的${one.thing.zh}了吗？是${one.thingColour.zh}的。”`,
    ]),
    random.pick([
      `“我${places[2].at.zh}看见了一${one.thing.measure}${what}。”${two.name}说。`,
      `${two.name}说：“我看见一${one.thing.measure}${what}，就${places[2].at.zh}。”`,
    ]),
    `他们一起去找，${what}真的就${places[2].at.zh}。`,
    random.pick([
      `${one.name}很高兴，谢谢了${two.name}。`,
      `“谢谢你，${two.name}！”${one.name}说，“你找到了我的${one.thing.zh}。”`,
    ]),
  ].join("");
};

/** Shopping with numbers that are added in the end. */
const market: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [first, second] = random.two(FOODS);
  const n = random.between(2, 9);
  const m = random.between(2, 9);
  return [
    random.pick([`${one.name}去市场买东西。`, `${random.pick(DAYS).zh}早上，${one.name}拿着袋子去市场。`]),
    `${one.he}先花${before(n)}块钱买了${first.zh}，再花${before(m)}块钱买了${second.zh}。`,
    random.pick([
      `${spelled(n)}加${spelled(m)}等于${spelled(n + m)}，所以${one.he}一共花了${before(n + m)}块钱。`,
      `${n} + ${m} = ${n + m}，所以${one.name}一共花了 ${n + m} 块钱。`,
    ]),
    random.pick([
      `回到家，${one.he}把${first.zh}和${second.zh}放在桌子上。`,
      `然后${one.he}把${first.zh}和${second.zh}带回家。`,
    ]),
    `妈妈问：“你买了什么？”${one.name}说：“我买了${first.zh}和${second.zh}。”`,
  ].join("");
};

/** A word or fact is told, other things happen, then it is asked for. */
const remember: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const facts: readonly (readonly [string, string, string])[] = [
    [
      `我的${one.thing.zh}是${one.thingColour.zh}的`,
      `我的${one.thing.zh}是什么颜色的？`,
      `你的${one.thing.zh}是${one.thingColour.zh}的`,
    ],
    [`我最喜欢的颜色是${one.colour.zh}`, "我最喜欢什么颜色？", `你最喜欢的颜色是${one.colour.zh}`],
    [`我的幸运数字是 ${one.number}`, "我的幸运数字是多少？", `你的幸运数字是 ${one.number}`],
    [`我的${one.pet.zh}叫${one.petName}`, `我的${one.pet.zh}叫什么？`, `你的${one.pet.zh}叫${one.petName}`],
    [`我来自${one.city.zh}`, "我来自哪里？", `你来自${one.city.zh}`],
    [`我最喜欢吃${one.food.zh}`, "我最喜欢吃什么？", `你最喜欢吃${one.food.zh}`],
    [`我喜欢喝${one.drink.zh}`, "我喜欢喝什么？", `你喜欢喝${one.drink.zh}`],
    [`暗号是${two.thing.zh}`, "暗号是什么？", `暗号是${two.thing.zh}`],
    [`我的工作是${one.job.zh}`, "我的工作是什么？", `你的工作是${one.job.zh}`],
  ];
  const told = random.sample(facts, random.between(1, 3));
  const asked = random.shuffle(told);
  const [first, second] = random.two(ANIMALS);
  const between = random.sample(
    [
      `然后他们${random.pick(PLACES).at.zh}走了一会儿。`,
      `那天的天气很${random.pick(["好", "冷", "热", "暖和"])}。`,
      `${two.name}说起了${two.food.zh}和${two.drink.zh}。`,
      `他们看见了${oneOf(first)}和${oneOf(second)}。`,
      `他们坐下来，吃了一些${random.pick(FOODS).zh}。`,
      `${one.name}讲了一个关于${random.pick(THINGS).zh}的故事。`,
    ],
    random.between(1, 4),
  );
  return [
    ...told.map(([fact], index) =>
      index === 0
        ? random.pick([
            `${one.name}对${two.name}说：“记住，${fact}。”`,
            `“请你不要忘记，${fact}。”${one.name}告诉${two.name}。`,
          ])
        : random.pick([`${one.he}又说：“${fact}。”`, `“还有，${fact}。”${one.name}说。`]),
    ),
    ...between,
    ...asked.flatMap(([, question, answer], index) => [
      index === 0
        ? random.pick([
            `后来，${one.name}问：“${question}”`,
            `晚上，${one.name}说：“现在告诉我，${question}”`,
          ])
        : random.pick([`${one.name}又问：“${question}”`, `“那么，${question}”`]),
      random.pick([`${two.name}说：“${answer}。”`, `“${answer}。”${two.name}还记得。`]),
    ]),
    random.pick([`“说对了！”${one.name}说。`, `“你什么都记得。”${one.name}说。`]),
  ].join("");
};

const journey: Piece = ({ random, people, town }) => {
  const [one, two] = random.two(people);
  const weather = random.pick(WEATHER).zh;
  const feeling = random.pick(FEELINGS).zh;
  const from = random.pick([one.city.zh, town].filter((place) => place !== two.city.zh));
  return [
    `${random.pick(DAYS).zh}，天气${weather}。`,
    `${one.name}和${two.name}坐火车从${from}去${two.city.zh}。`,
    random.pick([`${one.name}觉得很${feeling}。`, `“我今天很${feeling}。”${one.name}说。`]),
    random.pick([
      `“你为什么${feeling}？”${two.name}问。“因为今天天气${weather}。”${one.name}说。`,
      `“你为什么${feeling}？”${two.name}问。“因为我把${one.thing.zh}忘在家里了。”${one.name}说。`,
    ]),
    `到了${two.city.zh}，他们去吃饭。${one.name}吃了${one.food.zh}，${two.name}吃了${two.food.zh}。`,
    `${one.name}喝了${one.drink.zh}，${two.name}喝了${two.drink.zh}。`,
    random.pick([`晚上，他们回到了${from}。`, `他们很晚才回家。“${two.city.zh}真大。”${one.name}说。`]),
  ].join("");
};

const pet: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const place = random.pick(PLACES);
  return [
    `${one.name}养了${oneOf(one.pet)}，名字叫${one.petName}。`,
    `${one.petName}是${one.petColour.zh}的。`,
    random.pick([
      `${one.petName}每天吃${one.pet.eats.zh}。`,
      `每天早上，${one.name}给${one.petName}吃${one.pet.eats.zh}。`,
    ]),
    random.pick([
      `有一天早上，${one.petName}不见了。“${one.petName}！${one.petName}！你在哪里？”${one.name}叫道。`,
      `昨天${one.petName}跑了。${one.name}叫道：“${one.petName}！${one.petName}！${one.petName}！”`,
    ]),
    `后来，${one.he}${place.at.zh}找到了这${oneOf(one.pet).slice(1, 2)}${one.petColour.zh}的${one.pet.zh}。`,
    random.pick([
      `“原来你在这里，${one.petName}。”${one.name}说，他们一起回家了。`,
      `${one.petName}饿了，${one.name}就给它吃${one.pet.eats.zh}。`,
    ]),
  ].join("");
};

/** Who has which colour: several facts side by side, then asked one by one. */
const whoHasWhat: Piece = ({ random, people }) => {
  const some = random.sample(people, 3);
  const { zh: thing, measure } = random.pick(THINGS);
  const lines = some.map((person) => `${person.name}有一${measure}${person.thingColour.zh}的${thing}。`);
  const questions = random
    .shuffle(some)
    .map((person) =>
      random.pick([
        `${person.name}的${thing}是什么颜色的？是${person.thingColour.zh}的。`,
        `${person.name}的${thing}是${person.thingColour.zh}的。`,
        `哪一${measure}${thing}是${person.name}的？${person.thingColour.zh}的那一${measure}。`,
      ]),
    );
  return `${lines.join("")}${questions.join("")}`;
};

/** A dialogue between two people, in prose with quotation marks. */
const dialogue: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const exchanges: readonly (() => string)[] = [
    () => `“你叫什么名字？”“我叫${two.name}。”“认识你很高兴，${two.name}。我是${one.name}。”`,
    () => `“你做什么工作？”${one.name}问。“我是${two.job.zh}。”${two.name}说，“你呢？”“我是${one.job.zh}。”`,
    () =>
      `“你喜欢吃什么？”“我喜欢吃${two.food.zh}。”${two.name}说。“我喜欢吃${one.food.zh}。”${one.name}说。`,
    () => `“你有小动物吗？”“有，我有${oneOf(two.pet)}，叫${two.petName}。”“${two.petName}这个名字真好听。”`,
    () => `“你住在哪里？”“我住在${two.city.zh}。”“${two.city.zh}好吗？”“${two.city.zh}很好。”`,
    () => `“你最喜欢什么颜色？”“${two.colour.zh}。”${two.name}说，“${two.colour.zh}很好看。”`,
    () => `“你今天好吗？”“我很${random.pick(FEELINGS).zh}，谢谢。”`,
    () => `“今天星期几？”“今天${random.pick(DAYS).zh}。”`,
    () => `“天气怎么样？”“今天${random.pick(WEATHER).zh}。”`,
    () =>
      `“晚上你做什么？”“我喜欢${two.hobby.zh}。”${two.name}说，“你也喜欢${two.hobby.zh}吗？”“是的，我也喜欢${two.hobby.zh}。”`,
  ];
  return [
    `${one.name}${random.pick(PLACES).at.zh}遇到了${two.name}。`,
    `“${random.pick(["你好", "早上好", "晚上好"])}！”${one.name}说。`,
    ...random.sample(exchanges, 4).map((exchange) => exchange()),
    `“${random.pick(["再见", "回头见", "明天见"])}，${two.name}！”“再见，${one.name}！”`,
  ].join("");
};

const letter: Piece = ({ random, town, people }) => {
  const [one, two] = random.two(people);
  const body = random.sample(
    [
      `我在${one.city.zh}给你写信。`,
      `这里的天气${random.pick(WEATHER).zh}。`,
      `昨天我吃了${one.food.zh}，喝了${one.drink.zh}。`,
      `我的${one.pet.zh}${one.petName}很好，每天吃很多${one.pet.eats.zh}。`,
      `我买了一${one.thing.measure}${one.thingColour.zh}的${one.thing.zh}。`,
      `我在学${one.hobby.zh}。`,
      `我今天觉得很${random.pick(FEELINGS).zh}。`,
      `你的${two.pet.zh}${two.petName}好吗？`,
      `你还喜欢吃${two.food.zh}吗？`,
      `你还是${two.job.zh}吗？`,
    ],
    6,
  );
  return `亲爱的${two.name}：\n${body.join("")}${random.pick([
    `请你来${one.city.zh}看我。`,
    `我希望${random.pick(DAYS).zh}回到${town}。`,
    "请给我写信。",
  ])}\n你的朋友\n${one.name}`;
};

const diary: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const start = random.below(5);
  const [first, second] = [DAYS[start]?.zh ?? "", DAYS[start + 1]?.zh ?? ""];
  const place = random.pick(PLACES);
  const animal = random.pick(ANIMALS).zh;
  return [
    `${first}，天气${random.pick(WEATHER).zh}。今天我和${one.name}${place.at.zh}玩。我们看见了${animal}，还吃了${one.food.zh}。${one.name}戴着一顶${one.thingColour.zh}的帽子。`,
    `${second}。昨天我${place.at.zh}玩，今天我在家里。我想起了${first}看见的${animal}。我觉得很${random.pick(FEELINGS).zh}。晚上${one.name}来了，带来了${one.drink.zh}。`,
  ].join("\n");
};

/** A day told by the clock. */
const dayOf: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [rise, work, lunch, bed] = [
    random.between(5, 7),
    random.between(8, 10),
    random.between(11, 12),
    random.between(8, 11),
  ];
  return [
    `早上 ${rise} 点，${one.name}起床，喝${one.drink.zh}。`,
    `上午 ${work} 点，${one.he}去上班。${one.he}是${one.job.zh}，每天${one.job.does.zh}。`,
    `中午 ${lunch} 点，${one.he}吃${one.food.zh}。`,
    `晚上 ${bed} 点，${one.he}睡觉。`,
    random.pick([
      `${one.name}几点起床？早上 ${rise} 点。${one.he}几点睡觉？晚上 ${bed} 点。`,
      `${one.he}早上喝什么？喝${one.drink.zh}。${one.he}中午吃什么？吃${one.food.zh}。`,
    ]),
  ].join("");
};

/** Friends each bring something; what they brought comes back in order. */
const party: Piece = ({ random, people }) => {
  const [one, two, three] = random.three(people);
  return [
    `今天是${one.name}的生日，${one.he} ${one.age} 岁了。`,
    `${two.name}带来了${two.food.zh}，${three.name}带来了${three.food.zh}。`,
    `${two.name}送给${one.him}一${two.thing.measure}${two.thingColour.zh}的${two.thing.zh}，${three.name}送给${one.him}一${three.thing.measure}${three.thingColour.zh}的${three.thing.zh}。`,
    "他们一起唱歌跳舞，大家都很高兴。",
    `晚上，${one.name}看着礼物：${two.name}送的${two.thing.zh}是${two.thingColour.zh}的，${three.name}送的${three.thing.zh}是${three.thingColour.zh}的。`,
    `“你今年几岁了？”${two.name}问。“我 ${one.age} 岁了。”${one.name}说。`,
  ].join("");
};

export const STORIES: readonly Piece[] = [
  introduction,
  lostThing,
  market,
  remember,
  remember,
  journey,
  pet,
  whoHasWhat,
  dialogue,
  letter,
  diary,
  dayOf,
  party,
];
