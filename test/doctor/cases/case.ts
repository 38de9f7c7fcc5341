import type { ExamineOptions } from "../../../src/doctor/examine.ts";
import type { Sureness, SymptomId } from "../../../src/stage/symptoms/symptom.ts";
import { count, text } from "../../support/gguf.ts";
import { file, gguf, TEMPLATES, transcript } from "../models.ts";

/** One reported case, rebuilt in small: what is brought, what must be found, and the same without the fault. */
export interface Case {
  readonly id: SymptomId;
  readonly how: string;
  readonly sureness: Sureness;
  readonly bring: () => ExamineOptions;
  /** What differs where nothing is wrong. */
  readonly healthy?: () => ExamineOptions;
}

export const HELLO = transcript(["user", "Hello"], ["assistant", "Hello! How can I help you today?"]);
export const IDS = { im_start: 151644, im_end: 151645, text_end: 151643 };
export const SFT = { stage: "sft", do_train: true, dataset: "mine", cutoff_len: 2048 };
export const yaml = (value: object) => file("train.yaml", value);
export const rows = (...examples: readonly object[]) =>
  file("data.jsonl", examples.map((row) => JSON.stringify(row)).join("\n"));
export const turn = (...ids: number[]) => [IDS.im_start, 77091, 198, ...ids];
export const CHATML_CONTROL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"];
export const instructGguf = (name: string, keys = {}) =>
  gguf(name, ["a", "b"], CHATML_CONTROL, {
    "tokenizer.chat_template": text(TEMPLATES.chatml),
    "tokenizer.ggml.eos_token_id": count(3),
    ...keys,
  });
