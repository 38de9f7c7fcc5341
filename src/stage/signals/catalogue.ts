import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { STAGE_WORDS } from "../words.ts";

/** What the catalogue says of a model of this name; it says nothing of files that merely bear it. */
export function catalogueSignal({ listed }: ModelFacts): Evidence[] {
  if (listed === undefined) return [];
  const { stage, reference } = listed;
  return [
    {
      source: "catalogue",
      signal: "listed",
      says: stage,
      fitsToo: [],
      weight: 4,
      text: {
        en: `The catalogue lists ${printable(reference)} as ${STAGE_WORDS[stage].en}.`,
        zh: `目录将 ${printable(reference)} 列为${STAGE_WORDS[stage].zh}。`,
      },
    },
  ];
}
