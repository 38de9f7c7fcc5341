import type { Architecture, ModelShape } from "../../src/catalog/shape.ts";

const tiny = {
  layers: 8,
  hiddenSize: 256,
  heads: 4,
  kvHeads: 2,
  headSize: 64,
  feedForwardSize: 512,
  vocabularySize: 2048,
  tied: true,
} as const;
const experts = { count: 4, active: 2, size: 256, sharedSize: 0 };
const linearAttention = { fullEvery: 4, keyHeads: 4, valueHeads: 4, headSize: 64, convolution: 4 };

/** A small model of every architecture that writes text. */
export const TINY_SHAPES: Readonly<Record<Exclude<Architecture, "bert">, ModelShape>> = {
  llama: { ...tiny, architecture: "llama", layers: 17, tied: false },
  smollm3: { ...tiny, architecture: "smollm3" },
  qwen2: { ...tiny, architecture: "qwen2", heads: 7, hiddenSize: 448, vocabularySize: 2016 },
  qwen3: { ...tiny, architecture: "qwen3", headSize: 128 },
  qwen3moe: { ...tiny, architecture: "qwen3moe", layers: 9, tied: false, experts },
  qwen35: { ...tiny, architecture: "qwen35", layers: 12, linearAttention },
  qwen35moe: {
    ...tiny,
    architecture: "qwen35moe",
    tied: false,
    experts: { ...experts, sharedSize: 256 },
    linearAttention: { ...linearAttention, valueHeads: 8 },
  },
  gemma3: {
    ...tiny,
    architecture: "gemma3",
    layers: 12,
    kvHeads: 1,
    headSize: 128,
    slidingWindow: { size: 512, fullEvery: 6 },
  },
  phi3: { ...tiny, architecture: "phi3", tied: false },
  "gpt-oss": {
    ...tiny,
    architecture: "gpt-oss",
    heads: 8,
    tied: false,
    experts,
    slidingWindow: { size: 128, fullEvery: 2 },
  },
};
