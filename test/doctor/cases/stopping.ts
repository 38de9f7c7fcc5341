import { count, text } from "../../support/gguf.ts";
import { file, gguf, qwen, qwen3, qwenBase } from "../models.ts";
import { type Case, IDS, instructGguf, rows, turn, yaml } from "./case.ts";

export const STOPPING_CASES: readonly Case[] = [
  // mlx-lm#1414, transformers#38330: stops in vLLM, not in transformers.
  {
    id: "eos-disagree",
    how: "generation_config.json names the end of the text alone",
    sureness: "certain",
    bring: () => ({ reference: qwen({ generation: { eos_token_id: 151643 } }) }),
    healthy: () => ({ reference: qwen() }),
  },
  // LLaMA-Factory#9338, ms-swift#3108
  {
    id: "base-eos-kept-after-sft",
    how: "an SFT that kept the base's ends",
    sureness: "certain",
    bring: () => ({
      reference: qwen({
        name: "my-Qwen2.5-7B-Instruct",
        config: { eos_token_id: 151643 },
        generation: { eos_token_id: 151643 },
        tokenizer: { eos_token: "<|endoftext|>" },
        files: {
          "README.md":
            "---\nbase_model: Qwen/Qwen2.5-7B\nbase_model_relation: finetune\npipeline_tag: text-generation\ntags:\n- conversational\n- sft\n---\n# my-Qwen2.5-7B-Instruct\nA chat model.\n",
        },
      }),
    }),
    healthy: () => ({ reference: qwen() }),
  },
  // QwenLM/Qwen3#1422
  {
    id: "chat-eos-on-base",
    how: "the base's tokenizer says the end of a turn",
    sureness: "certain",
    bring: () => ({ reference: qwenBase({ tokenizer: { eos_token: "<|im_end|>" } }) }),
    healthy: () => ({ reference: qwenBase() }),
  },
  // trl#1623, open-r1#494
  {
    id: "eos-masked",
    how: "prepared rows without a label on the end",
    sureness: "certain",
    bring: () => ({
      reference: qwen(),
      trainingData: rows(
        { input_ids: turn(9707, IDS.im_end), labels: [-100, -100, -100, 9707, -100] },
        { input_ids: turn(42, 43, IDS.im_end), labels: [-100, -100, -100, 42, 43, -100] },
      ),
    }),
    healthy: () => ({
      reference: qwen(),
      trainingData: rows({
        input_ids: turn(9707, IDS.im_end, 198),
        labels: [-100, -100, -100, 9707, IDS.im_end, -100],
      }),
    }),
  },
  {
    id: "eos-masked",
    how: "pad_token is the end token",
    sureness: "likely",
    bring: () => ({
      trainingConfig: yaml({
        base_model: "Qwen/Qwen2.5-7B",
        chat_template: "chatml",
        datasets: [{ path: "x", type: "chat_template" }],
        special_tokens: { pad_token: "<|im_end|>", eos_token: "<|im_end|>" },
      }),
    }),
    healthy: () => ({
      trainingConfig: yaml({
        base_model: "Qwen/Qwen2.5-7B",
        chat_template: "chatml",
        datasets: [{ path: "x", type: "chat_template" }],
        special_tokens: { pad_token: "<|endoftext|>", eos_token: "<|im_end|>" },
      }),
    }),
  },
  // trl#2059
  {
    id: "eos-never-appended",
    how: "prepared rows without an end",
    sureness: "certain",
    bring: () => ({
      reference: qwen(),
      trainingData: rows(
        { input_ids: turn(1, 2), labels: turn(1, 2) },
        { input_ids: turn(5, 6), labels: turn(5, 6) },
      ),
    }),
    healthy: () => ({
      reference: qwen(),
      trainingData: rows({ input_ids: turn(1, IDS.im_end), labels: turn(1, IDS.im_end) }),
    }),
  },
  {
    id: "eos-never-appended",
    how: "plain text through TRL",
    sureness: "suspicion",
    bring: () => ({
      trainingConfig: yaml({
        model_name_or_path: "Qwen/Qwen2.5-7B",
        dataset_text_field: "text",
        per_device_train_batch_size: 4,
        num_train_epochs: 3,
      }),
    }),
  },
  // ggml-org/llama.cpp#6772: Llama 3 ends turns with <|eot_id|> and declares <|end_of_text|>.
  {
    id: "second-stop-missing",
    how: "a GGUF with one of two ends, the other of no known name",
    sureness: "certain",
    bring: () => ({
      reference: gguf(
        "Granite-Instruct",
        ["a"],
        ["<|start_of_role|>", "<|end_of_role|>", "<|end_of_turn|>", "<|end_of_text|>"],
        {
          "tokenizer.chat_template": text(
            "{% for m in messages %}<|start_of_role|>{{ m.role }}<|end_of_role|>{{ m.content }}<|end_of_turn|>\n{% endfor %}{% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %}",
          ),
          "tokenizer.ggml.eos_token_id": count(4),
        },
      ),
    }),
    healthy: () => ({ reference: instructGguf("Qwen2.5-7B-Instruct") }),
  },
  {
    id: "second-stop-missing",
    how: "the turn end as text in the output",
    sureness: "certain",
    bring: () => ({
      output: file(
        "o.txt",
        "Sure, foo.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHere is the output:",
      ),
    }),
    healthy: () => ({ output: file("o.txt", "Sure, foo.<|eot_id|>") }),
  },
  {
    id: "second-stop-missing",
    how: "what is left of a hidden header",
    sureness: "likely",
    bring: () => ({
      output: file("o.txt", "Sure, foo.assistant\n\nHere is the output: fooassistant\n\nHere is the output:"),
    }),
    healthy: () => ({ output: file("o.txt", "Ask your assistant\n\nor ask me.") }),
  },
  // ollama#6915
  {
    id: "leak-after-endoftext",
    how: "a dialogue behind the end",
    sureness: "certain",
    bring: () => ({
      output: file(
        "o.txt",
        "The answer is 4.<|endoftext|>Human: I've been under a lot of pressure at work lately.",
      ),
    }),
    healthy: () => ({ output: file("o.txt", "The answer is 4.<|endoftext|>") }),
  },
  {
    id: "leak-after-endoftext",
    how: "the id in the middle",
    sureness: "certain",
    bring: () => ({ reference: qwen(), output: file("o.json", [19, 13, IDS.text_end, 33975, 25]) }),
    healthy: () => ({ reference: qwen(), output: file("o.json", [19, 13, IDS.text_end]) }),
  },
  // benchlocal-cli#36, textgen#7058
  {
    id: "greedy-thinking-loop",
    how: "temperature 0 and the loop",
    sureness: "certain",
    bring: () => ({
      reference: qwen3(),
      transcript: file("t.json", {
        request: { messages: [{ role: "user", content: "Solve it." }], temperature: 0 },
        response: {
          choices: [
            {
              message: { role: "assistant", content: `<think>\n${"I'll use \\boxed{460}. ".repeat(40)}` },
              finish_reason: "length",
            },
          ],
        },
      }),
    }),
    healthy: () => ({
      reference: qwen3(),
      transcript: file("t.json", {
        request: { messages: [{ role: "user", content: "Solve it." }], temperature: 0.6 },
        response: {
          choices: [
            {
              message: { role: "assistant", content: "<think>\nFirst, add.\n</think>\n\n460" },
              finish_reason: "stop",
            },
          ],
        },
      }),
    }),
  },
  {
    id: "greedy-thinking-loop",
    how: "the model's own file says greedy",
    sureness: "likely",
    bring: () => ({ reference: qwen3({ generation: { do_sample: false } }) }),
    healthy: () => ({ reference: qwen3() }),
  },
];
