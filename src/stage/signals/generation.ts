import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";

/** What generation_config.json recommends beside the end tokens: sampling for answers, or greedy continuation. */
export function generationSignal(facts: ModelFacts): Evidence[] {
  const { generation } = facts;
  if (generation === undefined) return [];
  if (generation.chatFormat === "raw" || generation.chatFormat === "chatml") {
    const chat = generation.chatFormat === "chatml";
    return [
      {
        source: "generation config",
        signal: "chat format",
        says: chat ? "instruct" : "base",
        fitsToo: [],
        weight: 3,
        text: {
          en: `Its generation config declares the chat format "${generation.chatFormat}".`,
          zh: `生成配置声明对话格式为 "${generation.chatFormat}"。`,
        },
      },
    ];
  }
  if (generation.hasSpeakers) {
    return [
      {
        source: "generation config",
        signal: "speakers",
        says: "instruct",
        fitsToo: ["thinking", "hybrid"],
        weight: 3,
        text: {
          en: "Its generation config names the tokens of a user and an assistant.",
          zh: "生成配置注明了代表用户与助手的词元。",
        },
      },
    ];
  }
  if (generation.samples === true && generation.hasSampling) {
    return [
      {
        source: "generation config",
        signal: "sampling settings",
        says: "instruct",
        fitsToo: ["thinking", "hybrid"],
        weight: 0.5,
        text: {
          en: "Its generation config recommends sampling, as chat models do.",
          zh: "生成配置建议采样，这是对话模型的常见做法。",
        },
      },
    ];
  }
  // The house style of Qwen's base models.
  if (generation.samples === false && generation.maxNewTokens !== undefined) {
    return [
      {
        source: "generation config",
        signal: "greedy settings",
        says: "base",
        fitsToo: [],
        weight: 0.7,
        text: {
          en: "Its generation config is greedy with a fixed length, as base models ship it.",
          zh: "生成配置为贪心解码并固定长度，这是基座模型的常见配置。",
        },
      },
    ];
  }
  return [];
}
