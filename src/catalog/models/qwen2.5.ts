import { APACHE, MAJOR, published, QWEN, QWEN_RESEARCH } from "../facts.ts";
import type { CatalogueModel, GgufPublication, SamplingAdvice } from "../model.ts";
import type { ModelShape } from "../shape.ts";

const SOURCE =
  "QwenLM/Qwen3:README.md@905ca20 (release, licences, languages); Lightning-AI/litgpt:litgpt/config.py@2685705 (shapes)";
const CODER_SOURCE = `QwenLM/Qwen2.5-Coder:README.md; ${SOURCE}`;
const MATH_SOURCE = `QwenLM/Qwen2.5-Math:README.md; ${SOURCE}`;

const qwen2 = (
  layers: number,
  hiddenSize: number,
  heads: number,
  kvHeads: number,
  feedForwardSize: number,
): ModelShape => ({
  architecture: "qwen2",
  layers,
  hiddenSize,
  heads,
  kvHeads,
  headSize: hiddenSize / heads,
  feedForwardSize,
  vocabularySize: hiddenSize < 3584 ? 151_936 : 152_064,
  tied: hiddenSize < 3584,
});

/** The shapes by size, the same in Qwen2.5, its Coder and its Math. */
const SHAPES = {
  "0.5B": qwen2(24, 896, 14, 2, 4864),
  "1.5B": qwen2(28, 1536, 12, 2, 8960),
  "3B": qwen2(36, 2048, 16, 2, 11_008),
  "7B": qwen2(28, 3584, 28, 4, 18_944),
  "14B": qwen2(48, 5120, 40, 8, 13_824),
  "32B": qwen2(64, 5120, 40, 8, 27_648),
  "72B": qwen2(80, 8192, 64, 8, 29_568),
} as const satisfies Readonly<Record<string, ModelShape>>;
type Size = keyof typeof SHAPES;

const COMPLETION: SamplingAdvice = {
  mode: "completion",
  temperature: 0,
  source: "generation_config.json of Qwen2.5-0.5B (zyhnosleep/qwen-project): do_sample false",
};
const INSTRUCT: SamplingAdvice = {
  mode: "non-thinking",
  temperature: 0.7,
  topP: 0.8,
  topK: 20,
  repetitionPenalty: 1.05,
  source: "generation_config.json of Qwen2.5-7B-Instruct (sophgo/LLM-TPU:models/Qwen2_5/config)",
};

const licenceOf = (size: Size) => (size === "3B" ? QWEN_RESEARCH : size === "72B" ? QWEN : APACHE);

function general(size: Size): CatalogueModel[] {
  const shared = {
    family: "Qwen2.5",
    released: "2024-09",
    shape: SHAPES[size],
    context: 32_768,
    languages: MAJOR,
    licence: licenceOf(size),
    source: SOURCE,
  } as const;
  return [
    {
      ...shared,
      reference: `Qwen/Qwen2.5-${size}`,
      stage: "base",
      capabilities: [],
      sampling: [COMPLETION],
    },
    {
      ...shared,
      reference: `Qwen/Qwen2.5-${size}-Instruct`,
      stage: "instruct",
      base: `Qwen/Qwen2.5-${size}`,
      capabilities: ["tools"],
      sampling: [INSTRUCT],
      ...published(
        `Qwen/Qwen2.5-${size}-Instruct-GGUF`,
        "Qwen's own repository; the 7B is named in public download scripts",
      ),
      fromMemory: ["gguf of the other sizes"],
    },
  ];
}

/** Bases for infilling that llama.cpp's editor plug-ins use. */
function coderBase(size: Size): Partial<{ readonly gguf: GgufPublication }> {
  if (size !== "1.5B" && size !== "3B" && size !== "7B") return {};
  return published(
    `ggml-org/Qwen2.5-Coder-${size}-Q8_0-GGUF`,
    "https://huggingface.co/ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF, named in public configurations",
    ["Q8_0"],
  );
}

function coder(size: Size): CatalogueModel[] {
  const shared = {
    family: "Qwen2.5-Coder",
    released: size === "1.5B" || size === "7B" ? "2024-09" : "2024-11",
    shape: SHAPES[size],
    context: 32_768,
    languages: MAJOR,
    licence: licenceOf(size),
    source: CODER_SOURCE,
    fromMemory: ["licence", "gguf of other sizes than 1.5B"],
  } as const;
  return [
    {
      ...shared,
      reference: `Qwen/Qwen2.5-Coder-${size}`,
      stage: "base",
      capabilities: ["fim", "code"],
      sampling: [COMPLETION],
      ...coderBase(size),
    },
    {
      ...shared,
      reference: `Qwen/Qwen2.5-Coder-${size}-Instruct`,
      stage: "instruct",
      base: `Qwen/Qwen2.5-Coder-${size}`,
      capabilities: ["code"],
      sampling: [INSTRUCT],
      ...published(`Qwen/Qwen2.5-Coder-${size}-Instruct-GGUF`, "Qwen's own repository"),
    },
  ];
}

function mathematics(size: Size): CatalogueModel[] {
  const shared = {
    family: "Qwen2.5-Math",
    released: "2024-09",
    shape: SHAPES[size],
    context: 4096,
    languages: ["en", "zh"],
    licence: licenceOf(size),
    capabilities: ["maths"],
    source: MATH_SOURCE,
    fromMemory: ["licence"],
  } as const;
  return [
    { ...shared, reference: `Qwen/Qwen2.5-Math-${size}`, stage: "base", sampling: [COMPLETION] },
    {
      ...shared,
      reference: `Qwen/Qwen2.5-Math-${size}-Instruct`,
      stage: "instruct",
      base: `Qwen/Qwen2.5-Math-${size}`,
      sampling: [INSTRUCT],
    },
  ];
}

export const QWEN25_MODELS: readonly CatalogueModel[] = [
  ...(["0.5B", "1.5B", "3B", "7B", "14B", "32B", "72B"] as const).flatMap(general),
  ...(["0.5B", "1.5B", "3B", "7B", "14B", "32B"] as const).flatMap(coder),
  ...(["1.5B", "7B", "72B"] as const).flatMap(mathematics),
];
