import { count, text } from "../../support/gguf.ts";
import { file, gemma, gguf, llama3, qwen, qwen3, qwenBase, TEMPLATES, transcript } from "../models.ts";
import { type Case, instructGguf, SFT, yaml } from "./case.ts";

export const TEMPLATE_CASES: readonly Case[] = [
  // QwenLM/Qwen3#1124 again: what made every runtime go along.
  {
    id: "template-on-base",
    how: "Qwen2.5 base",
    sureness: "likely",
    bring: () => ({ reference: qwenBase() }),
    healthy: () => ({ reference: qwen() }),
  },
  // vllm#7978
  {
    id: "no-template",
    how: "an instruct model without one",
    sureness: "certain",
    bring: () => ({ reference: qwen({ tokenizer: { chat_template: undefined } }) }),
    healthy: () => ({
      reference: qwen({
        tokenizer: { chat_template: undefined },
        files: { "chat_template.jinja": TEMPLATES.qwen25 },
      }),
    }),
  },
  {
    id: "no-template",
    how: "vLLM's message",
    sureness: "certain",
    bring: () => ({
      output: file(
        "out.txt",
        "BadRequestError: As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if the tokenizer does not define one.",
      ),
    }),
  },
  // text-generation-inference#3247, LLaMA-Factory#8399
  {
    id: "template-lost-in-pipeline",
    how: "the parent has one",
    sureness: "certain",
    bring: () => ({
      reference: qwen({ name: "my-merge-Instruct", tokenizer: { chat_template: undefined } }),
      parent: qwen(),
    }),
    healthy: () => ({ reference: qwen({ name: "my-merge-Instruct" }), parent: qwen() }),
  },
  {
    id: "template-lost-in-pipeline",
    how: "two places that differ",
    sureness: "certain",
    bring: () => ({ reference: qwen({ files: { "chat_template.jinja": TEMPLATES.chatml } }) }),
    healthy: () => ({
      reference: qwen({ files: { "chat_template.jinja": `${TEMPLATES.qwen25}{# saved anew #}` } }),
    }),
  },
  // ggml-org/llama.cpp#5425: ChatML on a Llama vocabulary.
  {
    id: "wrong-template",
    how: "markers that are no tokens",
    sureness: "likely",
    bring: () => ({ reference: llama3({ template: TEMPLATES.chatml }) }),
    healthy: () => ({ reference: llama3() }),
  },
  {
    id: "wrong-template",
    how: "a GGUF, which lists its whole vocabulary",
    sureness: "certain",
    bring: () => ({
      reference: gguf(
        "Llama-3-8B-Instruct",
        ["a"],
        ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        {
          "tokenizer.chat_template": text(TEMPLATES.chatml),
        },
      ),
    }),
    healthy: () => ({
      // Some families keep the marks among their words.
      reference: gguf("Yi-6B-Chat", ["a", "<|im_start|>", "<|im_end|>"], ["<|endoftext|>"], {
        "tokenizer.chat_template": text(TEMPLATES.chatml),
        "tokenizer.ggml.eos_token_id": count(2),
      }),
    }),
  },
  {
    id: "wrong-template",
    how: "a prompt laid out for another family",
    sureness: "certain",
    bring: () => ({
      reference: llama3(),
      prompt: file("p.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"),
    }),
    healthy: () => ({
      reference: qwen(),
      prompt: file("p.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"),
    }),
  },
  // LLaMA-Factory#6736: Qwen trained with the template llama3.
  {
    id: "train-serve-template-skew",
    how: "the trainer's template is another's",
    sureness: "certain",
    bring: () => ({
      reference: qwen(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen2.5-7B-Instruct",
        template: "llama3",
        finetuning_type: "lora",
      }),
    }),
    healthy: () => ({
      reference: qwen(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen2.5-7B-Instruct",
        template: "qwen",
        finetuning_type: "lora",
      }),
    }),
  },
  {
    id: "train-serve-template-skew",
    how: "the prompt that was sent is laid out otherwise",
    sureness: "certain",
    bring: () => ({
      reference: qwen(),
      transcript: transcript(["user", "Hi"]),
      prompt: file("p.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"),
    }),
    healthy: () => ({
      reference: qwen(),
      transcript: transcript(["system", "Be brief."], ["user", "Hi"]),
      prompt: file(
        "p.txt",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
      ),
    }),
  },
  // transformers#26539, DeepSeek-Coder#83
  {
    id: "no-generation-prompt",
    how: "the prompt ends with the user's turn",
    sureness: "certain",
    bring: () => ({ reference: qwen(), prompt: file("p.txt", "<|im_start|>user\nHi<|im_end|>\n") }),
    healthy: () => ({
      reference: qwen(),
      prompt: file("p.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"),
    }),
  },
  {
    id: "no-generation-prompt",
    how: "the template ignores the switch",
    sureness: "likely",
    bring: () => ({
      reference: qwen({
        template: TEMPLATES.qwen25.replace(
          "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
          "",
        ),
      }),
    }),
    healthy: () => ({ reference: qwen() }),
  },
  // ggml-org/llama.cpp#7332
  {
    id: "double-bos",
    how: "ids",
    sureness: "certain",
    bring: () => ({
      reference: llama3(),
      prompt: file(
        "p.json",
        [128000, 128000, 128006, 882, 128007, 271, 13347, 128009, 128006, 78191, 128007, 271],
      ),
    }),
    healthy: () => ({
      reference: llama3(),
      prompt: file("p.json", [128000, 128006, 882, 128007, 271, 13347, 128009, 128006, 78191, 128007, 271]),
    }),
  },
  {
    id: "double-bos",
    how: "the text of a prompt",
    sureness: "certain",
    bring: () => ({
      prompt: file(
        "p.txt",
        "<|begin_of_text|><|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
      ),
    }),
    healthy: () => ({
      prompt: file("p.txt", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"),
    }),
  },
  // ggml-org/llama.cpp#7898: sequences begin with a comma, token 11.
  {
    id: "phantom-bos",
    how: "the begin token is a comma",
    sureness: "certain",
    bring: () => ({
      reference: instructGguf("Qwen2-7B-Instruct", { "tokenizer.ggml.bos_token_id": count(0) }),
    }),
    healthy: () => ({
      reference: instructGguf("Qwen2-7B-Instruct", {
        "tokenizer.ggml.bos_token_id": count(4),
        "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
      }),
    }),
  },
  // lm-evaluation-harness#2109
  {
    id: "system-role",
    how: "Gemma refuses it",
    sureness: "certain",
    bring: () => ({ reference: gemma(), transcript: transcript(["system", "Be brief."], ["user", "Hi"]) }),
    healthy: () => ({ reference: gemma(), transcript: transcript(["user", "Hi"]) }),
  },
  {
    id: "system-role",
    how: "the message",
    sureness: "certain",
    bring: () => ({ output: file("e.txt", "jinja2.exceptions.TemplateError: System role not supported") }),
  },
  // ollama#6873: "I am Qwen, created by Alibaba Cloud" in a custom bot.
  {
    id: "default-system-prompt",
    how: "it speaks by a prompt nobody gave",
    sureness: "certain",
    bring: () => ({
      reference: qwen(),
      transcript: transcript(["user", "Who are you?"], ["assistant", "I am Qwen, created by Alibaba Cloud."]),
    }),
    healthy: () => ({
      reference: qwen3(),
      transcript: transcript(["user", "Who are you?"], ["assistant", "I am Qwen."]),
    }),
  },
  // ggufdoctor's survey: files that differ on tools only.
  {
    id: "tools-path-only",
    how: "against the parent",
    sureness: "certain",
    bring: () => ({
      reference: qwen3({ template: TEMPLATES.qwen3.replace("# Tools", "# Functions") }),
      parent: qwen3(),
    }),
    healthy: () => ({ reference: qwen3(), parent: qwen3() }),
  },
  // lmstudio-bug-tracker#535: "Unknown test: sequence".
  {
    id: "template-will-not-render",
    how: "another Jinja",
    sureness: "certain",
    bring: () => ({
      reference: qwen({
        template:
          "{% for m in messages %}{% if m.content is nosuchtest %}{{ m.content }}{% endif %}{% endfor %}",
      }),
    }),
    healthy: () => ({ reference: qwen() }),
  },
  {
    id: "template-will-not-render",
    how: "roles that do not alternate",
    sureness: "certain",
    bring: () => ({ reference: gemma(), transcript: transcript(["user", "Hi"], ["user", "Are you there?"]) }),
    healthy: () => ({
      reference: gemma(),
      transcript: transcript(["user", "Hi"], ["assistant", "Yes"], ["user", "Good"]),
    }),
  },
  {
    id: "template-will-not-render",
    how: "it never ends",
    sureness: "certain",
    bring: () => ({
      reference: qwen({
        template:
          "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
      }),
    }),
  },
];
