import type { Evidence } from "../evidence.ts";
import type { ModelFacts, TemplateReading } from "../facts.ts";
import { observe, type Points } from "./observe.ts";

/**
 * What the chat template tells. That there is one proves little: base models ship their family's template. What it
 * does when it is rendered (asks to rank, to moderate, to represent; opens or switches a thought) tells more.
 */
export function templateSignal(facts: ModelFacts): Evidence[] {
  const { template, reading } = facts;
  const found: Evidence[] = [];
  if (facts.hasRerankTemplate) {
    found.push(
      observe(
        "template",
        "rerank template",
        3,
        { says: "reranker" },
        {
          en: "It carries a template for ranking documents.",
          zh: "它带有用于文档重排的模板。",
        },
      ),
    );
  }
  if (template === undefined) return found;
  const purpose = purposeOf(template, reading);
  if (purpose !== undefined) return [...found, purpose];
  found.push(conversation(reading));
  const thinking = reading === undefined ? undefined : thinkingOf(reading, template);
  return [...found, ...(thinking ?? thinkingInSource(template, reading !== undefined))];
}

function conversation(reading: TemplateReading | undefined): Evidence {
  const chats: Points = { says: "instruct", fitsToo: ["thinking", "hybrid"] };
  if (reading !== undefined && !reading.keepsText) {
    return observe(
      "template",
      "leaves text out",
      2.5,
      { says: "other", kind: "audio" },
      {
        en: "Its template leaves the text of a message out: it is made for other inputs.",
        zh: "其模板略去消息中的文本：它面向其他类型的输入。",
      },
    );
  }
  return observe("template", "chat template", 0.2, chats, {
    en: "It has a chat template (a weak sign: base models often ship one too).",
    zh: "它带有对话模板（证据很弱：基座模型也常常带有模板）。",
  });
}

/** What a template asks the model to do, in its own words. What it really writes is looked at before its source. */
const PURPOSES: readonly ({
  readonly words: readonly RegExp[];
  readonly signal: string;
  readonly weight: number;
  readonly en: string;
  readonly zh: string;
} & Points)[] = [
  {
    words: [/"?yes"? or "?no"?/i, /document|query|relevan/i],
    signal: "judging template",
    weight: 4,
    says: "reranker",
    en: "Its template asks whether a document meets a query, to be answered yes or no.",
    zh: "其模板询问文档是否符合查询，并要求回答 yes 或 no。",
  },
  {
    words: [/represent (the |this |that )?(user|sentence|text|document|query|input)/i],
    signal: "embedding template",
    weight: 4,
    says: "embedding",
    en: "Its template asks to represent the input, as embedding models do.",
    zh: "其模板要求表示输入内容，这是嵌入模型的做法。",
  },
  {
    words: [
      /unsafe|harm|violat/i,
      /(safety|unsafe|content|harm|risk)\w* (polic|categor|assessment|guideline|definition|classif)/i,
    ],
    signal: "moderation template",
    weight: 4.5,
    says: "guard",
    en: "Its template asks whether a conversation is safe, by a list of categories.",
    zh: "其模板按类别列表询问对话是否安全。",
  },
  {
    words: [/transcribe (the |this |following )*(audio|speech)|<\|audio_start\|>.{0,40}transcri/i],
    signal: "transcribing template",
    weight: 4,
    says: "other",
    kind: "speech recognition",
    en: "Its template asks to transcribe speech.",
    zh: "其模板要求转写语音。",
  },
];

function purposeOf(template: string, reading: TemplateReading | undefined): Evidence | undefined {
  const written = reading === undefined ? "" : reading.frame;
  const source = template.replaceAll("\\", "");
  for (const purpose of PURPOSES) {
    const isWritten = purpose.words.every((word) => word.test(written));
    if (!isWritten && !purpose.words.every((word) => word.test(source))) continue;
    // Words that only stand in the source may be in a branch that a plain conversation never takes.
    const weight = isWritten ? purpose.weight : purpose.weight - 1;
    return observe("template", purpose.signal, weight, purpose, { en: purpose.en, zh: purpose.zh });
  }
  return undefined;
}

const OPENED = /<(think|thinking|seed:think|\|channel>thought)>\s*$|\[THINK\]\s*$/;

/** Words of a message by which a user switches thinking off. Sources: the templates of SmolLM3 and Nemotron Nano 2. */
const SOFT_SWITCH = /["'/]no_?think\b/;

/** Whether a template lets one choose how much the model thinks, none included. */
export function switchesThinking({ template = "", reading }: ModelFacts): boolean {
  return (
    reading?.thinkingSwitch !== undefined || SOFT_SWITCH.test(template) || /thinking_budget/.test(template)
  );
}

function thinkingOf(reading: TemplateReading, template: string): Evidence[] | undefined {
  if (reading.thinkingSwitch === undefined && SOFT_SWITCH.test(template)) {
    return [
      observe(
        "template",
        "thinking switch",
        2.5,
        { says: "hybrid" },
        {
          en: "Its template knows a word in a message that switches thinking off.",
          zh: "其模板识别消息中关闭思考的指令。",
        },
      ),
    ];
  }
  if (reading.thinkingSwitch !== undefined) {
    const { thinkingSwitch } = reading;
    return [
      observe(
        "template",
        "thinking switch",
        2.5,
        { says: "hybrid" },
        {
          en: `Its template switches thinking on and off (${thinkingSwitch}).`,
          zh: `其模板可以开关思考（${thinkingSwitch}）。`,
        },
      ),
    ];
  }
  if (OPENED.test(reading.opening)) {
    return [
      observe(
        "template",
        "opened thought",
        2.5,
        { says: "thinking" },
        {
          en: "Its template opens every answer with a thought.",
          zh: "其模板让每次回答都以思考开头。",
        },
      ),
    ];
  }
  if (reading.dropsThoughts) {
    return [
      observe(
        "template",
        "removed thoughts",
        1.5,
        { says: "thinking", fitsToo: ["hybrid"] },
        {
          en: "Its template removes the thoughts of earlier answers.",
          zh: "其模板会删去先前回答中的思考内容。",
        },
      ),
    ];
  }
  return undefined;
}

/** Where nothing was seen in what the template writes, its source may still speak of thoughts, or of none. */
function thinkingInSource(template: string, wasRendered: boolean): Evidence[] {
  if (!wasRendered && /enable_thinking/.test(template)) {
    return [
      observe(
        "template",
        "thinking switch",
        2,
        { says: "hybrid" },
        {
          en: "Its template can switch thinking on and off.",
          zh: "其模板可以开关思考。",
        },
      ),
    ];
  }
  if (!wasRendered && /add_generation_prompt[\s\S]*<think>/.test(template)) {
    return [
      observe(
        "template",
        "opened thought",
        2,
        { says: "thinking" },
        {
          en: "Its template opens every answer with a thought.",
          zh: "其模板让每次回答都以思考开头。",
        },
      ),
    ];
  }
  if (/reasoning_effort|thinking_budget/.test(template)) {
    return [
      observe(
        "template",
        "thinking effort",
        2,
        { says: "thinking", fitsToo: ["hybrid"] },
        {
          en: "Its template sets how long it thinks.",
          zh: "其模板可设定思考的长短。",
        },
      ),
    ];
  }
  if (/<\/?think|\[\/?THINK\]|reasoning_content|\bthoughts?\b/.test(template)) {
    return [
      observe(
        "template",
        "thoughts mentioned",
        0.8,
        { says: "thinking", fitsToo: ["hybrid"] },
        {
          en: "Its template knows thoughts.",
          zh: "其模板中出现了思考内容。",
        },
      ),
    ];
  }
  return [
    observe(
      "template",
      "no thoughts",
      1.2,
      { says: "instruct", fitsToo: ["base", "embedding", "reranker", "reward", "guard", "other"] },
      {
        en: "Its template knows no thoughts (no sign of a thinking model).",
        zh: "其模板中没有思考内容（不像思考模型）。",
      },
    ),
  ];
}
