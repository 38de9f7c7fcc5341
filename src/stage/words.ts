import type { Text } from "../language.ts";
import type { Stage, Use } from "./stage.ts";

/** What to call a model of each stage, to be read after "is". */
export const STAGE_WORDS: Readonly<Record<Stage, Text>> = {
  base: { en: "a base model", zh: "基座模型" },
  instruct: { en: "an instruct model", zh: "指令模型" },
  thinking: { en: "a thinking model", zh: "思考模型" },
  hybrid: { en: "a hybrid model (it thinks on demand)", zh: "混合模型（可开关思考）" },
  embedding: { en: "an embedding model", zh: "嵌入模型" },
  reranker: { en: "a reranker", zh: "重排模型" },
  reward: { en: "a reward model", zh: "奖励模型" },
  guard: { en: "a guard model", zh: "安全审核模型" },
  other: { en: "a model of another kind", zh: "其他类型的模型" },
};

/** What to call a model whose stage may be unknown. */
export function stageText(stage: Stage | null): Text {
  return stage === null ? { en: "a model of unknown stage", zh: "阶段未知的模型" } : STAGE_WORDS[stage];
}

/** What training made of a model at each stage. */
export const STAGE_MEANINGS: Readonly<Record<Stage, Text>> = {
  base: {
    en: "trained to continue text; it was never taught turns, roles or when to stop",
    zh: "只学过续写文本；没有学过对话轮次、角色和何时停止",
  },
  instruct: { en: "trained to answer in turns and to end them", zh: "学过按轮次回答并结束回答" },
  thinking: { en: "trained to think in writing before every answer", zh: "学过在每次回答前先写出思考过程" },
  hybrid: { en: "trained to answer, and to think first when asked to", zh: "学过直接回答，也能按需先思考" },
  embedding: { en: "trained to turn a text into a vector", zh: "学过把文本变成向量" },
  reranker: {
    en: "trained to score how well a document answers a query",
    zh: "学过给文档与查询的相关性打分",
  },
  reward: { en: "trained to score answers", zh: "学过给回答打分" },
  guard: { en: "trained to judge whether a text is safe", zh: "学过判断文本是否安全" },
  other: { en: "not a text model of the stages known here", zh: "不属于这里所列阶段的文本模型" },
};

/** What each use is called, as a noun. */
export const USE_WORDS: Readonly<Record<Use, Text>> = {
  chat: { en: "chat", zh: "对话" },
  complete: { en: "text completion", zh: "文本续写" },
  infill: { en: "infilling", zh: "中间填充" },
  embed: { en: "embedding", zh: "文本嵌入" },
  rerank: { en: "reranking", zh: "重排" },
  classify: { en: "classification", zh: "分类" },
  adapt: { en: "continued pretraining", zh: "继续预训练" },
  finetune: { en: "fine-tuning", zh: "微调" },
};
