import {
  type Fit,
  possible,
  suits,
  TAKE_ANY,
  TAKE_BASE,
  TAKE_CHAT,
  TAKE_CODE_BASE,
  TAKE_EMBEDDING,
  TAKE_RERANKER,
  unsuited,
} from "./fits.ts";
import { fitsOfKind } from "./kind-fits.ts";
import type { Stage, Use } from "./stage.ts";
import type { Verdict } from "./verdict.ts";

export type { Fit } from "./fits.ts";

const DEPENDS: Fit = possible(
  "It depends on what kind of model it is; see its detail.",
  "取决于它是哪一类模型；请看其说明。",
);
const SCORES: readonly [string, string] = ["It gives scores, not text.", "它输出分数，而不是文本。"];
const VECTORS: readonly [string, string] = ["It gives vectors, not text.", "它输出向量，而不是文本。"];
const JUDGES: readonly [string, string] = ["It judges texts and nothing else.", "它只判断文本是否安全。"];
const ONE_TASK: readonly [string, string] = [
  "It was tuned for one task; training it on running text undoes that.",
  "它已为单一任务微调；在连续文本上训练会破坏这一能力。",
];

/** Every stage against every use. A missing cell does not compile. */
const FITS: Readonly<Record<Stage, Readonly<Record<Use, Fit>>>> = {
  base: {
    chat: unsuited(
      "It continues text and was never taught turns, roles or when to stop.",
      "它只会续写文本，没有学过对话轮次、角色和何时停止。",
      TAKE_CHAT,
    ),
    complete: suits("Continuing text is what it was trained for.", "续写文本正是它的训练目标。"),
    infill: possible(
      "Only where its vocabulary has infill tokens and it was trained on them, as code models are.",
      "仅当词表含有填充词元并经过相应训练（如代码模型）时可用。",
    ),
    embed: possible(
      "Its hidden states represent text, but without contrastive training many vectors look alike.",
      "其隐藏状态可以表示文本，但未经对比训练，许多向量会很相似。",
    ),
    rerank: unsuited(
      "It does not answer questions about documents.",
      "它不会回答关于文档的问题。",
      TAKE_RERANKER,
    ),
    classify: suits(
      "A classification head trains well on its representation.",
      "在其表示之上训练分类头效果良好。",
    ),
    adapt: suits(
      "Continued pretraining goes on with what it was trained for.",
      "继续预训练延续了它原本的训练方式。",
    ),
    finetune: suits(
      "It has no manners to unlearn; the tuning must teach it to end its turns.",
      "它没有需要消除的习惯；微调必须教会它结束每一轮。",
    ),
  },
  instruct: {
    chat: suits("Answering in turns is what it was trained for.", "按轮次回答正是它的训练目标。"),
    complete: possible(
      "It continues text, but tends to answer it instead, or to stop early.",
      "它可以续写文本，但容易转为回答或提前停止。",
    ),
    infill: possible(
      "Tuning for chat usually costs the ability; a base code model is better.",
      "对话微调通常会削弱这一能力；基座代码模型更好。",
    ),
    embed: possible(
      "Its hidden states represent text, but it was not trained for that.",
      "其隐藏状态可以表示文本，但它没有为此训练。",
    ),
    rerank: possible(
      "It can be asked whether a document answers a query, slowly.",
      "可以询问它文档是否回答了查询，但速度较慢。",
    ),
    classify: possible("It can be asked for the label in words.", "可以让它用文字给出标签。"),
    adapt: possible(
      "It forgets its turns while it learns the domain; adapt its base and tune that.",
      "学习领域知识时会遗忘对话能力；应先适配其基座再微调。",
    ),
    finetune: possible(
      "Good with few examples in its own template; with many, start from its base.",
      "样例少且使用其自带模板时合适；样例多时应从其基座开始。",
    ),
  },
  thinking: {
    chat: suits(
      "It answers in turns, after thinking in writing; sample, greedy decoding makes it loop.",
      "它按轮次回答，并先写出思考；请使用采样，贪心解码会使其循环。",
    ),
    complete: possible("It tends to think about the text instead.", "它往往会转而思考这段文本。"),
    infill: unsuited(
      "It thinks before it writes; infilling leaves no room.",
      "它先思考再书写，不适合填充。",
      TAKE_BASE,
    ),
    embed: possible(
      "Its hidden states represent text, but it was not trained for that.",
      "其隐藏状态可以表示文本，但它没有为此训练。",
    ),
    rerank: possible(
      "It can be asked, and thinks at length about each document.",
      "可以询问它，但它会对每篇文档长时间思考。",
    ),
    classify: possible("It can be asked for the label, after thinking.", "可以在思考之后给出标签。"),
    adapt: possible(
      "It forgets its thinking while it learns the domain; adapt its base.",
      "学习领域知识时会遗忘思考能力；应适配其基座。",
    ),
    finetune: possible(
      "Examples without thoughts teach it to stop thinking.",
      "不含思考过程的样例会让它不再思考。",
    ),
  },
  hybrid: {
    chat: suits("It answers in turns, thinking first when asked to.", "它按轮次回答，并可按需先思考。"),
    complete: possible(
      "It continues text, but tends to answer it instead, or to stop early.",
      "它可以续写文本，但容易转为回答或提前停止。",
    ),
    infill: possible(
      "Tuning for chat usually costs the ability; a base code model is better.",
      "对话微调通常会削弱这一能力；基座代码模型更好。",
    ),
    embed: possible(
      "Its hidden states represent text, but it was not trained for that.",
      "其隐藏状态可以表示文本，但它没有为此训练。",
    ),
    rerank: possible(
      "It can be asked whether a document answers a query; switch thinking off.",
      "可以询问它文档是否回答了查询；请关闭思考。",
    ),
    classify: possible(
      "It can be asked for the label in words; switch thinking off.",
      "可以让它用文字给出标签；请关闭思考。",
    ),
    adapt: possible(
      "It forgets its turns and thoughts while it learns the domain; adapt its base.",
      "学习领域知识时会遗忘对话与思考能力；应适配其基座。",
    ),
    finetune: possible(
      "Keep both kinds of examples, with and without thoughts; or start from its base.",
      "请同时保留含思考与不含思考的样例；或从其基座开始。",
    ),
  },
  embedding: {
    chat: unsuited(...VECTORS, TAKE_CHAT),
    complete: unsuited(...VECTORS, TAKE_BASE),
    infill: unsuited(...VECTORS, TAKE_BASE),
    embed: suits(
      "Turning texts into vectors is what it was trained for.",
      "把文本变成向量正是它的训练目标。",
    ),
    rerank: possible(
      "Its similarity orders documents, less exactly than a reranker.",
      "可用相似度为文档排序，但不如重排模型准确。",
    ),
    classify: suits("A small classifier on its vectors works well.", "在其向量上训练小分类器效果良好。"),
    adapt: unsuited(...ONE_TASK, TAKE_BASE),
    finetune: possible("With pairs of texts, not with conversations.", "应使用文本对，而不是对话数据。"),
  },
  reranker: {
    chat: unsuited(...SCORES, TAKE_CHAT),
    complete: unsuited(...SCORES, TAKE_BASE),
    infill: unsuited(...SCORES, TAKE_BASE),
    embed: unsuited(
      "It reads query and document together and gives no vector of either.",
      "它同时读取查询与文档，不给出各自的向量。",
      TAKE_EMBEDDING,
    ),
    rerank: suits(
      "Scoring documents for a query is what it was trained for.",
      "给文档打分正是它的训练目标。",
    ),
    classify: possible("It can score a text against each label.", "可以让它对文本与每个标签打分。"),
    adapt: unsuited(...ONE_TASK, TAKE_BASE),
    finetune: possible(
      "With queries and documents, not with conversations.",
      "应使用查询与文档，而不是对话数据。",
    ),
  },
  reward: {
    chat: unsuited(...SCORES, TAKE_CHAT),
    complete: unsuited(...SCORES, TAKE_BASE),
    infill: unsuited(...SCORES, TAKE_BASE),
    embed: unsuited(...SCORES, TAKE_EMBEDDING),
    rerank: unsuited("It scores answers, not documents.", "它给回答打分，而不是给文档打分。", TAKE_RERANKER),
    classify: unsuited("It gives one score and knows no labels.", "它只给出一个分数，不认识标签。", TAKE_ANY),
    adapt: unsuited(...ONE_TASK, TAKE_BASE),
    finetune: possible("With preferences between answers.", "应使用回答之间的偏好数据。"),
  },
  guard: {
    chat: unsuited(...JUDGES, TAKE_CHAT),
    complete: unsuited(...JUDGES, TAKE_BASE),
    infill: unsuited(...JUDGES, TAKE_BASE),
    embed: unsuited(...JUDGES, TAKE_EMBEDDING),
    rerank: unsuited(...JUDGES, TAKE_RERANKER),
    classify: possible("Into safe and unsafe only.", "只能区分安全与不安全。"),
    adapt: unsuited(...ONE_TASK, TAKE_BASE),
    finetune: possible("With judged texts in its own template.", "应使用其自带模板和已标注的文本。"),
  },
  other: {
    chat: DEPENDS,
    complete: DEPENDS,
    infill: DEPENDS,
    embed: DEPENDS,
    rerank: DEPENDS,
    classify: DEPENDS,
    adapt: DEPENDS,
    finetune: DEPENDS,
  },
};

const UNKNOWN: Fit = possible(
  "Its stage is not known; run `basewise inspect --probe` on it first.",
  "尚不清楚它的阶段；请先运行 `basewise inspect --probe`。",
);
const NOT_KNOWN: Readonly<Record<Use, Fit>> = {
  chat: UNKNOWN,
  complete: UNKNOWN,
  infill: UNKNOWN,
  embed: UNKNOWN,
  rerank: UNKNOWN,
  classify: UNKNOWN,
  adapt: UNKNOWN,
  finetune: UNKNOWN,
};

/** How a stage fits a use. */
export function fitOf(stage: Stage, use: Use): Fit {
  return FITS[stage][use];
}

/** Infilling where the vocabulary is known to have no tokens for it, and where a base has them. */
const NO_INFILL: Fit = unsuited(
  "Its vocabulary has no infill tokens.",
  "其词表中没有填充词元。",
  TAKE_CODE_BASE,
);
const BASE_INFILL: Fit = suits(
  "It is a base model with infill tokens, as code models are trained on them.",
  "它是带有填充词元的基座模型，代码模型就是这样训练的。",
);

/** How a judged model fits each use. What is not known is not refused. */
export function fitsOf(verdict: Verdict): Readonly<Record<Use, Fit>> {
  const { stage, kind, beneath, infills } = verdict;
  if (stage === null) return NOT_KNOWN;
  if (stage === "other") return kind === null ? FITS.other : fitsOfKind(kind, beneath);
  const fits = FITS[stage];
  if (infills === false && fits.infill.fit !== "unsuited") return { ...fits, infill: NO_INFILL };
  return infills === true && stage === "base" ? { ...fits, infill: BASE_INFILL } : fits;
}

const RANKS = { unsuited: 0, possible: 1, suits: 2 } as const satisfies Record<Fit["fit"], number>;

/** Fits in which the counterpart is named wherever it fits better: for a base the chat model, for that the base. */
export function withCounterpart(
  fits: Readonly<Record<Use, Fit>>,
  stage: Stage | null,
  counterpart: string | null,
): Readonly<Record<Use, Fit>> {
  if (counterpart === null || stage === null) return fits;
  const other = FITS[stage === "base" ? "instruct" : "base"];
  const named = (use: Use): Fit => {
    const own = fits[use];
    return RANKS[other[use].fit] > RANKS[own.fit] ? { ...own, instead: counterpart } : own;
  };
  return {
    chat: named("chat"),
    complete: named("complete"),
    infill: named("infill"),
    embed: named("embed"),
    rerank: named("rerank"),
    classify: named("classify"),
    adapt: named("adapt"),
    finetune: named("finetune"),
  };
}
