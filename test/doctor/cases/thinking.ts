import { file, qwen, qwen3, response, TEMPLATES, transcript } from "../models.ts";
import { type Case, SFT, yaml } from "./case.ts";

export const THINKING_CASES: readonly Case[] = [
  // xorbitsai/inference#3647
  {
    id: "think-off-but-tags",
    how: "the soft switch",
    sureness: "certain",
    bring: () => ({
      transcript: transcript(
        ["user", "Give me JSON. /no_think"],
        ["assistant", '<think>\n\n</think>\n\n{"a": 1}'],
      ),
    }),
    healthy: () => ({
      transcript: transcript(["user", "Give me JSON. /no_think"], ["assistant", '{"a": 1}']),
    }),
  },
  // QwenLM/Qwen3#1297
  {
    id: "content-null",
    how: "the answer is among the thoughts",
    sureness: "certain",
    bring: () => ({
      output: response({ content: null, reasoning_content: "Paris is the capital of France." }),
    }),
    healthy: () => ({
      output: response({ content: "Paris.", reasoning_content: "They ask for the capital." }),
    }),
  },
  // DeepSeek-R1#352
  {
    id: "think-open-tag-in-prompt",
    how: "the template opens the thought",
    sureness: "certain",
    bring: () => ({
      reference: qwen({ name: "DeepSeek-R1-Distill-Qwen-7B", template: TEMPLATES.opened }),
      output: file("o.txt", "Okay, they ask for a sum.\n</think>\n\n4"),
    }),
    healthy: () => ({ reference: qwen3(), output: file("o.txt", "<think>\nOkay.\n</think>\n\n4") }),
  },
  // QwenLM/Qwen3.8#216
  {
    id: "eos-inside-think",
    how: "stopped inside the thought",
    sureness: "certain",
    bring: () => ({ output: response({ content: "<think>\nLet me see" }) }),
    healthy: () => ({ output: response({ content: "<think>\nLet me see\n</think>\n\n4" }) }),
  },
  {
    id: "budget-cut-in-think",
    how: "cut inside the thought",
    sureness: "certain",
    bring: () => ({ output: response({ content: "<think>\nLet me see" }, { finish_reason: "length" }) }),
    healthy: () => ({ output: response({ content: "A long story" }, { finish_reason: "length" }) }),
  },
  // LLaMA-Factory#9092
  {
    id: "wrong-think-tags-for-stage",
    how: "a switch that does nothing",
    sureness: "likely",
    bring: () => ({
      reference: qwen3({ name: "Qwen3-4B-Instruct-2507", template: TEMPLATES.chatml }),
      transcript: file("t.json", {
        messages: [{ role: "user", content: "Hi" }],
        chat_template_kwargs: { enable_thinking: false },
      }),
    }),
    healthy: () => ({
      reference: qwen3(),
      transcript: file("t.json", {
        messages: [{ role: "user", content: "Hi" }],
        chat_template_kwargs: { enable_thinking: false },
      }),
    }),
  },
  {
    id: "wrong-think-tags-for-stage",
    how: "qwen3_nothink on a hybrid",
    sureness: "likely",
    bring: () => ({
      reference: qwen3(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen3-8B",
        template: "qwen3_nothink",
        finetuning_type: "lora",
      }),
    }),
    healthy: () => ({
      reference: qwen3(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen3-8B",
        template: "qwen3",
        finetuning_type: "lora",
      }),
    }),
  },
];
