import { APACHE, HUNDRED, published } from "../facts.ts";
import type { CatalogueModel, SamplingAdvice } from "../model.ts";
import type { ModelShape } from "../shape.ts";
import { QWEN3_COMPLETION } from "./qwen3.ts";

const SOURCE =
  "QwenLM/Qwen3.8:README.md@2ea10dc (releases); AlexsJones/llmfit:llmfit-core/data/hf_models.json@5bdc9df (shapes); config.json of the 0.8B, a 9B fine-tune, a pruned 35B-A3B and a 27B (linear attention)";

const hybrid = (
  layers: number,
  hiddenSize: number,
  heads: number,
  kvHeads: number,
  feedForwardSize: number,
  valueHeads: number,
  tied: boolean,
): ModelShape => ({
  architecture: "qwen35",
  layers,
  hiddenSize,
  heads,
  kvHeads,
  headSize: 256,
  feedForwardSize,
  vocabularySize: 248_320,
  tied,
  linearAttention: { fullEvery: 4, keyHeads: 16, valueHeads, headSize: 128, convolution: 4 },
});

const SHAPES = {
  "0.8B": hybrid(24, 1024, 8, 2, 3584, 16, true),
  "2B": hybrid(24, 2048, 8, 2, 6144, 16, true),
  "4B": hybrid(32, 2560, 16, 4, 9216, 32, true),
  "9B": hybrid(32, 4096, 16, 4, 12_288, 32, false),
  "27B": hybrid(64, 5120, 24, 4, 17_408, 48, false),
  "35B-A3B": {
    ...hybrid(40, 2048, 16, 2, 0, 32, false),
    architecture: "qwen35moe",
    experts: { count: 256, active: 8, size: 512, sharedSize: 512 },
  },
} as const satisfies Readonly<Record<string, ModelShape>>;
type Size = keyof typeof SHAPES;

const CARD = "model card of Qwen3.5-35B-A3B, quoted on fakoli.github.io/anvil-serving";
const GENERAL: readonly SamplingAdvice[] = [
  {
    mode: "thinking",
    temperature: 1,
    topP: 0.95,
    topK: 20,
    minP: 0,
    presencePenalty: 1.5,
    repetitionPenalty: 1,
    source: CARD,
  },
  {
    mode: "non-thinking",
    temperature: 0.7,
    topP: 0.8,
    topK: 20,
    minP: 0,
    presencePenalty: 1.5,
    repetitionPenalty: 1,
    source: CARD,
  },
];
const SMALL: readonly SamplingAdvice[] = [
  {
    mode: "non-thinking",
    temperature: 1,
    topP: 1,
    topK: 20,
    minP: 0,
    presencePenalty: 2,
    repetitionPenalty: 1,
    source: "model card of Qwen3.5-2B, quoted in a public repository",
  },
];
const NEWEST: readonly SamplingAdvice[] = [
  {
    mode: "default",
    temperature: 1,
    topP: 0.95,
    topK: 20,
    source: "generation_config.json of a copy of Qwen3.8-27B",
  },
];

function shared(size: Size) {
  return {
    family: "Qwen3.5",
    shape: SHAPES[size],
    context: 262_144,
    languages: HUNDRED,
    licence: APACHE,
    source: SOURCE,
    fromMemory: ["licence", "languages", "gguf of other sizes than 4B and 35B-A3B"],
  } as const;
}

function pair(size: Size, released: string, sampling: readonly SamplingAdvice[]): CatalogueModel[] {
  return [
    {
      ...shared(size),
      reference: `Qwen/Qwen3.5-${size}-Base`,
      stage: "base",
      released,
      capabilities: [],
      sampling: [QWEN3_COMPLETION],
    },
    { ...tuned(size, "3.5", released, sampling), base: `Qwen/Qwen3.5-${size}-Base` },
  ];
}

function tuned(
  size: Size,
  version: string,
  released: string,
  sampling: readonly SamplingAdvice[],
): CatalogueModel {
  const owner = version === "3.6" && size === "35B-A3B" ? "ggml-org" : "unsloth";
  return {
    ...shared(size),
    reference: `Qwen/Qwen${version}-${size}`,
    family: `Qwen${version}`,
    stage: "hybrid",
    released,
    capabilities: ["tools", "thinking", "vision"],
    sampling,
    ...published(`${owner}/Qwen${version}-${size}-GGUF`, "named in public model lists"),
  };
}

export const QWEN35_MODELS: readonly CatalogueModel[] = [
  ...pair("0.8B", "2026-03", SMALL),
  ...pair("2B", "2026-03", SMALL),
  ...pair("4B", "2026-03", GENERAL),
  ...pair("9B", "2026-03", GENERAL),
  tuned("27B", "3.5", "2026-02", GENERAL),
  ...pair("35B-A3B", "2026-02", GENERAL),
  tuned("35B-A3B", "3.6", "2026-04", GENERAL),
  tuned("27B", "3.6", "2026-04", GENERAL),
  tuned("27B", "3.8", "2026-08", NEWEST),
];
