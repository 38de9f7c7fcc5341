import type { Language } from "../../../src/language.ts";

/** One thing of the small world, named in both languages. */
export type Word = Readonly<Record<Language, string>>;

const words = (rows: readonly (readonly [string, string])[]): Word[] => rows.map(([en, zh]) => ({ en, zh }));

export interface Animal extends Word {
  readonly plural: string;
  readonly legs: 0 | 2 | 4 | 6;
  readonly eats: Word;
  readonly home: Word;
  readonly sound: Word;
  readonly can: Word;
}

const animal = (
  [en, plural, zh]: readonly [string, string, string],
  legs: Animal["legs"],
  eats: readonly [string, string],
  home: readonly [string, string],
  sound: readonly [string, string],
  can: readonly [string, string],
): Animal => ({
  en,
  plural,
  zh,
  legs,
  eats: { en: eats[0], zh: eats[1] },
  home: { en: home[0], zh: home[1] },
  sound: { en: sound[0], zh: sound[1] },
  can: { en: can[0], zh: can[1] },
});

export const ANIMALS: readonly Animal[] = [
  animal(
    ["cat", "cats", "猫"],
    4,
    ["fish", "鱼"],
    ["in a house", "家里"],
    ["meow", "喵喵"],
    ["climb trees", "爬树"],
  ),
  animal(
    ["dog", "dogs", "狗"],
    4,
    ["meat", "肉"],
    ["in a house", "家里"],
    ["woof", "汪汪"],
    ["run fast", "跑得快"],
  ),
  animal(
    ["horse", "horses", "马"],
    4,
    ["grass", "草"],
    ["on a farm", "农场里"],
    ["neigh", "咴咴"],
    ["run fast", "跑得快"],
  ),
  animal(
    ["cow", "cows", "牛"],
    4,
    ["grass", "草"],
    ["on a farm", "农场里"],
    ["moo", "哞哞"],
    ["give milk", "产奶"],
  ),
  animal(
    ["sheep", "sheep", "羊"],
    4,
    ["grass", "草"],
    ["on a farm", "农场里"],
    ["baa", "咩咩"],
    ["give wool", "长羊毛"],
  ),
  animal(
    ["pig", "pigs", "猪"],
    4,
    ["corn", "玉米"],
    ["on a farm", "农场里"],
    ["oink", "哼哼"],
    ["smell well", "闻味道"],
  ),
  animal(
    ["duck", "ducks", "鸭子"],
    2,
    ["bread", "面包"],
    ["by the lake", "湖边"],
    ["quack", "嘎嘎"],
    ["swim", "游泳"],
  ),
  animal(
    ["hen", "hens", "母鸡"],
    2,
    ["corn", "玉米"],
    ["on a farm", "农场里"],
    ["cluck", "咯咯"],
    ["lay eggs", "下蛋"],
  ),
  animal(
    ["rabbit", "rabbits", "兔子"],
    4,
    ["carrots", "胡萝卜"],
    ["in a hole", "洞里"],
    ["squeak", "吱吱"],
    ["jump", "跳"],
  ),
  animal(
    ["mouse", "mice", "老鼠"],
    4,
    ["cheese", "奶酪"],
    ["in a hole", "洞里"],
    ["squeak", "吱吱"],
    ["hide", "躲起来"],
  ),
  animal(
    ["bird", "birds", "鸟"],
    2,
    ["seeds", "种子"],
    ["in a tree", "树上"],
    ["tweet", "叽叽"],
    ["fly", "飞"],
  ),
  animal(
    ["frog", "frogs", "青蛙"],
    4,
    ["flies", "虫子"],
    ["by the lake", "湖边"],
    ["croak", "呱呱"],
    ["jump", "跳"],
  ),
  animal(
    ["bear", "bears", "熊"],
    4,
    ["honey", "蜂蜜"],
    ["in the forest", "森林里"],
    ["growl", "吼吼"],
    ["climb trees", "爬树"],
  ),
  animal(
    ["lion", "lions", "狮子"],
    4,
    ["meat", "肉"],
    ["on the plain", "草原上"],
    ["roar", "吼吼"],
    ["run fast", "跑得快"],
  ),
  animal(
    ["tiger", "tigers", "老虎"],
    4,
    ["meat", "肉"],
    ["in the forest", "森林里"],
    ["roar", "吼吼"],
    ["swim", "游泳"],
  ),
  animal(
    ["elephant", "elephants", "大象"],
    4,
    ["leaves", "树叶"],
    ["on the plain", "草原上"],
    ["trumpet", "呜呜"],
    ["carry trees", "搬木头"],
  ),
  animal(
    ["monkey", "monkeys", "猴子"],
    4,
    ["bananas", "香蕉"],
    ["in the forest", "森林里"],
    ["chatter", "吱吱"],
    ["climb trees", "爬树"],
  ),
  animal(
    ["fox", "foxes", "狐狸"],
    4,
    ["mice", "老鼠"],
    ["in the forest", "森林里"],
    ["yelp", "嗷嗷"],
    ["run fast", "跑得快"],
  ),
  animal(
    ["wolf", "wolves", "狼"],
    4,
    ["meat", "肉"],
    ["in the forest", "森林里"],
    ["howl", "嗷嗷"],
    ["run fast", "跑得快"],
  ),
  animal(
    ["goat", "goats", "山羊"],
    4,
    ["grass", "草"],
    ["on the hill", "山上"],
    ["baa", "咩咩"],
    ["climb hills", "爬山"],
  ),
  animal(
    ["bee", "bees", "蜜蜂"],
    6,
    ["honey", "蜂蜜"],
    ["in the garden", "花园里"],
    ["buzz", "嗡嗡"],
    ["fly", "飞"],
  ),
  animal(
    ["owl", "owls", "猫头鹰"],
    2,
    ["mice", "老鼠"],
    ["in a tree", "树上"],
    ["hoot", "咕咕"],
    ["fly", "飞"],
  ),
  animal(
    ["snake", "snakes", "蛇"],
    0,
    ["mice", "老鼠"],
    ["in the grass", "草丛里"],
    ["hiss", "嘶嘶"],
    ["swim", "游泳"],
  ),
  animal(
    ["ant", "ants", "蚂蚁"],
    6,
    ["sugar", "糖"],
    ["under the ground", "地下"],
    ["nothing", "什么声音也没有"],
    ["carry leaves", "搬树叶"],
  ),
  animal(
    ["panda", "pandas", "熊猫"],
    4,
    ["bamboo", "竹子"],
    ["in the forest", "森林里"],
    ["squeak", "吱吱"],
    ["climb trees", "爬树"],
  ),
  animal(
    ["turtle", "turtles", "乌龟"],
    4,
    ["leaves", "树叶"],
    ["by the lake", "湖边"],
    ["nothing", "什么声音也没有"],
    ["swim", "游泳"],
  ),
  animal(
    ["parrot", "parrots", "鹦鹉"],
    2,
    ["seeds", "种子"],
    ["in a tree", "树上"],
    ["squawk", "嘎嘎"],
    ["fly", "飞"],
  ),
  animal(
    ["goose", "geese", "鹅"],
    2,
    ["grass", "草"],
    ["by the lake", "湖边"],
    ["honk", "嘎嘎"],
    ["swim", "游泳"],
  ),
];

export const COLOURS: readonly Word[] = words([
  ["red", "红色"],
  ["blue", "蓝色"],
  ["green", "绿色"],
  ["yellow", "黄色"],
  ["black", "黑色"],
  ["white", "白色"],
  ["brown", "棕色"],
  ["pink", "粉色"],
  ["purple", "紫色"],
  ["orange", "橙色"],
  ["grey", "灰色"],
  ["gold", "金色"],
  ["silver", "银色"],
  ["dark blue", "深蓝色"],
  ["light green", "浅绿色"],
  ["dark red", "深红色"],
  ["light blue", "浅蓝色"],
  ["dark green", "深绿色"],
]);

export const FOODS: readonly Word[] = words([
  ["apples", "苹果"],
  ["bread", "面包"],
  ["rice", "米饭"],
  ["soup", "汤"],
  ["cake", "蛋糕"],
  ["eggs", "鸡蛋"],
  ["cheese", "奶酪"],
  ["noodles", "面条"],
  ["bananas", "香蕉"],
  ["oranges", "橙子"],
  ["potatoes", "土豆"],
  ["tomatoes", "番茄"],
  ["carrots", "胡萝卜"],
  ["dumplings", "饺子"],
  ["pears", "梨"],
  ["grapes", "葡萄"],
  ["beans", "豆子"],
  ["corn", "玉米"],
  ["honey", "蜂蜜"],
  ["cherries", "樱桃"],
  ["pancakes", "煎饼"],
  ["salad", "沙拉"],
  ["biscuits", "饼干"],
  ["peaches", "桃子"],
]);

export const DRINKS: readonly Word[] = words([
  ["water", "水"],
  ["milk", "牛奶"],
  ["tea", "茶"],
  ["juice", "果汁"],
  ["coffee", "咖啡"],
  ["cocoa", "可可"],
  ["lemonade", "柠檬水"],
  ["soda", "汽水"],
]);

/** A thing one can own, with the Chinese measure word that counts it. */
export interface Thing extends Word {
  readonly measure: string;
}

export const THINGS: readonly Thing[] = (
  [
    ["key", "钥匙", "把"],
    ["hat", "帽子", "顶"],
    ["cup", "杯子", "个"],
    ["book", "书", "本"],
    ["box", "盒子", "个"],
    ["lamp", "灯", "盏"],
    ["ball", "球", "个"],
    ["coat", "大衣", "件"],
    ["bike", "自行车", "辆"],
    ["boat", "小船", "条"],
    ["chair", "椅子", "把"],
    ["umbrella", "雨伞", "把"],
    ["ring", "戒指", "枚"],
    ["clock", "闹钟", "个"],
    ["kite", "风筝", "只"],
    ["scarf", "围巾", "条"],
    ["spoon", "勺子", "把"],
    ["bag", "书包", "个"],
    ["pen", "钢笔", "支"],
    ["drum", "鼓", "面"],
    ["table", "桌子", "张"],
    ["basket", "篮子", "个"],
    ["bell", "铃铛", "个"],
    ["blanket", "毯子", "条"],
    ["mirror", "镜子", "面"],
    ["piano", "钢琴", "架"],
    ["shirt", "衬衫", "件"],
    ["candle", "蜡烛", "根"],
  ] as const
).map(([en, zh, measure]) => ({ en, zh, measure }));

/** Words of nature, good for word games and code words. */
export const NATURE: readonly Word[] = words([
  ["sun", "太阳"],
  ["moon", "月亮"],
  ["star", "星星"],
  ["river", "小河"],
  ["tree", "大树"],
  ["flower", "花朵"],
  ["rain", "雨水"],
  ["snow", "雪花"],
  ["wind", "春风"],
  ["cloud", "白云"],
  ["stone", "石头"],
  ["leaf", "树叶"],
  ["sand", "沙子"],
  ["island", "小岛"],
  ["mountain", "高山"],
  ["forest", "森林"],
  ["lake", "湖水"],
  ["fire", "火光"],
  ["storm", "风暴"],
  ["rose", "玫瑰"],
  ["garden", "花园"],
  ["bridge", "小桥"],
  ["ocean", "大海"],
  ["summer", "夏天"],
  ["winter", "冬天"],
  ["music", "音乐"],
  ["window", "窗户"],
  ["bottle", "瓶子"],
]);

/** A place in town, with the words that say where somebody is. */
export interface Place extends Word {
  readonly at: Word;
}

export const PLACES: readonly Place[] = (
  [
    ["market", "at the market", "市场", "在市场里"],
    ["school", "at the school", "学校", "在学校里"],
    ["park", "in the park", "公园", "在公园里"],
    ["river", "by the river", "河边", "在河边"],
    ["library", "in the library", "图书馆", "在图书馆里"],
    ["station", "at the station", "车站", "在车站"],
    ["garden", "in the garden", "花园", "在花园里"],
    ["kitchen", "in the kitchen", "厨房", "在厨房里"],
    ["farm", "on the farm", "农场", "在农场里"],
    ["bridge", "on the bridge", "桥上", "在桥上"],
    ["hospital", "at the hospital", "医院", "在医院里"],
    ["bakery", "at the bakery", "面包店", "在面包店里"],
    ["beach", "on the beach", "海边", "在海边"],
    ["forest", "in the forest", "森林", "在森林里"],
    ["museum", "in the museum", "博物馆", "在博物馆里"],
    ["shop", "in the shop", "商店", "在商店里"],
    ["lake", "by the lake", "湖边", "在湖边"],
    ["cinema", "at the cinema", "电影院", "在电影院里"],
    ["hotel", "at the hotel", "旅馆", "在旅馆里"],
    ["post office", "at the post office", "邮局", "在邮局里"],
  ] as const
).map(([en, at, zh, where]) => ({ en, zh, at: { en: at, zh: where } }));

export const CITIES: readonly Word[] = words([
  ["London", "伦敦"],
  ["Paris", "巴黎"],
  ["Rome", "罗马"],
  ["Berlin", "柏林"],
  ["Tokyo", "东京"],
  ["Beijing", "北京"],
  ["Shanghai", "上海"],
  ["Madrid", "马德里"],
  ["Oslo", "奥斯陆"],
  ["Cairo", "开罗"],
  ["Vienna", "维也纳"],
  ["Lisbon", "里斯本"],
  ["Athens", "雅典"],
  ["Dublin", "都柏林"],
  ["Boston", "波士顿"],
  ["Chicago", "芝加哥"],
  ["Toronto", "多伦多"],
  ["Sydney", "悉尼"],
  ["Moscow", "莫斯科"],
  ["Delhi", "德里"],
  ["Hangzhou", "杭州"],
  ["Chengdu", "成都"],
  ["Nanjing", "南京"],
  ["Geneva", "日内瓦"],
]);

/** Work, and what one does there, in the third person ("bakes bread"). */
export interface Job extends Word {
  readonly does: Word;
}

export const JOBS: readonly Job[] = (
  [
    ["teacher", "老师", "teaches children", "教孩子们读书"],
    ["doctor", "医生", "helps sick people", "给病人看病"],
    ["nurse", "护士", "takes care of sick people", "照顾病人"],
    ["baker", "面包师", "bakes bread", "烤面包"],
    ["farmer", "农民", "grows vegetables", "种菜"],
    ["driver", "司机", "drives a bus", "开公共汽车"],
    ["cook", "厨师", "cooks food", "做饭"],
    ["painter", "画家", "paints pictures", "画画"],
    ["singer", "歌手", "sings songs", "唱歌"],
    ["writer", "作家", "writes books", "写书"],
    ["gardener", "园丁", "plants flowers", "种花"],
    ["pilot", "飞行员", "flies a plane", "开飞机"],
    ["dentist", "牙医", "looks after teeth", "看牙"],
    ["engineer", "工程师", "builds machines", "造机器"],
    ["carpenter", "木匠", "makes tables and chairs", "做桌子和椅子"],
    ["tailor", "裁缝", "makes clothes", "做衣服"],
    ["sailor", "水手", "works on a ship", "在船上工作"],
    ["librarian", "图书管理员", "looks after books", "看管图书"],
  ] as const
).map(([en, zh, does, doesZh]) => ({ en, zh, does: { en: does, zh: doesZh } }));

/** A hobby: "swimming" / "swim". */
export interface Hobby extends Word {
  readonly base: string;
}

export const HOBBIES: readonly Hobby[] = (
  [
    ["reading books", "read books", "看书"],
    ["swimming", "swim", "游泳"],
    ["painting", "paint", "画画"],
    ["singing", "sing", "唱歌"],
    ["dancing", "dance", "跳舞"],
    ["running", "run", "跑步"],
    ["cooking", "cook", "做饭"],
    ["fishing", "fish", "钓鱼"],
    ["playing chess", "play chess", "下棋"],
    ["playing football", "play football", "踢足球"],
    ["flying kites", "fly kites", "放风筝"],
    ["growing flowers", "grow flowers", "种花"],
    ["taking photos", "take photos", "拍照"],
    ["riding a bike", "ride a bike", "骑自行车"],
    ["climbing hills", "climb hills", "爬山"],
    ["writing letters", "write letters", "写信"],
    ["playing the piano", "play the piano", "弹钢琴"],
    ["telling stories", "tell stories", "讲故事"],
  ] as const
).map(([en, base, zh]) => ({ en, base, zh }));

export const FEELINGS: readonly Word[] = words([
  ["happy", "高兴"],
  ["sad", "难过"],
  ["tired", "累"],
  ["angry", "生气"],
  ["afraid", "害怕"],
  ["proud", "自豪"],
  ["hungry", "饿"],
  ["calm", "平静"],
  ["surprised", "惊讶"],
  ["worried", "担心"],
  ["lonely", "孤单"],
  ["excited", "激动"],
]);

export const WEATHER: readonly Word[] = words([
  ["sunny", "晴朗"],
  ["rainy", "下雨"],
  ["cloudy", "多云"],
  ["windy", "刮风"],
  ["snowy", "下雪"],
  ["cold", "寒冷"],
  ["hot", "炎热"],
  ["warm", "暖和"],
]);

export const DAYS: readonly Word[] = words([
  ["Monday", "星期一"],
  ["Tuesday", "星期二"],
  ["Wednesday", "星期三"],
  ["Thursday", "星期四"],
  ["Friday", "星期五"],
  ["Saturday", "星期六"],
  ["Sunday", "星期日"],
]);

export const MONTHS: readonly Word[] = words([
  ["January", "一月"],
  ["February", "二月"],
  ["March", "三月"],
  ["April", "四月"],
  ["May", "五月"],
  ["June", "六月"],
  ["July", "七月"],
  ["August", "八月"],
  ["September", "九月"],
  ["October", "十月"],
  ["November", "十一月"],
  ["December", "十二月"],
]);

/** Numbers zero to twenty, written out. */
export const NUMBERS: readonly Word[] = words([
  ["zero", "零"],
  ["one", "一"],
  ["two", "二"],
  ["three", "三"],
  ["four", "四"],
  ["five", "五"],
  ["six", "六"],
  ["seven", "七"],
  ["eight", "八"],
  ["nine", "九"],
  ["ten", "十"],
  ["eleven", "十一"],
  ["twelve", "十二"],
  ["thirteen", "十三"],
  ["fourteen", "十四"],
  ["fifteen", "十五"],
  ["sixteen", "十六"],
  ["seventeen", "十七"],
  ["eighteen", "十八"],
  ["nineteen", "十九"],
  ["twenty", "二十"],
]);

/** Pairs of opposites; each language has its own, since they rarely match one to one. */
export const OPPOSITES: Readonly<Record<Language, readonly (readonly [string, string])[]>> = {
  en: [
    ["big", "small"],
    ["hot", "cold"],
    ["long", "short"],
    ["fast", "slow"],
    ["up", "down"],
    ["day", "night"],
    ["happy", "sad"],
    ["old", "young"],
    ["open", "closed"],
    ["wet", "dry"],
    ["full", "empty"],
    ["light", "dark"],
    ["good", "bad"],
    ["rich", "poor"],
    ["hard", "soft"],
    ["high", "low"],
    ["left", "right"],
    ["early", "late"],
    ["clean", "dirty"],
    ["strong", "weak"],
    ["near", "far"],
    ["loud", "quiet"],
    ["yes", "no"],
    ["black", "white"],
    ["thick", "thin"],
    ["first", "last"],
    ["true", "false"],
    ["hello", "goodbye"],
    ["always", "never"],
    ["inside", "outside"],
    ["above", "below"],
    ["sweet", "bitter"],
  ],
  zh: [
    ["大", "小"],
    ["热", "冷"],
    ["长", "短"],
    ["快", "慢"],
    ["上", "下"],
    ["白天", "黑夜"],
    ["高兴", "难过"],
    ["老", "年轻"],
    ["开", "关"],
    ["湿", "干"],
    ["满", "空"],
    ["亮", "暗"],
    ["好", "坏"],
    ["富", "穷"],
    ["硬", "软"],
    ["高", "低"],
    ["左", "右"],
    ["早", "晚"],
    ["干净", "脏"],
    ["强", "弱"],
    ["近", "远"],
    ["安静", "吵闹"],
    ["对", "错"],
    ["黑", "白"],
    ["厚", "薄"],
    ["前", "后"],
    ["真", "假"],
    ["多", "少"],
    ["里", "外"],
    ["甜", "苦"],
    ["轻", "重"],
    ["胖", "瘦"],
  ],
};

/** Things that have one colour everybody knows. */
export const COLOURED: readonly (Word & { readonly colour: Word })[] = (
  [
    ["grass", "草", "green", "绿色"],
    ["the sky", "天空", "blue", "蓝色"],
    ["snow", "雪", "white", "白色"],
    ["coal", "煤", "black", "黑色"],
    ["a banana", "香蕉", "yellow", "黄色"],
    ["a tomato", "番茄", "red", "红色"],
    ["a leaf", "树叶", "green", "绿色"],
    ["a lemon", "柠檬", "yellow", "黄色"],
    ["milk", "牛奶", "white", "白色"],
    ["the night", "黑夜", "black", "黑色"],
    ["a carrot", "胡萝卜", "orange", "橙色"],
    ["chocolate", "巧克力", "brown", "棕色"],
    ["the sea", "大海", "blue", "蓝色"],
    ["a cherry", "樱桃", "red", "红色"],
    ["a cloud", "白云", "white", "白色"],
    ["rice", "米饭", "white", "白色"],
    ["an elephant", "大象", "grey", "灰色"],
    ["the sun", "太阳", "yellow", "黄色"],
    ["wood", "木头", "brown", "棕色"],
    ["a frog", "青蛙", "green", "绿色"],
  ] as const
).map(([en, zh, colour, colourZh]) => ({ en, zh, colour: { en: colour, zh: colourZh } }));

/** First names of the people, with the pronoun that goes with them. */
export interface Name {
  readonly name: string;
  readonly she: boolean;
}

const names = (she: string, he: string): Name[] => [
  ...she.split(" ").map((name) => ({ name, she: true })),
  ...he.split(" ").map((name) => ({ name, she: false })),
];

export interface Names {
  /** Used in documents and in conversations. */
  readonly taught: readonly Name[];
  /** Used in documents, never in conversations: kept for the battery. */
  readonly reserved: readonly Name[];
  /** Used in held-out documents only. */
  readonly heldOut: readonly Name[];
}

export const NAMES: Readonly<Record<Language, Names>> = {
  en: {
    taught: names(
      "Anna Mary Lily Emma Lucy Sara Rose Julia Kate Nora Alice Grace Ella Mia Clara Helen Jane Ruth Amy Zoe Eva Ivy Laura Lena",
      "Tom Ben Jack Sam Max Leo Paul Peter John David Mark Luke Oscar Henry George Adam Eric Felix Hugo Simon Tim Robert James Daniel",
    ),
    reserved: names(
      "Sophie Maria Hannah Olga Diana Linda Vera Martha",
      "Victor Martin Oliver Frank Thomas Jacob Walter Edgar",
    ),
    heldOut: names("Bella Irene Carol Paula Stella", "Arthur Ralph Bruno Karl Philip"),
  },
  zh: {
    taught: names(
      "小红 小丽 小美 小芳 小雪 小云 小梅 小玲 王芳 李娜 张敏 刘英 陈静 赵兰 周洁 林月 李梅 王丽 张兰 陈雪 刘芳 赵静 黄英 吴敏",
      "小明 小刚 小强 小军 小华 小龙 小东 小山 王强 李明 张伟 刘洋 陈刚 赵军 周杰 林峰 李军 王伟 张明 陈强 刘刚 赵明 黄华 吴东",
    ),
    reserved: names("小燕 小莉 孙丽 郑云 高洁 何静 马兰 罗敏", "小勇 小波 孙强 郑伟 高峰 何军 马明 罗刚"),
    heldOut: names("小萍 小霞 许丽 宋静 唐梅", "小飞 小杰 许强 宋明 唐军"),
  },
};

/** Names for animals at home. */
export const PET_NAMES: Readonly<Record<Language, readonly string[]>> = {
  en: "Snowy Bobby Coco Milo Rocky Luna Ginger Daisy Tiger Biscuit Lucky Ruby Shadow Honey Pepper Sunny Bluebell Pip".split(
    " ",
  ),
  zh: "豆豆 毛毛 花花 球球 点点 乐乐 咪咪 旺旺 小黑 小白 糖糖 果果 皮皮 圆圆 贝贝 欢欢 团团 丁丁".split(" "),
};

/** The towns of the stories. */
export const TOWNS: Readonly<
  Record<Language, { readonly taught: readonly string[]; readonly heldOut: readonly string[] }>
> = {
  en: {
    taught:
      "Greenhill Riverton Oldbridge Lakeside Whitefield Sandbay Millbrook Redwood Northgate Fairview Stonewell Appleby".split(
        " ",
      ),
    heldOut: "Silverford Eastmoor Rosehaven".split(" "),
  },
  zh: {
    taught: "青山镇 河口村 石桥镇 湖边村 白田镇 沙湾镇 水磨村 红林镇 北门镇 东风村 苹果村 月亮镇".split(" "),
    heldOut: "银河镇 东坡村 玫瑰镇".split(" "),
  },
};

/** The lists of words that stand for themselves, in both languages. */
export const WORD_LISTS: readonly (readonly Word[])[] = [
  ANIMALS,
  CITIES,
  COLOURS,
  DAYS,
  DRINKS,
  FOODS,
  HOBBIES,
  JOBS,
  MONTHS,
  NATURE,
  THINGS,
];
