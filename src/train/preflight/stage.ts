import { CHAT_STAGES } from "../../stage/stage.ts";
import { STAGE_WORDS } from "../../stage/words.ts";
import type { Parent } from "../parent.ts";
import type { Recipe } from "../recipe.ts";
import type { PreflightFinding } from "./finding.ts";

/** Whether the parent is at a stage that the recipe makes sense for. */
export function checkStage({ kind }: Recipe, parent: Parent | undefined): PreflightFinding[] {
  const stage = parent?.stage;
  if (parent === undefined || stage === undefined) return [];
  const words = STAGE_WORDS[stage];
  const warn = (en: string, zh: string): PreflightFinding[] => [
    { id: "stage", level: "warning", text: { en, zh } },
  ];
  if (stage === "base") {
    if (kind !== "dpo") return [];
    return warn(
      "The parent is a base model: it never learned turns, and choosing between answers does not teach them; tune it on conversations first (kind: sft).",
      "父模型是基座模型：它没有学过对话轮次，而在回答之间做选择并不能教会它；请先用对话微调（kind: sft）。",
    );
  }
  const isChat = CHAT_STAGES.some((one) => one === stage);
  if (!isChat) {
    return warn(
      `The parent is ${words.en}: ${kind === "adapt" ? "texts" : "conversations"} will undo what it was trained for; take a base model.`,
      `父模型是${words.zh}：${kind === "adapt" ? "文本" : "对话"}会破坏它原有的训练目标；请改用基座模型。`,
    );
  }
  if (kind === "adapt") {
    return warn(
      `The parent is ${words.en}: raw texts teach it no turns, and it will forget its own; adapt its base and tune that, or look at its answers afterwards.`,
      `父模型是${words.zh}：纯文本不含轮次，它会逐渐忘记如何对话；请先在其基座上训练再微调，或在训练后检查它的回答。`,
    );
  }
  return [];
}
