import type { Text } from "../language.ts";
import type { Evidence } from "./evidence.ts";
import type { ModelFacts } from "./facts.ts";
import { adapterSignal } from "./signals/adapter.ts";
import { architectureSignal } from "./signals/architecture.ts";
import { behaviourSignal } from "./signals/behaviour.ts";
import { cardSignal } from "./signals/card.ts";
import { catalogueSignal } from "./signals/catalogue.ts";
import { endsSignal } from "./signals/ends.ts";
import { generationSignal } from "./signals/generation.ts";
import { modulesSignal } from "./signals/modules.ts";
import { nameSignal } from "./signals/name.ts";
import { recordedSignal } from "./signals/recorded.ts";
import { templateSignal } from "./signals/template.ts";
import { tokenizerSignal } from "./signals/tokenizer.ts";
import { weightsSignal } from "./signals/weights.ts";
import { type Verdict, weigh } from "./verdict.ts";

/** Reads every signal in a model's facts and weighs them. Pure. */
export function judge(facts: ModelFacts): Verdict {
  const evidence: Evidence[] = [
    ...recordedSignal(facts),
    ...nameSignal(facts),
    ...catalogueSignal(facts),
    ...cardSignal(facts),
    ...adapterSignal(facts),
    ...modulesSignal(facts),
    ...architectureSignal(facts),
    ...generationSignal(facts),
    ...endsSignal(facts),
    ...tokenizerSignal(facts),
    ...templateSignal(facts),
    ...weightsSignal(facts.matrices),
    ...behaviourSignal(facts.behaviour),
  ];
  const weighed = weigh(evidence, facts.warnings);
  const verdict: Verdict = { ...weighed, infills: infillsOf(facts) };
  return verdict.stage === "base" && facts.template !== undefined
    ? { ...verdict, warnings: [...verdict.warnings, TEMPLATE_ON_BASE] }
    : verdict;
}

/** Symptom `template-on-base`: tools that see the template offer a chat, and the chat is garbage. */
const TEMPLATE_ON_BASE: Text = {
  en: "It ships a chat template although it is a base model: tools will offer a chat, and the chat will not work.",
  zh: "它是基座模型却带有对话模板：工具会提供对话功能，但对话不会正常工作。",
};

/** Tokens of the families that infill. Sources: StarCoder, Qwen-Coder, DeepSeek-Coder, Code Llama, Codestral, Granite. */
const INFILL =
  /fim[_▁-]?(prefix|begin|hole|middle|suffix|end)|^▁?<(PRE|SUF|MID)>$|^\[(PREFIX|SUFFIX|MIDDLE)\]$|code_(prefix|suffix|middle)/i;

function infillsOf({ specialTokens }: ModelFacts): boolean | null {
  // A handful of named tokens, such as a special_tokens_map has, is no list.
  if (specialTokens === undefined || specialTokens.every(({ id }) => id === undefined)) return null;
  return specialTokens.some(({ text }) => text !== undefined && INFILL.test(text));
}
