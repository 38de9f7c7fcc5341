import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { BYTE_ALPHABET } from "../src/formats/tokenizer/alphabet.ts";
import type { Vocabulary } from "../src/formats/tokenizer/vocabulary.ts";
import type { Qwen3Config } from "../src/train/arch/qwen3.ts";
import { exportGguf } from "../src/train/export.ts";
import { Random } from "../src/train/random.ts";
import { initialWeights } from "../src/train/trainer.ts";

const END = "<|endoftext|>";
const config: Qwen3Config = {
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
};

/** A file of 54 M random weights in Q8_0: large enough that one token takes milliseconds. Written once. */
export async function randomModel(path: string): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const record = {
    name: "random",
    stage: "base",
    config,
    vocabulary: fillerVocabulary(),
    chatTemplate: "",
    endToken: END,
    license: "Apache-2.0",
    languages: [],
  } as const;
  await exportGguf(path, record, initialWeights(config, new Random(1)), "q8_0");
  return path;
}

/** Bytes, then every pair of bytes until the vocabulary is full, then the end token. */
function fillerVocabulary(): Vocabulary {
  const pairs = BYTE_ALPHABET.flatMap((left) => BYTE_ALPHABET.map((right) => ({ left, right })));
  const kept = pairs.slice(0, config.vocabularySize - BYTE_ALPHABET.length - 1);
  const id = config.vocabularySize - 1;
  return {
    tokens: [...BYTE_ALPHABET, ...kept.map(({ left, right }) => left + right), END],
    merges: kept.map(({ left, right }) => `${left} ${right}`),
    controlTokens: [{ id, text: END }],
  };
}
