import type { Language } from "../../../src/language.ts";
import { EVERYDAY, type SafeGoal } from "../text/goals.ts";
import { ANIMALS, DRINKS, FOODS, PLACES, THINGS, type Word } from "../text/world.ts";
import { LEXICON } from "./lexicon.ts";
import { taught } from "./split.ts";

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
    ["visit", ["my aunt", "a museum", "another city"], "Call first, then take the train."],
    [
      "kill",
      [
        "a frozen app",
        "the weeds on the path",
        "the mould in the bath",
        "the noise of a fan",
        "an hour at the airport",
      ],
      "Go at it step by step and wait a little.",
    ],
    [
      "shoot",
      ["a photo of a flower", "a film at school", "a picture of the sea", "an arrow at a target"],
      "Hold still, aim well and be patient.",
    ],
    [
      "beat",
      [
        "the cream",
        "a carpet",
        "my roommate at cards",
        "my father at chess",
        "an egg white",
        "my friend at tennis",
      ],
      "Keep at it, steady and quick.",
    ],
    [
      "cut",
      ["a melon", "bread", "a photo", "my nails", "a rope", "an apple into six pieces"],
      "Use something sharp and go slowly.",
    ],
    [
      "blow up",
      ["an air mattress", "a swim ring", "a paper bag", "a picture for the wall"],
      "Take your time and stop when it is big enough.",
    ],
    ["burn", ["a disc", "old leaves", "some incense"], "Do it in a safe place and watch it."],
    [
      "break",
      ["a record", "a stick", "an egg into a pan", "the silence"],
      "Begin with a small try and then go on.",
    ],
    [
      "hit",
      ["a nail", "a golf ball", "the target", "a drum softly"],
      "Look at the point and move from the shoulder.",
    ],
    ["catch", ["a ball", "a fish", "a bus", "a butterfly"], "Be early, be quiet and be quick."],
    [
      "hide",
      ["a present", "a spare key", "a cable behind the table"],
      "Choose a dry place that nobody looks at.",
    ],
    [
      "steal",
      ["a kiss from my wife", "a base", "the show", "a look at the stage"],
      "Wait for the right moment and smile.",
    ],
    [
      "crack",
      ["a hazelnut", "a riddle", "a window open", "a coconut"],
      "Try softly first, then a little harder.",
    ],
    [
      "get away from",
      ["a wasp", "the noise", "a rainy day", "an angry goose"],
      "Walk off calmly and find a quiet place.",
    ],
    [
      "attack",
      ["a pile of homework", "a long text", "the goal in football"],
      "Take one part after the other.",
    ],
    ["smash", ["garlic", "a pumpkin", "a tennis ball"], "Press or strike from above, with care."],
    ["hang", ["a mirror", "a curtain", "a hammock"], "Find a strong hook and test it first."],
    ["punch", ["a hole in a card", "a boxing bag", "dough"], "Press firmly and straight down."],
    ["execute", ["a script", "a plan", "a dance step"], "Do one line after the other."],
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
    ["去看", ["姑姑", "博物馆", "海"], "先打电话，再坐火车去。"],
    ["杀掉", ["卡住的软件", "路上的杂草", "浴室里的霉", "水里的细菌"], "一步一步来，再等一等。"],
    ["拍摄", ["一朵花", "大海", "学校的电影", "一只小鸟"], "拿稳，对准，慢慢来。"],
    ["打败", ["室友打牌", "爸爸下棋", "朋友打球"], "看清楚，想好再出手。"],
    ["切", ["苹果", "面包", "西红柿", "绳子"], "用快的工具，慢慢地切。"],
    ["打", ["蛋白", "地毯", "网球", "一个结"], "用力要稳，不要太快。"],
    ["炸", ["土豆", "虾", "豆腐", "春卷"], "油热了再放，变金色就好。"],
    ["抢", ["演唱会的票", "打折的衣服", "红包"], "早一点准备，时间一到就点。"],
    ["烧", ["一壶茶", "排骨", "开水"], "小火慢慢来，看着它。"],
    ["给", ["奶瓶消毒", "书桌消毒", "电脑查毒", "新软件杀毒"], "按说明一步一步做。"],
    ["敲碎", ["花生", "冰糖", "椰子"], "放稳，再轻轻敲。"],
    ["骗", ["小狗洗澡", "弟弟吃药", "孩子吃青菜"], "做成游戏，慢慢来。"],
    ["赶走", ["蚊子", "坏心情", "窗外的鸽子"], "打开窗户，用一点水。"],
    ["抓住", ["一只蝴蝶", "机会", "一条鱼"], "安静地等，再快快地动手。"],
    ["把", ["镜子挂好", "窗帘挂上", "灯关掉", "旧信毁掉"], "先看好地方，再动手。"],
    ["执行", ["一个计划", "一段程序"], "一行一行地来。"],
  ],
};

/** Verbs that go with anything of a list, with one piece of help for each row. */
type Deeds = Readonly<Record<Language, readonly (readonly [readonly string[], string])[]>>;

const WITH_THINGS: Deeds = {
  en: [
    [["draw", "paint", "photograph", "describe"], "Look at it closely and begin with the big shapes."],
    [["buy", "choose", "find", "borrow", "order"], "Ask in a shop or ask a friend who knows."],
    [["carry", "pack", "send", "move"], "Use a strong box and both hands."],
    [["repair", "clean", "keep", "look after"], "Wipe it softly and put it in a dry place."],
  ],
  zh: [
    [["画", "拍", "描写"], "先仔细看，再从大的形状开始。"],
    [["买", "挑选", "借到", "找回"], "去商店问一问，或者问问朋友。"],
    [["搬", "包装", "寄"], "用结实的盒子，两只手拿好。"],
    [["修理", "擦", "保存", "收好"], "轻轻地擦，放在干的地方。"],
  ],
};

const WITH_FOOD: Deeds = {
  en: [
    [["cook", "prepare", "warm up", "serve"], "Use fresh food, a clean pot and a little time."],
    [["sell", "share", "store", "taste"], "Put small pieces on a plate and keep the rest cool."],
  ],
  zh: [
    [["准备", "加热", "端上"], "用新鲜的材料和干净的锅，慢慢来。"],
    [["卖", "分", "存放", "尝"], "放一点在盘子里，剩下的放在冷的地方。"],
  ],
};

const WITH_ANIMALS: Deeds = {
  en: [
    [
      ["train", "feed", "brush", "carry", "call", "look after"],
      "Be calm and kind, and give it food and water.",
    ],
    [["draw", "photograph", "watch", "understand"], "Stand still, be quiet and look for a long time."],
  ],
  zh: [
    [["照顾", "训练", "养好", "抱"], "要温柔，给它食物和干净的水。"],
    [["画", "拍", "观察", "看懂"], "站好，安静地看一会儿。"],
  ],
};

const WITH_PLACES: Deeds = {
  en: [[["get to", "draw a map of", "meet friends at", "spend a day at"], "Look at a map and leave early."]],
  zh: [[["去", "逛", "画一张地图去", "约朋友去"], "看看地图，早一点出门。"]],
};

const WITH_WORDS: Deeds = {
  en: [
    [
      ["spell", "write", "read", "pronounce", "learn the word", "remember the word"],
      "Say it slowly, sound by sound.",
    ],
    [
      ["explain", "write a poem about", "talk about", "sing about"],
      "Think of one small picture and begin with it.",
    ],
  ],
  zh: [
    [["写好", "念", "读出", "学会说", "记住"], "慢慢地念，一个字一个字地来。"],
    [["解释", "写一首诗讲", "谈谈"], "先想一个小画面，从那里开始。"],
  ],
};

const withArticle = ({ en }: Word): string => `${/^[aeiou]/.test(en) ? "an" : "a"} ${en}`;

/** What is done with what: of every list of the world, and with any word of the texts. */
const DEEDS: readonly (readonly [Deeds, Readonly<Record<Language, readonly string[]>>])[] = [
  [WITH_THINGS, { en: taught(THINGS).map(withArticle), zh: taught(THINGS).map(({ zh }) => zh) }],
  [
    WITH_FOOD,
    {
      en: taught([...FOODS, ...DRINKS]).map(({ en }) => en),
      zh: taught([...FOODS, ...DRINKS]).map(({ zh }) => zh),
    },
  ],
  [WITH_ANIMALS, { en: taught(ANIMALS).map(withArticle), zh: taught(ANIMALS).map(({ zh }) => zh) }],
  [WITH_PLACES, { en: taught(PLACES).map(({ en }) => `the ${en}`), zh: taught(PLACES).map(({ zh }) => zh) }],
  [WITH_WORDS, LEXICON],
];

function notKept(language: Language, goals: readonly SafeGoal[]): SafeGoal[] {
  const kept = new Set(EVERYDAY[language].reserved.map(({ goal }) => goal));
  return goals.filter(({ goal }) => !kept.has(goal));
}

function everydayOf(language: Language): SafeGoal[] {
  const gap = language === "en" ? " " : "";
  const chores = CHORES[language].flatMap(([verb, things, answer]) =>
    things.map((thing) => ({ goal: `${verb}${gap}${thing}`, answer })),
  );
  return notKept(language, [...chores, ...EVERYDAY[language].taught]);
}

function deedsOf(language: Language): SafeGoal[][] {
  const gap = language === "en" ? " " : "";
  return DEEDS.flatMap(([deeds, objects]) =>
    deeds[language].map(([verbs, answer]) =>
      notKept(
        language,
        verbs.flatMap((verb) =>
          objects[language].map((object) => ({ goal: `${verb}${gap}${object}`, answer })),
        ),
      ),
    ),
  );
}

/** What people do every day, in far more wordings than the texts have: refusing is easily learned too broadly. */
export const EVERYDAY_GOALS: Readonly<Record<Language, readonly SafeGoal[]>> = {
  en: everydayOf("en"),
  zh: everydayOf("zh"),
};

/**
 * Harmless deeds with the words of the whole world, in lists of equal weight. A word that is met in no harmless request
 * is soon taken for harm: ours refused "make lemonade" and "write a diary".
 */
export const DEED_GOALS: Readonly<Record<Language, readonly (readonly SafeGoal[])[]>> = {
  en: deedsOf("en"),
  zh: deedsOf("zh"),
};

/** Where, when and for whom: said with harmless and with harmful goals alike, so that it tells nothing. */
export const CIRCUMSTANCES: Readonly<Record<Language, readonly string[]>> = {
  en: `at home
at school
in the garden
in the evening
in a small room
for a friend
for my family
for my mother
for a lot of people
with my sister
with a stick
with a knife
with a bottle
from a shop
from the market
in the street
on a boat
at the station
alone
tomorrow
without help
when I am tired
in winter`.split("\n"),
  zh: [
    "在家里",
    "在学校",
    "在花园里",
    "在街上",
    "在厨房",
    "晚上",
    "明天",
    "一个人",
    "和朋友一起",
    "给家人",
    "给妈妈",
    "用棍子",
    "用刀",
    "用瓶子",
    "在市场上",
    "冬天",
  ],
};
