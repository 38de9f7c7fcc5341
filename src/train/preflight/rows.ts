import { resolveReference } from "../../hub/reference.ts";
import { readFacts } from "../../model/inspect.ts";
import { printable } from "../../printable.ts";
import { weightsSignal } from "../../stage/signals/weights.ts";
import { newTokensOf } from "../learned.ts";
import type { Parent } from "../parent.ts";
import type { Recipe } from "../recipe.ts";
import type { PreflightFinding } from "./finding.ts";

/** Whether the rows of the tokens that mark turns were trained, or will be. */
export async function checkRows(recipe: Recipe, parent: Parent | undefined): Promise<PreflightFinding[]> {
  if (parent === undefined || (recipe.kind !== "sft" && recipe.kind !== "dpo")) return [];
  const { adapter } = recipe;
  if (adapter === undefined) return []; // all rows are learned
  const { matrices = [] } = await readFacts(await resolveReference(parent.path));
  const [evidence] = weightsSignal(matrices);
  if (evidence?.says !== "base") return [];
  const turns = new Set(matrices.flatMap(({ turns }) => turns.map(({ text }) => text)));
  const learned = [...(adapter.tokens ?? []), ...newTokensOf(recipe)];
  const left = [...turns].filter((token) => !learned.includes(token));
  if (left.length === 0) return [];
  const list = [...(adapter.tokens ?? []), ...left]
    .map((token) => JSON.stringify(printable(token)))
    .join(", ");
  return [
    {
      id: "turn-rows",
      level: "warning",
      text: {
        en: `${evidence.text.en} An adapter alone leaves them so, and the model learns badly when a turn begins and ends; write adapter: { tokens: [${list}] } to learn them too.`,
        zh: `${evidence.text.zh}仅训练适配器不会改动它们，模型难以学会轮次的开始与结束；请写 adapter: { tokens: [${list}] } 以一并训练。`,
      },
    },
  ];
}
