import type { Piece } from "../scene.ts";
import { THINGS } from "../world.ts";

/** What a computer, a program and a language model are. */
const program: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(
      [
        "电脑是一种按照指令工作的机器。",
        "程序就是写给电脑的一串指令。",
        `${one.name}会写程序。程序会数数，会画画，也会放音乐。`,
        "程序没有反应的时候，可以先停止它，再打开它。",
        "电脑不会高兴，也不会难过。它不吃饭，也不睡觉。",
        "文件是电脑放文字和数字的地方。",
        "密码是秘密的词，不要把密码告诉陌生人。",
        `“电脑是活的吗？”${one.name}问。不是，电脑是机器。`,
        "有的程序很小，有的程序很大。",
      ],
      4,
    )
    .join("");
};

const languageModel: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(
      [
        "语言模型是一个程序，它读文字，再猜下一个词。",
        "基础模型只会把文字接着写下去，没有人教过它回答问题。",
        "指令模型学过怎么回答问题，怎么听从指令。",
        "很小的语言模型只认识一些词，只知道一个小世界。",
        "语言模型不是人，它没有身体，也没有家。",
        "好的助手回答得很短，说完就停。",
        `“你是人吗？”${one.name}问。“不是，我是一个程序。”机器说。`,
        "好的助手不知道的时候，会说：“我不知道。”",
        `好的助手会记住别人说过的话：${one.name}最喜欢的颜色是${one.colour.zh}。`,
        "basewise 项目做了很小的语言模型。",
        "模型从文字里学习，先学会读，再学会回答。",
      ],
      5,
    )
    .join("");
};

/** A person plays with an assistant: instructions and answers, told in prose. */
const assistantStory: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const word = random.pick(THINGS).zh;
  return [
    `${one.name}坐在电脑前面，给助手写字。`,
    random.pick([
      `“请只回答${word}。”${one.name}写道。助手回答：“${word}”。`,
      `“我叫${one.name}。”${one.name}写道。“认识你很高兴，${one.name}。”助手回答。`,
      `“我的${one.thing.zh}是${one.thingColour.zh}的。”${one.name}写道，“我的${one.thing.zh}是什么颜色的？”“是${one.thingColour.zh}的。”助手回答。`,
    ]),
    random.pick([
      `“你能看见我吗？”${one.name}问。“不能，我只会读和写。”助手回答。`,
      `“你能吃${one.food.zh}吗？”${one.name}问。“不能，我是程序，不会吃东西。”助手回答。`,
      `“你喜欢${one.colour.zh}吗？”${one.name}问。“我是程序，不过${one.colour.zh}很好看。”助手回答。`,
    ]),
    `然后${one.he}关上电脑，回家了。`,
  ].join("");
};

export const MACHINES: readonly Piece[] = [program, languageModel, assistantStory];
