/** Where a model stands after training. Everything that lists stages derives from this one list. */
export const STAGES = [
  "base",
  "instruct",
  "thinking",
  "hybrid",
  "embedding",
  "reranker",
  "reward",
  "guard",
  "other",
] as const;
/** One of `STAGES`. */
export type Stage = (typeof STAGES)[number];

/** What one can want to do with a model. */
export const USES = [
  "chat",
  "complete",
  "infill",
  "embed",
  "rerank",
  "classify",
  "adapt",
  "finetune",
] as const;
/** One of `USES`. */
export type Use = (typeof USES)[number];

/** The stages that were trained to hold a conversation. */
export const CHAT_STAGES = ["instruct", "thinking", "hybrid"] as const;
export type ChatStage = (typeof CHAT_STAGES)[number];
