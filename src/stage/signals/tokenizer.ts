import { marksTurns } from "../ends.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { observe } from "./observe.ts";

/** A vocabulary with so many numbered sounds was made to speak. */
const MANY_SOUNDS = 200;
const SOUND = /^<\|?(custom_token|speech_token|speech|audio|sound|s|snac|codec)[_-]?\d+\|?>$/i;

/** What the tokenizer's special tokens were made for: sounds to speak with, or turns that no template lays out. */
export function tokenizerSignal(facts: ModelFacts): Evidence[] {
  const tokens = facts.specialTokens ?? [];
  const sounds = tokens.filter(({ text }) => text !== undefined && SOUND.test(text)).length;
  if (sounds >= MANY_SOUNDS) {
    return [
      observe(
        "tokenizer",
        "sound tokens",
        5,
        { says: "other", kind: "speech synthesis" },
        {
          en: `Its vocabulary has ${sounds} numbered sounds: it was made to speak.`,
          zh: `其词表含有 ${sounds} 个编号的声音词元：用于生成语音。`,
        },
      ),
    ];
  }
  // Code of its own lays these turns out; a base of such a family has the same tokens, hence the low weight.
  if (facts.template !== undefined || facts.modules.length > 0) return [];
  // Where generation_config.json ends on the text alone, it does not end those turns.
  if (facts.generation !== undefined) return [];
  const speakers = tokens.find(({ text }) => text !== undefined && marksTurns(text));
  if (speakers === undefined) return [];
  return [
    observe(
      "tokenizer",
      "turn tokens",
      1,
      { says: "instruct", fitsToo: ["thinking", "hybrid"] },
      {
        en: `It has no chat template, but tokens that mark turns (${speakers.text}).`,
        zh: `它没有对话模板，但有标记轮次的词元（${speakers.text}）。`,
      },
    ),
  ];
}
