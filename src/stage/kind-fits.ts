import type { Text } from "../language.ts";
import {
  type Fit,
  possible,
  suits,
  TAKE_ANY,
  TAKE_BASE,
  TAKE_CHAT,
  TAKE_EMBEDDING,
  TAKE_RERANKER,
  unsuited,
} from "./fits.ts";
import type { Kind } from "./kinds.ts";
import { CHAT_STAGES, type Stage, USES, type Use } from "./stage.ts";

/** What each kind does, which is also the reason why it does nothing else. */
export const DOES: Readonly<Record<Kind, Text>> = {
  vision: { en: "It was trained on images and text together.", zh: "它在图像与文本上共同训练。" },
  ocr: {
    en: "It reads the text in images and was tuned for nothing else.",
    zh: "它识别图像中的文字，没有为其他用途微调。",
  },
  "gui agent": {
    en: "It looks at a screen and answers with actions on it.",
    zh: "它观察屏幕，并以屏幕操作作答。",
  },
  omni: { en: "It was trained on images, sound and text together.", zh: "它在图像、声音与文本上共同训练。" },
  audio: { en: "It was trained on sound.", zh: "它在声音上训练。" },
  "speech recognition": { en: "It writes down what was said.", zh: "它把语音转写成文字。" },
  "speech synthesis": { en: "It speaks a text; it writes none.", zh: "它朗读文本，而不书写文本。" },
  "image generation": { en: "It makes images or video.", zh: "它生成图像或视频。" },
  "sequence to sequence": {
    en: "It turns one text into another, such as a translation or a summary.",
    zh: "它把一段文本变成另一段，例如翻译或摘要。",
  },
  "masked language model": {
    en: "It fills gaps in a text that it reads whole.",
    zh: "它通读文本并填补空缺。",
  },
  classifier: { en: "It gives labels, not text.", zh: "它输出标签，而不是文本。" },
  "token classifier": { en: "It labels each word of a text.", zh: "它为文本中的每个词加标签。" },
  "question answering": { en: "It marks the answer in a given text.", zh: "它在给定文本中标出答案。" },
  "diffusion language model": {
    en: "It unmasks a text in many steps, which needs a sampler of its own.",
    zh: "它分多步去掩码生成文本，需要专用的采样器。",
  },
  "task model": {
    en: "It was tuned for one task and its own form of input.",
    zh: "它为单一任务及其特定输入格式而微调。",
  },
  "draft model": {
    en: "It only guesses ahead for a larger model.",
    zh: "它只为更大的模型提前猜测。",
  },
  adapter: {
    en: "It works only when loaded on the model that it sits on.",
    zh: "它只有加载在其所依附的模型之上才能工作。",
  },
  projector: {
    en: "It only translates images or sound for a language model.",
    zh: "它只为语言模型转换图像或声音。",
  },
  file: { en: "The file holds no model.", zh: "该文件不含模型。" },
};

/** What to take instead for each use. */
const REMEDIES: Readonly<Record<Use, Text>> = {
  chat: TAKE_CHAT,
  complete: TAKE_BASE,
  infill: TAKE_BASE,
  embed: TAKE_EMBEDDING,
  rerank: TAKE_RERANKER,
  classify: TAKE_ANY,
  adapt: TAKE_BASE,
  finetune: TAKE_BASE,
};

const TEXT_SIDE = possible(
  "Its language model can be used for text, without what it sees or hears.",
  "可以只使用其语言模型处理文本，而不用图像或声音。",
);
const OWN_DATA = possible("With data of its own kind.", "应使用与其用途相同的数据。");

/** Where a kind is more than what it does. */
const MORE: Readonly<Partial<Record<Kind, Readonly<Partial<Record<Use, Fit>>>>>> = {
  vision: { complete: TEXT_SIDE, classify: TEXT_SIDE, finetune: OWN_DATA },
  ocr: { finetune: OWN_DATA },
  "gui agent": { finetune: OWN_DATA },
  omni: { complete: TEXT_SIDE, classify: TEXT_SIDE, finetune: OWN_DATA },
  audio: { finetune: OWN_DATA },
  "speech recognition": { finetune: OWN_DATA },
  "speech synthesis": { finetune: OWN_DATA },
  "image generation": { finetune: OWN_DATA },
  "sequence to sequence": {
    infill: possible("Models of the T5 kind fill marked gaps.", "T5 一类的模型可以填补带标记的空缺。"),
    embed: possible(
      "Its encoder represents text, but was not trained for comparing.",
      "其编码器可以表示文本，但没有为比较而训练。",
    ),
    classify: possible("It can be tuned to write the label.", "可以微调为写出标签。"),
    finetune: possible("With pairs of input and output.", "应使用输入与输出成对的数据。"),
  },
  "masked language model": {
    infill: possible("Single words only.", "仅限单个词。"),
    embed: possible(
      "Its states represent text, but many look alike before contrastive training.",
      "其隐藏状态可以表示文本，但未经对比训练时许多向量相似。",
    ),
    classify: suits(
      "A classification head on it is what such models are mostly taken for.",
      "在其上训练分类头正是这类模型的主要用途。",
    ),
    adapt: possible("By masking words, not by continuing text.", "应使用掩码训练，而不是续写训练。"),
    finetune: possible("With a head for the task.", "需为任务添加输出头。"),
  },
  classifier: {
    classify: suits("Into the labels that it was trained for.", "归入其训练时的标签。"),
    finetune: possible("With labelled texts.", "应使用带标签的文本。"),
  },
  "token classifier": { finetune: possible("With labelled words.", "应使用逐词标注的数据。") },
  "question answering": { finetune: possible("With marked answers.", "应使用标出答案的数据。") },
  "diffusion language model": {
    chat: possible(
      "If it was tuned on instructions, with its own sampler; not by basewise.",
      "若经过指令微调，可用其专用采样器；basewise 不支持。",
    ),
    finetune: OWN_DATA,
  },
  "task model": {
    complete: possible(
      "Only its own task in its own form of input; see its card.",
      "仅限其自身任务和输入格式；请看其模型卡。",
    ),
    finetune: OWN_DATA,
  },
  adapter: {
    finetune: possible("Training of the adapter can go on.", "可以继续训练该适配器。"),
  },
};

const TALKS: readonly Kind[] = ["vision", "omni"];

/** How a model of another kind fits a use, given the stage of the language model beneath, where there is one. */
export function fitOfKind(kind: Kind, beneath: Stage | null, use: Use): Fit {
  const chats = CHAT_STAGES.some((stage) => stage === beneath);
  if (use === "chat" && TALKS.includes(kind) && beneath !== "base") {
    return possible(
      `${DOES[kind].en} Where it was tuned to converse it also does so in text alone, which is all that basewise gives it.`,
      `${DOES[kind].zh}若经过对话微调，也可只用文本对话；basewise 只提供文本。`,
    );
  }
  if (kind === "adapter" && (use === "chat" || use === "complete")) {
    const isRight = beneath === null || (use === "chat" ? chats : beneath === "base");
    return possible(
      `${DOES.adapter.en} ${isRight ? "Load both." : "What it sits on is of another stage, so this depends on what the adapter was trained for."}`,
      `${DOES.adapter.zh}${isRight ? "请同时加载两者。" : "其所依附的模型处于另一阶段，是否适用取决于适配器的训练目标。"}`,
    );
  }
  return MORE[kind]?.[use] ?? unsuited(DOES[kind].en, DOES[kind].zh, REMEDIES[use]);
}

export function fitsOfKind(kind: Kind, beneath: Stage | null): Readonly<Record<Use, Fit>> {
  const fits = USES.map((use) => [use, fitOfKind(kind, beneath, use)] as const);
  return Object.fromEntries(fits) as Record<Use, Fit>;
}
