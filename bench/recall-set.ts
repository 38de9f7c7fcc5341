/** A fact beside a message that it bears on, which says it in other words. */
export interface RecallCase {
  readonly fact: string;
  readonly message: string;
}

export const ENGLISH: readonly RecallCase[] = [
  { fact: "My cat is called Miso", message: "What should I name the kitten, to go with the pet I have?" },
  { fact: "I live in Hangzhou", message: "Which museums are near my home?" },
  { fact: "I am allergic to peanuts", message: "Suggest a snack that is safe for me." },
  { fact: "I work as a nurse in a children's hospital", message: "How can I cope with stress on the job?" },
  {
    fact: "My daughter starts school in September",
    message: "My kid has a first day of class soon. What does she need?",
  },
  { fact: "I do not eat meat", message: "What shall I cook for dinner?" },
  {
    fact: "I am learning to play the violin",
    message: "How long should I practise my instrument every day?",
  },
  { fact: "My car is an old red Volvo", message: "The engine of my vehicle makes a noise." },
  { fact: "I am afraid of flying", message: "How do I travel from London to Rome without a plane?" },
  { fact: "I write programs in Rust", message: "Which language should I use for my new software project?" },
  { fact: "My wedding is on the third of June", message: "When do I get married?" },
  { fact: "I have trouble falling asleep", message: "I was awake all night again." },
  {
    fact: "My brother is a firefighter",
    message: "What present would my sibling like for his helmet and uniform?",
  },
  { fact: "I run ten kilometres every morning", message: "Which shoes are good for jogging?" },
  { fact: "I speak Spanish with my grandmother", message: "Translate a birthday card for my granny." },
  { fact: "My budget for the holiday is 800 euros", message: "How much money can I spend on the trip?" },
];

export const CHINESE: readonly RecallCase[] = [
  { fact: "我的猫叫米索", message: "给我家的宠物写一首诗。" },
  { fact: "我住在杭州", message: "我家附近周末有什么好玩的？" },
  { fact: "我对花生过敏", message: "有什么零食我吃了不会有危险？" },
  { fact: "我在儿童医院当护士", message: "上班压力大怎么办？" },
  { fact: "我不吃肉", message: "今晚做什么菜好？" },
  { fact: "我正在学小提琴", message: "练琴每天要练多久？" },
  { fact: "我害怕坐飞机", message: "从北京到上海怎么走比较好？" },
  { fact: "我的婚礼在六月三号", message: "我什么时候结婚？" },
  { fact: "我晚上睡不着觉", message: "昨夜我又失眠了。" },
  { fact: "我每天早上跑十公里", message: "哪种鞋适合慢跑？" },
  { fact: "我的预算是六千元", message: "这次旅行我能花多少钱？" },
  { fact: "我女儿九月上小学", message: "孩子开学要准备什么？" },
];

/** Facts beside messages that share their words. */
export const WORDED: readonly RecallCase[] = [
  { fact: "My cat is called Miso", message: "What is my cat called?" },
  { fact: "I live in Hangzhou", message: "Is Hangzhou, where I live, larger than Rome?" },
  { fact: "I am allergic to peanuts", message: "Do peanuts grow on trees?" },
  { fact: "My car is an old red Volvo", message: "Can you still buy parts for a Volvo car?" },
  { fact: "我的猫叫米索", message: "我的猫叫什么？" },
  { fact: "我正在学小提琴", message: "小提琴有几根弦？" },
];

/** Messages that none of the facts bears on. */
export const UNRELATED: Readonly<Record<"en" | "zh", readonly string[]>> = {
  en: [
    "What is the capital of Peru?",
    "Prove that the square root of two is irrational.",
    "Who painted the Night Watch?",
    "Explain how a transistor works.",
    "How deep is the Atlantic Ocean?",
    "Fix the comma in this sentence: Yes he said.",
    "What does the word ubiquitous mean?",
    "When did the Roman Empire fall?",
    "Sort the numbers 5, 3, 9 and 1.",
    "Why is the sky blue?",
    "Hello!",
    "Thank you, that helps.",
  ],
  zh: [
    "秘鲁的首都是哪里？",
    "请证明根号二是无理数。",
    "晶体管是怎么工作的？",
    "大西洋有多深？",
    "罗马帝国是什么时候灭亡的？",
    "把5、3、9、1从小到大排列。",
    "天空为什么是蓝色的？",
    "谢谢你。",
  ],
};
