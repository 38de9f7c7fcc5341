import { blankFacts, type ModelFacts } from "../../src/stage/facts.ts";

/** The facts of a GGUF named so, with these changes. */
export function facts(name: string, changes: Partial<ModelFacts> = {}): ModelFacts {
  return { ...blankFacts(name, "GGUF"), names: [{ from: "reference", name }], ...changes };
}

/** The facts of a GGUF without a name. */
export function nameless(changes: Partial<ModelFacts>): ModelFacts {
  return { ...blankFacts("m.gguf", "GGUF"), ...changes };
}

export const END_OF_TEXT = {
  from: "GGUF",
  key: "tokenizer.ggml.eos_token_id",
  id: 3,
  text: "<|endoftext|>",
} as const;

export const TURN_END = { ...END_OF_TEXT, id: 4, text: "<|im_end|>" } as const;

export const CHATML =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** What a base does after an answer in its template, and an instruct model. */
export const GOES_ON = {
  inTemplate: { endProbability: [0.001, 0.02, 0.0001], argmaxEnds: [false, false, false] },
  withoutTemplate: { endProbability: [0.01, 0.1, 0.05], argmaxEnds: [false, false, false] },
} as const;
export const ENDS_TURN = {
  inTemplate: { endProbability: [0.99, 0.7, 0.95], argmaxEnds: [true, true, true] },
  withoutTemplate: { endProbability: [0.4, 0.2, 0.6], argmaxEnds: [true, false, true] },
} as const;
