import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BYTE_ALPHABET } from "../src/formats/tokenizer/alphabet.ts";
import type { Vocabulary } from "../src/formats/tokenizer/vocabulary.ts";
import { type Qwen3Sizes, qwen3Config } from "../src/train/arch/config.ts";
import { exportGguf } from "../src/train/export.ts";
import { Random } from "../src/train/random.ts";
import { initialWeights } from "../src/train/trainer.ts";

const END = "<|endoftext|>";
/** Shapes to measure on, by their number of weights: a small one, and Qwen2.5-0.5B's. */
export const SHAPES = {
  "54m": {
    vocabularySize: 32_000,
    hiddenSize: 512,
    layers: 12,
    heads: 8,
    kvHeads: 4,
    headSize: 64,
    feedForwardSize: 1536,
    context: 1024,
    ropeBase: 10_000,
    epsilon: 1e-6,
  },
  "494m": {
    vocabularySize: 151_936,
    hiddenSize: 896,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headSize: 64,
    feedForwardSize: 4864,
    context: 1024,
    ropeBase: 1_000_000,
    epsilon: 1e-6,
  },
} as const satisfies Record<string, Qwen3Sizes>;

/** A file of random weights in Q8_0, in this folder. Written once. */
export async function randomModel(folder: string, shape: keyof typeof SHAPES): Promise<string> {
  const path = join(folder, `random-${shape}-q8_0.gguf`);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const config = qwen3Config(SHAPES[shape]);
  const record = {
    name: "random",
    stage: "base",
    config,
    vocabulary: fillerVocabulary(config.vocabularySize),
    chatTemplate: "",
    endToken: END,
    license: "Apache-2.0",
    languages: [],
  } as const;
  await exportGguf(path, record, initialWeights(config, new Random(1)), "q8_0");
  return path;
}

/** Bytes, then every pair and triple of bytes until the vocabulary is full, then the end token. */
function fillerVocabulary(size: number): Vocabulary {
  const count = size - BYTE_ALPHABET.length - 1;
  const lefts = [...BYTE_ALPHABET, ...BYTE_ALPHABET.flatMap((one) => BYTE_ALPHABET.map((two) => one + two))];
  const kept: { left: string; right: string }[] = [];
  for (const left of lefts) {
    if (kept.length >= count) break;
    kept.push(...BYTE_ALPHABET.slice(0, count - kept.length).map((right) => ({ left, right })));
  }
  return {
    tokens: [...BYTE_ALPHABET, ...kept.map(({ left, right }) => left + right), END],
    merges: kept.map(({ left, right }) => `${left} ${right}`),
    controlTokens: [{ id: size - 1, text: END }],
  };
}
