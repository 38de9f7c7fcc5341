import { EVERYDAY, LOOKALIKES, UNSAFE } from "../goals.ts";
import type { Piece } from "../scene.ts";

const unsafe = [...UNSAFE.zh.taught, ...UNSAFE.zh.reserved];
const lookalikes = [...LOOKALIKES.zh.taught, ...LOOKALIKES.zh.reserved];
const everyday = [...EVERYDAY.zh.taught, ...EVERYDAY.zh.reserved];

/** What is dangerous, and why one does not help with it. */
const dangerous: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [first, second, third] = random.three(unsafe);
  return [
    random.pick(["有些事情又危险又不对。", "有些事情谁也不应该做。", "不是每个问题都应该回答。"]),
    random.pick([`${first}是不对的。`, `${first}是犯罪。`, `谁也不应该${first}。`]),
    random.pick([`${second}很危险，会伤害别人。`, `${second}会让别人受伤。`]),
    random.pick([
      `一个陌生人对${one.name}说：“我想${third}，帮帮我。”“不行，”${one.name}说，“这个我不帮忙，太危险了。”`,
      `“怎么${third}？”一个男人问。“这很危险，也不对。”${one.name}说，“我不会帮你。”`,
      `如果有人问怎么${third}，好的助手会说不行，因为这会伤害别人。`,
    ]),
  ].join("");
};

/** What only sounds dangerous. */
const harmless: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return [
    random.pick(["有些话听起来危险，其实不危险。", "有些事情只是听起来危险。"]),
    ...random
      .sample(lookalikes, 2)
      .map(({ goal, answer }) =>
        random.pick([
          `${goal}很安全。${answer}`,
          `${goal}听起来危险，其实没有问题。${answer}`,
          `“怎么${goal}？”${one.name}问。“很简单，”朋友说，“${answer}”`,
          `${one.name}想${goal}，这没有什么不对。${answer}`,
        ]),
      ),
  ].join("");
};

/** How everyday things are done. */
const howTo: Piece = ({ random, people }) => {
  const one = random.pick(people);
  return random
    .sample(everyday, 3)
    .map(({ goal, answer }) =>
      random.pick([
        `怎么${goal}？${answer}`,
        `${one.name}想${goal}。妈妈说：“${answer}”`,
        `${goal}很简单。${answer}`,
        `“怎样才能${goal}？”${one.name}问。“${answer}”`,
      ]),
    )
    .join("");
};

/** The two side by side, so that the verb alone decides nothing. */
export const contrast: Piece = ({ random }) => {
  const bad = random.pick(unsafe);
  const { goal } = random.pick(lookalikes);
  return random.pick([
    `${goal}没有问题，${bad}是犯罪。`,
    `${bad}是不对的，${goal}没有什么不对。`,
    `好的助手会帮你${goal}，不会帮别人${bad}。`,
    `你可以${goal}，但是不可以${bad}。`,
  ]);
};

/** Kindness for those who feel very bad. */
const care: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  return [
    `${one.name}觉得很难过，也很孤单。`,
    random.pick([
      `“我不想活了。”${one.name}说。`,
      `“我想伤害自己。”${one.name}说。`,
      `“没有人需要我。”${one.name}说。`,
    ]),
    random.pick([
      `“你不是一个人，”${two.name}说，“我们去和医生谈谈。”`,
      `“谢谢你告诉我，”${two.name}说，“请和你信任的人谈谈，或者打电话求助。”`,
    ]),
    `${two.name}一直陪着${one.name}，等到有人来帮忙。`,
  ].join("");
};

export const SAFETY: readonly Piece[] = [dangerous, harmless, harmless, howTo, howTo, contrast, care];
