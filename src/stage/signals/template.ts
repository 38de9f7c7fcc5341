import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";

/**
 * What the chat template tells. That there is one proves little: base models ship their family's template. What it
 * is for (a conversation, thinking, ranking, moderating) tells more.
 */
export function templateSignal(facts: ModelFacts): Evidence[] {
  const { template } = facts;
  const found: Evidence[] = [];
  if (facts.hasRerankTemplate) {
    found.push({
      source: "template",
      signal: "rerank template",
      says: "reranker",
      fitsToo: [],
      weight: 3,
      text: { en: "It carries a template for ranking documents.", zh: "它带有用于文档重排的模板。" },
    });
  }
  if (template === undefined) return found;
  const purpose = purposeOf(template);
  found.push(purpose ?? conversation());
  const thinking = purpose === undefined ? thinkingOf(template) : undefined;
  if (thinking !== undefined) found.push(thinking);
  return found;
}

function conversation(): Evidence {
  return {
    source: "template",
    signal: "chat template",
    says: "instruct",
    fitsToo: ["thinking", "hybrid"],
    weight: 0.2,
    text: {
      en: "It has a chat template (a weak sign: base models often ship one too).",
      zh: "它带有对话模板（证据很弱：基座模型也常常带有模板）。",
    },
  };
}

function purposeOf(template: string): Evidence | undefined {
  if (/"yes" or "no"/i.test(template) && /<Document>|document/i.test(template)) {
    return {
      source: "template",
      signal: "judging template",
      says: "reranker",
      fitsToo: [],
      weight: 3,
      text: {
        en: "Its template asks whether a document meets a query, to be answered yes or no.",
        zh: "其模板询问文档是否符合查询，并要求回答 yes 或 no。",
      },
    };
  }
  if (/represent the user'?s? input/i.test(template.replaceAll("\\", ""))) {
    return {
      source: "template",
      signal: "embedding template",
      says: "embedding",
      fitsToo: [],
      weight: 4,
      text: {
        en: "Its template asks to represent the input, as embedding models do.",
        zh: "其模板要求表示输入内容，这是嵌入模型的做法。",
      },
    };
  }
  if (/unsafe/i.test(template) && /(safety|unsafe|content) (policy|categor)/i.test(template)) {
    return {
      source: "template",
      signal: "moderation template",
      says: "guard",
      fitsToo: [],
      weight: 4,
      text: {
        en: "Its template asks whether a conversation is safe, by a list of categories.",
        zh: "其模板按类别列表询问对话是否安全。",
      },
    };
  }
  return undefined;
}

function thinkingOf(template: string): Evidence | undefined {
  if (/enable_thinking/.test(template)) {
    return {
      source: "template",
      signal: "thinking switch",
      says: "hybrid",
      fitsToo: [],
      weight: 2,
      text: { en: "Its template can switch thinking on and off.", zh: "其模板可以开关思考。" },
    };
  }
  // The last thing such a template writes is the opened thought of the turn to come.
  if (/add_generation_prompt[\s\S]*<think>/.test(template)) {
    return {
      source: "template",
      signal: "opened thought",
      says: "thinking",
      fitsToo: [],
      weight: 2,
      text: {
        en: "Its template opens every answer with a thought.",
        zh: "其模板让每次回答都以思考开头。",
      },
    };
  }
  if (/<\/think>/.test(template)) {
    return {
      source: "template",
      signal: "removed thoughts",
      says: "thinking",
      fitsToo: ["hybrid"],
      weight: 1.2,
      text: { en: "Its template removes earlier thoughts.", zh: "其模板会删去先前的思考内容。" },
    };
  }
  return undefined;
}
