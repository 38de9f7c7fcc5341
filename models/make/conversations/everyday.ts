import type { Language } from "../../../src/language.ts";
import { EVERYDAY, type SafeGoal } from "../text/goals.ts";

/** Verbs with things they are done to, and one piece of help that serves them all. */
const CHORES: Readonly<Record<Language, readonly (readonly [string, readonly string[], string])[]>> = {
  en: [
    ["wash", ["a shirt", "the dishes", "a car", "a carrot", "my hair"], "Use warm water and a little soap."],
    ["clean", ["a floor", "a mirror", "my shoes", "the kitchen", "a lamp"], "Wipe it with a wet cloth."],
    [
      "draw",
      ["a cat", "a house", "a tree", "a face", "a ship"],
      "Begin with big shapes and add small lines.",
    ],
    [
      "write",
      ["a story", "a song", "a card", "a list", "a book"],
      "Write one short sentence after the other.",
    ],
    [
      "buy",
      ["a coat", "a chair", "a ticket", "flowers", "a used bike"],
      "Go to a shop and ask what it costs.",
    ],
    [
      "find",
      ["my glasses", "a lost ball", "a lost coat", "a doctor"],
      "Ask people and look where you were last.",
    ],
    [
      "make",
      ["a paper hat", "a paper star", "a birthday card", "a mask"],
      "Take paper, fold it and cut along the line.",
    ],
    ["learn to", ["cook", "draw", "read", "run fast", "drive"], "Practise a little every day."],
    ["play", ["tennis", "the piano", "cards", "the guitar"], "Ask somebody to show you and practise a lot."],
    ["cook", ["noodles", "beans", "fish", "carrots"], "Boil water, put everything in and wait ten minutes."],
    ["dry", ["my hair", "a wet shirt", "flowers"], "Hang everything up in a warm room."],
    ["tell", ["a joke", "a secret to a friend", "the truth"], "Speak slowly and keep it short."],
    [
      "help",
      ["my father", "an old man", "a new classmate", "my sister"],
      "Ask what would be useful and do it.",
    ],
    ["visit", ["my uncle", "a museum", "another city"], "Call first, then take the train."],
  ],
  zh: [
    ["洗", ["衬衫", "碗", "汽车", "胡萝卜", "头发"], "用温水和一点肥皂。"],
    ["擦干净", ["地板", "镜子", "鞋子", "厨房"], "用湿布慢慢擦。"],
    ["画", ["猫", "房子", "树", "人的脸", "船"], "先画大的形状，再加细线。"],
    ["写", ["故事", "歌", "贺卡", "清单", "一本书"], "一句一句地写，每句都短。"],
    ["买", ["大衣", "椅子", "花", "二手自行车"], "去商店问一问多少钱。"],
    ["找到", ["眼镜", "丢了的球", "医生"], "问问别人，再看看去过的地方。"],
    ["做", ["纸帽子", "纸星星", "生日贺卡"], "拿一张纸，折好，沿着线剪。"],
    ["学会", ["做饭", "画画", "看书", "开车"], "每天练习一点。"],
    ["弹好", ["钢琴", "吉他"], "请别人教你，多练习。"],
    ["煮", ["面条", "豆子", "鱼"], "水开了放进去，等十分钟。"],
    ["帮助", ["爸爸", "老人", "新同学", "妹妹"], "问问需要什么，再去做。"],
    ["去看", ["叔叔", "博物馆", "海"], "先打电话，再坐火车去。"],
  ],
};

function everydayOf(language: Language): SafeGoal[] {
  const gap = language === "en" ? " " : "";
  const kept = new Set(EVERYDAY[language].reserved.map(({ goal }) => goal));
  return CHORES[language]
    .flatMap(([verb, things, answer]) => things.map((thing) => ({ goal: `${verb}${gap}${thing}`, answer })))
    .concat(EVERYDAY[language].taught)
    .filter(({ goal }) => !kept.has(goal));
}

/** What people do every day, in far more wordings than the texts have: refusing is easily learned too broadly. */
export const EVERYDAY_GOALS: Readonly<Record<Language, readonly SafeGoal[]>> = {
  en: everydayOf("en"),
  zh: everydayOf("zh"),
};
