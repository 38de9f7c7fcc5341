import { count, text } from "../../support/gguf.ts";
import { embedder, file, gguf, llama3, qwen, qwen3, qwenBase, transcript } from "../models.ts";
import { type Case, CHATML_CONTROL, HELLO, SFT, yaml } from "./case.ts";

export const WRONG_STAGE_CASES: readonly Case[] = [
  // QwenLM/Qwen3#1124: the base in a chat, multilingual word salad.
  {
    id: "base-in-chat",
    how: "a base and its salad",
    sureness: "likely",
    bring: () => ({
      reference: qwenBase(),
      transcript: transcript(
        ["user", "hello"],
        ["assistant", "ülü 的 приветствие 사람들 สวัสดี ครับ مرحبا بكم 你好世界 hello ok"],
      ),
    }),
    healthy: () => ({ reference: qwen(), transcript: HELLO }),
  },
  {
    id: "base-in-chat",
    how: "the salad alone",
    sureness: "suspicion",
    bring: () => ({ output: file("out.txt", "abc приветствие 사람들이 สวัสดีครับ مرحبا 你好世界 ok") }),
    healthy: () => ({ output: file("out.txt", "Bonjour signifie 你好 en chinois.") }),
  },
  // FlashML-org/FreeToken#121, huggingface.js#521
  {
    id: "base-mislabelled-as-chat",
    how: "a hub tag says conversational",
    sureness: "suspicion",
    bring: () => ({
      reference: qwenBase({ files: { "README.md": "---\ntags:\n- conversational\n---\n# Qwen2.5-7B\n" } }),
    }),
    healthy: () => ({ reference: qwenBase() }),
  },
  // ollama#5919, #6600: the plain name is the chat model.
  {
    id: "instruct-as-base",
    how: "continued pretraining on Qwen3-8B",
    sureness: "likely",
    bring: () => ({
      reference: qwen3(),
      trainingConfig: yaml({
        ...SFT,
        stage: "pt",
        model_name_or_path: "Qwen/Qwen3-8B",
        finetuning_type: "full",
      }),
    }),
    healthy: () => ({
      reference: qwenBase(),
      trainingConfig: yaml({
        ...SFT,
        stage: "pt",
        model_name_or_path: "Qwen/Qwen2.5-7B",
        finetuning_type: "full",
      }),
    }),
  },
  // EleutherAI/lm-evaluation-harness#1841
  {
    id: "instruct-without-template",
    how: "raw text",
    sureness: "certain",
    bring: () => ({ reference: qwen(), prompt: file("prompt.txt", "What is the capital of France?") }),
    healthy: () => ({
      reference: qwen(),
      prompt: file("prompt.txt", "<|im_start|>user\nWhat is the capital?<|im_end|>\n<|im_start|>assistant\n"),
    }),
  },
  {
    id: "instruct-without-template",
    how: "raw ids",
    sureness: "certain",
    bring: () => ({ reference: qwen(), prompt: file("prompt.json", [3838, 374, 279, 6722, 315, 9625, 30]) }),
    healthy: () => ({
      reference: qwen(),
      prompt: file("prompt.json", [151644, 872, 198, 9707, 151645, 198, 151644, 77091, 198]),
    }),
  },
  // lm-evaluation-harness#2990
  {
    id: "template-hurts-eval",
    how: "MMLU through the template",
    sureness: "likely",
    bring: () => ({
      prompt: file(
        "prompt.txt",
        "<|im_start|>user\nWhat is 2 + 2?\nA. 3\nB. 4\nC. 5\nD. 6\nAnswer:<|im_end|>\n<|im_start|>assistant\n",
      ),
      output: file("out.txt", "The correct answer is B. 4."),
    }),
    healthy: () => ({
      prompt: file("prompt.txt", "What is 2 + 2?\nA. 3\nB. 4\nAnswer:"),
      output: file("out.txt", " B"),
    }),
  },
  // deepseek-ai/DeepSeek-Coder#80
  {
    id: "fim-wrong-stage",
    how: "no such tokens in the vocabulary",
    sureness: "likely",
    bring: () => ({
      reference: llama3(),
      prompt: file("prompt.txt", "<|fim_prefix|>def f(x):\n<|fim_suffix|>\nf(1)<|fim_middle|>"),
    }),
    healthy: () => ({
      reference: qwenBase({
        name: "Qwen2.5-Coder-7B",
        tokens: {
          151643: "<|endoftext|>",
          151644: "<|im_start|>",
          151645: "<|im_end|>",
          151659: "<|fim_prefix|>",
        },
      }),
      prompt: file("prompt.txt", "<|fim_prefix|>def f(x):\n<|fim_suffix|>\nf(1)<|fim_middle|>"),
    }),
  },
  {
    id: "fim-wrong-stage",
    how: "it explains instead",
    sureness: "likely",
    bring: () => ({
      prompt: file("prompt.txt", "<|fim_prefix|>def f(x):\n<|fim_suffix|>\nf(1)<|fim_middle|>"),
      output: file("out.txt", "Here is the missing part:\n```python\n    return x\n```"),
    }),
  },
  // ollama#7909, #12182
  {
    id: "embedding-in-chat",
    how: "an embedding model and a chat",
    sureness: "likely",
    bring: () => ({ reference: embedder(), transcript: HELLO }),
    healthy: () => ({ reference: embedder() }),
  },
  {
    id: "embedding-in-chat",
    how: "Ollama's message",
    sureness: "certain",
    bring: () => ({ output: file("out.json", { error: '"bge-m3" does not support chat' }) }),
  },
  // docker/for-mac#7670
  {
    id: "chat-as-embedding",
    how: "llama-server's message",
    sureness: "certain",
    bring: () => ({
      output: file("out.json", {
        error: { message: "Pooling type 'none' is not OAI compatible. Please use a different pooling type" },
      }),
    }),
  },
  {
    id: "chat-as-embedding",
    how: "vectors of a chat model",
    sureness: "certain",
    bring: () => ({
      reference: llama3(),
      output: file("v.json", { data: [{ embedding: [0.1, 0.25] }, { embedding: [0.1, 0.26] }] }),
    }),
    healthy: () => ({ reference: embedder(), output: file("v.json", { data: [{ embedding: [0.6, 0.8] }] }) }),
  },
  // ollama#12757: the conversion left pooling_type out.
  {
    id: "embedder-not-recognised",
    how: "a GGUF without the key",
    sureness: "likely",
    bring: () => ({
      reference: gguf("Qwen3-Embedding-0.6B-Q8_0", ["a"], CHATML_CONTROL, {
        "tokenizer.ggml.add_eos_token": { type: "bool", value: true },
      }),
    }),
    healthy: () => ({
      reference: gguf("Qwen3-Embedding-0.6B-Q8_0", ["a"], CHATML_CONTROL, {
        "qwen3.pooling_type": count(3),
        "tokenizer.ggml.add_eos_token": { type: "bool", value: true },
      }),
    }),
  },
  // ggml-org/llama.cpp#25447, withcatai/node-llama-cpp#550
  {
    id: "reranker-as-llm",
    how: "no head, and scores that are all alike",
    sureness: "certain",
    bring: () => ({
      reference: gguf("Qwen3-Reranker-0.6B-q8_0", ["a"], CHATML_CONTROL),
      output: file("scores.json", {
        results: [1, 2, 3].map((index) => ({ index, relevance_score: 4.5e-23 })),
      }),
    }),
    healthy: () => ({
      reference: gguf(
        "Qwen3-Reranker-0.6B-q8_0",
        ["a"],
        CHATML_CONTROL,
        { "qwen3.pooling_type": count(4), "tokenizer.chat_template.rerank": text("{{ query }}") },
        {
          tensors: [
            { name: "token_embd.weight", shape: [8, 4] },
            { name: "cls.output.weight", shape: [8, 2] },
          ],
        },
      ),
      output: file("scores.json", {
        results: [0.98, 0.02, 0.001].map((relevance_score, index) => ({ index, relevance_score })),
      }),
    }),
  },
];
