import {
  APACHE,
  ENGLISH,
  GEMMA,
  HUNDRED,
  LLAMA_31,
  LLAMA_32,
  LLAMA_33,
  LLAMA_LANGUAGES,
  MIT,
  published,
} from "../facts.ts";
import type { CatalogueModel, SamplingAdvice } from "../model.ts";
import type { ModelShape } from "../shape.ts";

const LITGPT = "Lightning-AI/litgpt:litgpt/config.py@0006c97 (shapes)";
const CARDS = "licence, languages and dates from the model cards";
const RECALLED = ["licence", "languages", "released"] as const;
const LISTED = "named in public model lists";
/** What ggml-org publishes of a model. */
const FEW = ["Q4_K_M", "Q8_0", "F16"] as const;

const llama = (
  layers: number,
  hiddenSize: number,
  heads: number,
  kvHeads: number,
  feedForwardSize: number,
  vocabularySize: number,
  tied: boolean,
  headSize = hiddenSize / heads,
): ModelShape => ({
  architecture: "llama",
  layers,
  hiddenSize,
  heads,
  kvHeads,
  headSize,
  feedForwardSize,
  vocabularySize,
  tied,
});

const gemma = (
  layers: number,
  hiddenSize: number,
  heads: number,
  kvHeads: number,
  feedForwardSize: number,
  window: number,
  headSize = 256,
): ModelShape => ({
  architecture: "gemma3",
  layers,
  hiddenSize,
  heads,
  kvHeads,
  headSize,
  feedForwardSize,
  vocabularySize: 262_144,
  tied: true,
  slidingWindow: { size: window, fullEvery: 6 },
});

const gptOss = (layers: number, experts: number): ModelShape => ({
  architecture: "gpt-oss",
  layers,
  hiddenSize: 2880,
  heads: 64,
  kvHeads: 8,
  headSize: 64,
  feedForwardSize: 2880,
  vocabularySize: 201_088,
  tied: false,
  experts: { count: experts, active: 4, size: 2880, sharedSize: 0 },
  slidingWindow: { size: 128, fullEvery: 2 },
});

const LLAMA_SAMPLING: SamplingAdvice = {
  mode: "non-thinking",
  temperature: 0.6,
  topP: 0.9,
  source: "generation_config.json of Llama-3.2-3B-Instruct",
};
const GEMMA_SAMPLING: SamplingAdvice = {
  mode: "non-thinking",
  temperature: 1,
  topP: 0.95,
  topK: 64,
  source: "generation_config.json of gemma-3-4b-it",
};

/** A base with the model tuned from it; both share all but what they are for. */
function pair(
  shared: Omit<CatalogueModel, "reference" | "stage" | "capabilities" | "sampling" | "base">,
  base: string,
  tuned: Pick<CatalogueModel, "reference" | "stage" | "capabilities" | "sampling" | "gguf">,
): CatalogueModel[] {
  return [
    { ...shared, reference: base, stage: "base", capabilities: [], sampling: [] },
    { ...shared, base, ...tuned },
  ];
}

function llamaPair(
  version: "3.1" | "3.2",
  size: string,
  shape: ModelShape,
  released: string,
): CatalogueModel[] {
  const name = `Llama-${version}-${size}`;
  return pair(
    {
      family: "Llama 3",
      released,
      shape,
      context: 131_072,
      languages: LLAMA_LANGUAGES,
      licence: version === "3.1" ? LLAMA_31 : LLAMA_32,
      source: `citsjtu2020/LLM-Prof:sglang/Model_Config.md, ${LITGPT}; ${CARDS}`,
      fromMemory: RECALLED,
    },
    `meta-llama/${name}`,
    {
      reference: `meta-llama/${name}-Instruct`,
      stage: "instruct",
      capabilities: ["tools"],
      sampling: [LLAMA_SAMPLING],
      ...published(
        `bartowski/${version === "3.1" ? "Meta-" : ""}${name}-Instruct-GGUF`,
        "the 3.2-3B is named in public scripts",
      ),
    },
  );
}

function gemmaPair(size: string, shape: ModelShape, context: number, many: boolean): CatalogueModel[] {
  return pair(
    {
      family: "Gemma 3",
      released: size === "270m" ? "2025-08" : "2025-03",
      shape,
      context,
      languages: many ? HUNDRED : ENGLISH,
      licence: GEMMA,
      source: `${LITGPT}; ${CARDS}`,
      fromMemory: size === "270m" ? [...RECALLED, "shape"] : RECALLED,
    },
    size === "270m" ? "google/gemma-3-270m" : `google/gemma-3-${size}-pt`,
    {
      reference: `google/gemma-3-${size}-it`,
      stage: "instruct",
      capabilities: many ? ["vision"] : [],
      sampling: [GEMMA_SAMPLING],
      ...published(`ggml-org/gemma-3-${size}-it-GGUF`, "the 4b is named in llama.cpp's own tests", FEW),
    },
  );
}

function smolPair(size: string, shape: ModelShape): CatalogueModel[] {
  return pair(
    {
      family: "SmolLM2",
      released: "2024-11",
      shape,
      context: 8192,
      languages: ENGLISH,
      licence: APACHE,
      source: `public configurations of SmolLM2; ${CARDS}`,
      fromMemory: [...RECALLED, "gguf of other sizes than 1.7B"],
    },
    `HuggingFaceTB/SmolLM2-${size}`,
    {
      reference: `HuggingFaceTB/SmolLM2-${size}-Instruct`,
      stage: "instruct",
      capabilities: [],
      sampling: [],
      ...published(
        size === "1.7B"
          ? "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF"
          : `bartowski/SmolLM2-${size}-Instruct-GGUF`,
        LISTED,
        size === "1.7B" ? ["Q4_K_M"] : undefined,
      ),
    },
  );
}

export const OTHER_MODELS: readonly CatalogueModel[] = [
  ...llamaPair("3.2", "1B", llama(16, 2048, 32, 8, 8192, 128_256, true), "2024-09"),
  ...llamaPair("3.2", "3B", llama(28, 3072, 24, 8, 8192, 128_256, true), "2024-09"),
  ...llamaPair("3.1", "8B", llama(32, 4096, 32, 8, 14_336, 128_256, false), "2024-07"),
  {
    reference: "meta-llama/Llama-3.3-70B-Instruct",
    family: "Llama 3",
    stage: "instruct",
    released: "2024-12",
    shape: llama(80, 8192, 64, 8, 28_672, 128_256, false),
    context: 131_072,
    languages: LLAMA_LANGUAGES,
    licence: LLAMA_33,
    capabilities: ["tools"],
    sampling: [LLAMA_SAMPLING],
    ...published("bartowski/Llama-3.3-70B-Instruct-GGUF", LISTED),
    source: `${LITGPT}; ${CARDS}`,
    fromMemory: [...RECALLED, "gguf"],
  },
  ...gemmaPair("270m", gemma(18, 640, 4, 1, 2048, 512), 32_768, false),
  ...gemmaPair("1b", gemma(26, 1152, 4, 1, 6912, 512), 32_768, false),
  ...gemmaPair("4b", gemma(34, 2560, 8, 4, 10_240, 1024), 131_072, true),
  ...gemmaPair("12b", gemma(48, 3840, 16, 8, 15_360, 1024), 131_072, true),
  ...gemmaPair("27b", gemma(62, 5376, 32, 16, 21_504, 1024, 128), 131_072, true),
  ...smolPair("135M", llama(30, 576, 9, 3, 1536, 49_152, true)),
  ...smolPair("360M", llama(32, 960, 15, 5, 2560, 49_152, true)),
  ...smolPair("1.7B", llama(24, 2048, 32, 32, 8192, 49_152, true)),
  ...pair(
    {
      family: "SmolLM3",
      released: "2025-07",
      shape: { ...llama(36, 2048, 16, 4, 11_008, 128_256, true), architecture: "smollm3" },
      context: 65_536,
      languages: ["en", "fr", "es", "de", "it", "pt"],
      licence: APACHE,
      source: "huggingface/blog:smollm3.md; model card (fetchwiki/HuggingFaceTB-SmolLM3-3B)",
    },
    "HuggingFaceTB/SmolLM3-3B-Base",
    {
      reference: "HuggingFaceTB/SmolLM3-3B",
      stage: "hybrid",
      capabilities: ["tools", "thinking"],
      sampling: [
        { mode: "default", temperature: 0.6, topP: 0.95, source: "model card of SmolLM3-3B (from memory)" },
      ],
      ...published("ggml-org/SmolLM3-3B-GGUF", LISTED, FEW),
    },
  ),
  {
    reference: "microsoft/phi-4",
    family: "Phi-4",
    stage: "instruct",
    released: "2024-12",
    shape: { ...llama(40, 5120, 40, 10, 17_920, 100_352, false), architecture: "phi3" },
    context: 16_384,
    languages: ENGLISH,
    licence: MIT,
    capabilities: [],
    sampling: [],
    ...published("microsoft/phi-4-gguf", LISTED, ["Q4_K_M", "Q6_K", "Q8_0"]),
    source: `${LITGPT}; ${CARDS}`,
    fromMemory: RECALLED,
  },
  {
    reference: "microsoft/Phi-4-mini-instruct",
    family: "Phi-4",
    stage: "instruct",
    released: "2025-02",
    shape: { ...llama(32, 3072, 24, 8, 8192, 200_064, true), architecture: "phi3" },
    context: 131_072,
    languages: [
      ...["en", "zh", "fr", "es", "pt", "de", "it", "ru", "ja", "ko", "th", "ar"],
      ...["cs", "da", "fi", "he", "hu", "nl", "no", "pl", "sv", "tr", "uk"],
    ],
    licence: MIT,
    capabilities: ["tools"],
    sampling: [],
    ...published("unsloth/Phi-4-mini-instruct-GGUF", LISTED),
    source: `${LITGPT}; ${CARDS}`,
    fromMemory: [...RECALLED, "gguf"],
  },
  ...pair(
    {
      family: "Mistral",
      released: "2024-05",
      shape: llama(32, 4096, 32, 8, 14_336, 32_768, false),
      context: 32_768,
      languages: ENGLISH,
      licence: APACHE,
      source: `${LITGPT}; ${CARDS}`,
      fromMemory: [...RECALLED, "gguf"],
    },
    "mistralai/Mistral-7B-v0.3",
    {
      reference: "mistralai/Mistral-7B-Instruct-v0.3",
      stage: "instruct",
      capabilities: ["tools"],
      sampling: [],
      ...published("bartowski/Mistral-7B-Instruct-v0.3-GGUF", LISTED),
    },
  ),
  ...pair(
    {
      family: "Mistral",
      released: "2025-01",
      shape: llama(40, 5120, 32, 8, 32_768, 131_072, false, 128),
      context: 32_768,
      languages: ["en", "fr", "de", "es", "it", "pt", "zh", "ja", "ko", "ru", "nl", "pl"],
      licence: APACHE,
      source: `${LITGPT}; ${CARDS}`,
      fromMemory: [...RECALLED, "gguf", "sampling"],
    },
    "mistralai/Mistral-Small-24B-Base-2501",
    {
      reference: "mistralai/Mistral-Small-24B-Instruct-2501",
      stage: "instruct",
      capabilities: ["tools"],
      sampling: [
        {
          mode: "non-thinking",
          temperature: 0.15,
          source: "model card of Mistral-Small-24B-Instruct-2501 (from memory)",
        },
      ],
      ...published("bartowski/Mistral-Small-24B-Instruct-2501-GGUF", LISTED),
    },
  ),
  ...(
    [
      ["20b", gptOss(24, 32)],
      ["120b", gptOss(36, 128)],
    ] as const
  ).map(
    ([size, shape]): CatalogueModel => ({
      reference: `openai/gpt-oss-${size}`,
      family: "gpt-oss",
      stage: "thinking",
      released: "2025-08",
      shape,
      context: 131_072,
      languages: ENGLISH,
      licence: APACHE,
      capabilities: ["tools", "thinking"],
      sampling: [
        { mode: "thinking", temperature: 1, topP: 1, source: "openai/gpt-oss:README.md (from memory)" },
      ],
      ...published(`ggml-org/gpt-oss-${size}-GGUF`, LISTED, ["MXFP4_MOE"]),
      source: "EchoCog/gpt-oss-20b:docs/gpt-oss-20b-architecture.md; THUDM/slime (shapes)",
      fromMemory: ["languages", "sampling", "shape of the 120b"],
    }),
  ),
];
