import {
  file,
  folder,
  llama3,
  qwen,
  qwen3,
  qwenBase,
  ROW_TOKENS,
  safetensors,
  TEMPLATES,
  untrainedRows,
} from "../models.ts";
import { type Case, rows, SFT, yaml } from "./case.ts";

export const TUNING_CASES: readonly Case[] = [
  // LLaMA-Factory#7943, unsloth#915
  {
    id: "untrained-control-tokens",
    how: "a LoRA on a base with turn tokens",
    sureness: "likely",
    bring: () => ({
      reference: qwenBase(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen2.5-7B",
        template: "qwen",
        finetuning_type: "lora",
        lora_target: "all",
      }),
    }),
    healthy: () => ({
      reference: qwenBase(),
      trainingConfig: yaml({
        ...SFT,
        model_name_or_path: "Qwen/Qwen2.5-7B",
        template: "qwen",
        finetuning_type: "lora",
        lora_target: "all",
        additional_target: "embed_tokens,lm_head",
      }),
    }),
  },
  {
    id: "untrained-control-tokens",
    how: "the rows themselves",
    sureness: "certain",
    bring: () => ({
      reference: qwenBase({
        tokens: ROW_TOKENS,
        config: { vocab_size: 64, hidden_size: 16, eos_token_id: 60, tie_word_embeddings: true },
        generation: { eos_token_id: 60 },
        files: { "model.safetensors": untrainedRows() },
      }),
      trainingConfig: yaml({ ...SFT, model_name_or_path: "base", template: "qwen", finetuning_type: "lora" }),
    }),
  },
  {
    id: "untrained-control-tokens",
    how: "the config alone",
    sureness: "likely",
    bring: () => ({
      trainingConfig: yaml({
        base_model: "meta-llama/Llama-3.1-8B",
        adapter: "lora",
        chat_template: "llama3",
        datasets: [{ path: "x", type: "chat_template" }],
      }),
    }),
    healthy: () => ({
      trainingConfig: yaml({
        base_model: "meta-llama/Llama-3.1-8B-Instruct",
        adapter: "lora",
        chat_template: "llama3",
        datasets: [{ path: "x", type: "chat_template" }],
      }),
    }),
  },
  {
    id: "untrained-control-tokens",
    how: "the adapter that came of it",
    sureness: "likely",
    bring: () => ({
      reference: folder({
        "adapter_config.json": {
          base_model_name_or_path: "Qwen/Qwen2.5-7B",
          target_modules: ["q_proj", "v_proj"],
          modules_to_save: null,
          peft_type: "LORA",
        },
        "tokenizer_config.json": {
          chat_template: TEMPLATES.chatml,
          eos_token: "<|im_end|>",
          added_tokens_decoder: { 151645: { content: "<|im_end|>" }, 151644: { content: "<|im_start|>" } },
        },
        "config.json": {},
      }),
    }),
    healthy: () => ({
      reference: folder({
        "adapter_config.json": {
          base_model_name_or_path: "Qwen/Qwen2.5-7B",
          target_modules: ["q_proj", "v_proj"],
          modules_to_save: ["embed_tokens", "lm_head"],
          peft_type: "LORA",
        },
        "tokenizer_config.json": { chat_template: TEMPLATES.chatml },
        "config.json": {},
      }),
    }),
  },
  // peft#1298, axolotl#1570
  {
    id: "new-tokens-not-trained",
    how: "axolotl's tokens without the modules",
    sureness: "certain",
    bring: () => ({
      trainingConfig: yaml({
        base_model: "NousResearch/Llama-2-7b-hf",
        adapter: "lora",
        tokens: ["<chart>", "</chart>"],
        datasets: [{ path: "x", type: "alpaca" }],
      }),
    }),
    healthy: () => ({
      trainingConfig: yaml({
        base_model: "NousResearch/Llama-2-7b-hf",
        adapter: "lora",
        tokens: ["<chart>"],
        lora_modules_to_save: ["embed_tokens", "lm_head"],
        datasets: [{ path: "x", type: "alpaca" }],
      }),
    }),
  },
  // transformers#45127
  {
    id: "tied-weights-collapse",
    how: "a trained head beside a tied config",
    sureness: "certain",
    bring: () => ({
      reference: qwen({
        config: { tie_word_embeddings: true },
        files: {
          "model.safetensors": safetensors({
            "model.embed_tokens.weight": [1, 2, 3],
            "lm_head.weight": [1, 2, 4],
          }),
        },
      }),
    }),
    healthy: () => ({
      reference: qwen({
        config: { tie_word_embeddings: true },
        files: {
          "model.safetensors": safetensors({
            "model.embed_tokens.weight": [1, 2, 3],
            "lm_head.weight": [1, 2, 3],
          }),
        },
      }),
    }),
  },
  // LLaMA-Factory#2456: trained on the base, put on the chat model.
  {
    id: "adapter-on-wrong-parent",
    how: "names one suffix apart",
    sureness: "likely",
    bring: () => ({
      reference: folder({
        "adapter_config.json": { base_model_name_or_path: "Qwen/Qwen1.5-1.8B", target_modules: ["q_proj"] },
        "config.json": {},
      }),
      parent: qwen({ name: "Qwen1.5-1.8B-Chat" }),
    }),
    healthy: () => ({
      reference: folder({
        "adapter_config.json": {
          base_model_name_or_path: "Qwen/Qwen1.5-1.8B-Chat",
          target_modules: ["q_proj"],
        },
        "config.json": {},
      }),
      parent: qwen({ name: "Qwen1.5-1.8B-Chat" }),
    }),
  },
  // open-instruct#142
  {
    id: "merge-vocab-mismatch",
    how: "more tokens than rows",
    sureness: "certain",
    bring: () => ({ reference: qwen({ config: { vocab_size: 151640 } }) }),
    healthy: () => ({ reference: qwen() }),
  },
  {
    id: "merge-vocab-mismatch",
    how: "PyTorch's message",
    sureness: "certain",
    bring: () => ({
      output: file(
        "e.txt",
        "RuntimeError: Error(s) in loading state_dict:\n\tsize mismatch for base_model.model.model.embed_tokens.weight: copying a param with shape torch.Size([151665, 3584])",
      ),
    }),
  },
  // alignment-handbook#127
  {
    id: "double-bos-in-training",
    how: "prepared rows",
    sureness: "certain",
    bring: () => ({
      reference: llama3(),
      trainingData: rows({ input_ids: [128000, 128000, 9906, 128009], labels: [-100, -100, 9906, 128009] }),
    }),
    healthy: () => ({
      reference: llama3(),
      trainingData: rows({ input_ids: [128000, 9906, 128009], labels: [-100, 9906, 128009] }),
    }),
  },
  // LLaMA-Factory#9189, transformers#48592
  {
    id: "trainer-aligns-silently",
    how: "ids before and after",
    sureness: "likely",
    bring: () => ({
      reference: qwen({ name: "out", config: { eos_token_id: 151645 } }),
      parent: qwenBase({ config: { bos_token_id: 151643 } }),
    }),
    healthy: () => ({ reference: qwenBase({ name: "out" }), parent: qwenBase() }),
  },
  {
    id: "trainer-aligns-silently",
    how: "the trainer's warning",
    sureness: "certain",
    bring: () => ({
      output: file(
        "log.txt",
        "The tokenizer has new PAD/BOS/EOS tokens that differ from the model config and generation config. The model config and generation config were aligned accordingly, being updated with the tokenizer's values.",
      ),
    }),
  },
  // LLaMA-Factory#7905, ms-swift#5507
  {
    id: "sft-kills-thinking",
    how: "plain answers for a model that thinks",
    sureness: "certain",
    bring: () => ({
      reference: qwen3(),
      trainingData: rows({
        messages: [
          { role: "user", content: "1+1?" },
          { role: "assistant", content: "2" },
        ],
      }),
    }),
    healthy: () => ({
      reference: qwen3(),
      trainingData: rows({
        messages: [
          { role: "user", content: "1+1?" },
          { role: "assistant", content: "<think>\nOne more.\n</think>\n\n2" },
        ],
      }),
    }),
  },
];
