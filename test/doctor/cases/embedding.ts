import { count } from "../../support/gguf.ts";
import { embedder, file, gguf } from "../models.ts";
import { type Case, CHATML_CONTROL } from "./case.ts";

export const EMBEDDING_CASES: readonly Case[] = [
  // tobi/qmd#714
  {
    id: "wrong-pooling",
    how: "mean where the family takes the last token",
    sureness: "certain",
    bring: () => ({
      reference: embedder({ pooling: { pooling_mode_lasttoken: false, pooling_mode_mean_tokens: true } }),
    }),
    healthy: () => ({ reference: embedder() }),
  },
  // ggml-org/llama.cpp#14234
  {
    id: "embedding-eos-missing",
    how: "ids that end otherwise",
    sureness: "certain",
    bring: () => ({ reference: embedder(), prompt: file("p.json", [3838, 374, 151645]) }),
    healthy: () => ({ reference: embedder(), prompt: file("p.json", [3838, 374, 151643]) }),
  },
  {
    id: "embedding-eos-missing",
    how: "an early conversion",
    sureness: "certain",
    bring: () => ({
      reference: gguf("Qwen3-Embedding-0.6B-Q8_0", ["a"], CHATML_CONTROL, { "qwen3.pooling_type": count(3) }),
    }),
    healthy: () => ({
      reference: gguf("Qwen3-Embedding-0.6B-Q8_0", ["a"], CHATML_CONTROL, {
        "qwen3.pooling_type": count(3),
        "tokenizer.ggml.add_eos_token": { type: "bool", value: true },
      }),
    }),
  },
  // openclaw/openclaw#45013
  {
    id: "query-instruction-missing",
    how: "a bare query",
    sureness: "likely",
    bring: () => ({ reference: embedder(), prompt: file("p.txt", "怎样办理退款？") }),
    healthy: () => ({
      reference: embedder(),
      prompt: file("p.txt", "Instruct: Find the answer\nQuery:怎样办理退款？"),
    }),
  },
  // plur-ai/plur#270
  {
    id: "post-pooling-layers-skipped",
    how: "vectors that are not normalised",
    sureness: "certain",
    bring: () => ({ reference: embedder(), output: file("v.json", { data: [{ embedding: [3.5, -4.25] }] }) }),
    healthy: () => ({
      reference: embedder(),
      output: file("v.json", { data: [{ embedding: [0.6, -0.8] }] }),
    }),
  },
  {
    id: "post-pooling-layers-skipped",
    how: "a GGUF without the dense layers",
    sureness: "certain",
    bring: () => ({
      reference: gguf("embeddinggemma-300m", ["a"], ["<eos>"], { "qwen3.pooling_type": count(1) }),
      parent: embedder({
        name: "embeddinggemma-300m",
        files: {
          "modules.json": [
            { type: "sentence_transformers.models.Transformer" },
            { type: "sentence_transformers.models.Pooling" },
            { type: "sentence_transformers.models.Dense" },
          ],
        },
      }),
    }),
  },
];
