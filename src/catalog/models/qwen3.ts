import { APACHE, HUNDRED, published } from "../facts.ts";
import type { CatalogueModel, GgufPublication, SamplingAdvice } from "../model.ts";
import type { ModelShape } from "../shape.ts";

const SOURCE =
  "QwenLM/Qwen3:README.md@7a2f61f (release, licence, languages); Lightning-AI/litgpt:litgpt/config.py@2685705 (shapes)";
const QUICKSTART = "QwenLM/Qwen3:docs/source/getting_started/quickstart.md@7a2f61f";
const OWN_GGUF = "https://huggingface.co/Qwen/Qwen3-4B-GGUF and its sisters";

const dense = (
  layers: number,
  hiddenSize: number,
  heads: number,
  feedForwardSize: number,
  tied: boolean,
): ModelShape => ({
  architecture: "qwen3",
  layers,
  hiddenSize,
  heads,
  kvHeads: 8,
  headSize: 128,
  feedForwardSize,
  vocabularySize: 151_936,
  tied,
});

/** The shapes by size; the embedding, reranking and guard models have them too. */
export const QWEN3_SHAPES = {
  "0.6B": dense(28, 1024, 16, 3072, true),
  "1.7B": dense(28, 2048, 16, 6144, true),
  "4B": dense(36, 2560, 32, 9728, true),
  "8B": dense(36, 4096, 32, 12_288, false),
  "14B": dense(40, 5120, 40, 17_408, false),
  "32B": dense(64, 5120, 64, 25_600, false),
  "30B-A3B": {
    architecture: "qwen3moe",
    layers: 48,
    hiddenSize: 2048,
    heads: 32,
    kvHeads: 4,
    headSize: 128,
    feedForwardSize: 6144,
    vocabularySize: 151_936,
    tied: false,
    experts: { count: 128, active: 8, size: 768, sharedSize: 0 },
  },
  "235B-A22B": {
    architecture: "qwen3moe",
    layers: 94,
    hiddenSize: 4096,
    heads: 64,
    kvHeads: 4,
    headSize: 128,
    feedForwardSize: 12_288,
    vocabularySize: 151_936,
    tied: false,
    experts: { count: 128, active: 8, size: 1536, sharedSize: 0 },
  },
} as const satisfies Readonly<Record<string, ModelShape>>;
type Size = keyof typeof QWEN3_SHAPES;

export const QWEN3_COMPLETION: SamplingAdvice = {
  mode: "completion",
  temperature: 0,
  source: "generation_config.json of Qwen3's base models: do_sample false (from memory)",
};
const THINKING: SamplingAdvice = {
  mode: "thinking",
  temperature: 0.6,
  topP: 0.95,
  topK: 20,
  minP: 0,
  source: QUICKSTART,
};
const NON_THINKING: SamplingAdvice = {
  mode: "non-thinking",
  temperature: 0.7,
  topP: 0.8,
  topK: 20,
  minP: 0,
  source: QUICKSTART,
};

function shared(size: Size) {
  return {
    family: "Qwen3",
    shape: QWEN3_SHAPES[size],
    languages: HUNDRED,
    licence: APACHE,
    source: SOURCE,
  } as const;
}

function base(size: Size): CatalogueModel {
  return {
    ...shared(size),
    reference: `Qwen/Qwen3-${size}-Base`,
    stage: "base",
    released: "2025-04",
    context: 32_768,
    capabilities: [],
    sampling: [QWEN3_COMPLETION],
  };
}

function gguf(size: Size): { readonly gguf: GgufPublication } {
  if (size === "0.6B") return published("Qwen/Qwen3-0.6B-GGUF", OWN_GGUF, ["Q8_0"]);
  if (size === "1.7B") return published("unsloth/Qwen3-1.7B-GGUF", "named in public model lists");
  return published(`Qwen/Qwen3-${size}-GGUF`, OWN_GGUF);
}

function hybrid(size: Size, hasBase: boolean): CatalogueModel {
  return {
    ...shared(size),
    reference: `Qwen/Qwen3-${size}`,
    stage: "hybrid",
    released: "2025-04",
    ...(hasBase ? { base: `Qwen/Qwen3-${size}-Base` } : {}),
    context: 32_768,
    capabilities: ["tools", "thinking"],
    sampling: [THINKING, NON_THINKING],
    ...gguf(size),
  };
}

/** The models of July 2025, which think always or never. */
function split(size: Size, released: string, hasBase: boolean): CatalogueModel[] {
  const both = {
    ...shared(size),
    released,
    ...(hasBase ? { base: `Qwen/Qwen3-${size}-Base` } : {}),
    context: 262_144,
  } as const;
  const at = (stage: string) =>
    published(`unsloth/Qwen3-${size}-${stage}-2507-GGUF`, "named in public model lists");
  return [
    {
      ...both,
      reference: `Qwen/Qwen3-${size}-Instruct-2507`,
      stage: "instruct",
      capabilities: ["tools"],
      sampling: [NON_THINKING],
      ...at("Instruct"),
    },
    {
      ...both,
      reference: `Qwen/Qwen3-${size}-Thinking-2507`,
      stage: "thinking",
      capabilities: ["tools", "thinking"],
      sampling: [THINKING],
      ...at("Thinking"),
      fromMemory: ["gguf"],
    },
  ];
}

const CODER: CatalogueModel = {
  ...shared("30B-A3B"),
  reference: "Qwen/Qwen3-Coder-30B-A3B-Instruct",
  family: "Qwen3-Coder",
  stage: "instruct",
  released: "2025-07",
  context: 262_144,
  capabilities: ["tools", "code"],
  sampling: [
    {
      mode: "non-thinking",
      temperature: 0.7,
      topP: 0.8,
      topK: 20,
      repetitionPenalty: 1.05,
      source: "model card of Qwen3-Coder-30B-A3B-Instruct (from memory)",
    },
  ],
  ...published("unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF", "named in public model lists"),
  source: `QwenLM/Qwen3-Coder:README.md; ${SOURCE}`,
  fromMemory: ["licence", "sampling", "languages"],
};

export const QWEN3_MODELS: readonly CatalogueModel[] = [
  ...(["0.6B", "1.7B", "4B", "8B", "14B", "30B-A3B"] as const).flatMap((size) => [
    base(size),
    hybrid(size, true),
  ]),
  hybrid("32B", false),
  hybrid("235B-A22B", false),
  ...split("4B", "2025-08", true),
  ...split("30B-A3B", "2025-07", true),
  ...split("235B-A22B", "2025-07", false),
  CODER,
];
