import { type GgufHeader, readGgufHeader } from "../formats/gguf/header.ts";
import type { GgufMetadata } from "../formats/gguf/metadata.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import type { ModelConfig } from "./arch/config.ts";
import { readConfig } from "./model-config.ts";
import { type StoredWeight, storedWeights } from "./stored-weights.ts";
import type { WeightValues } from "./trainer.ts";
import { UntrainableError } from "./untrainable.ts";

/** A model file as training needs it; its weights stay on disk until they are asked for. */
export interface StoredModel {
  readonly header: GgufHeader;
  readonly config: ModelConfig;
  readonly vocabulary: Vocabulary;
  readonly chatTemplate?: string;
  readonly stored: ReadonlyMap<string, StoredWeight>;
}

/** The same with all weights in memory, as f32. */
export interface TrainableModel extends StoredModel {
  readonly weights: WeightValues;
}

const CONTROL_TOKEN = 3; // enum llama_token_type
const USER_TOKEN = 4;

/** Reads what a GGUF file of llama, qwen2 or qwen3 says, and where its weights lie. Throws UntrainableError. */
export async function openModelFile(path: string): Promise<StoredModel> {
  const header = await readGgufHeader(path);
  const config = readConfig(header);
  const chatTemplate = header.metadata.string("tokenizer.chat_template");
  return {
    header,
    config,
    vocabulary: vocabularyOf(header),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
    stored: storedWeights(header),
  };
}

/** Reads a model file whole, its weights as f32. Throws UntrainableError for one that cannot be trained here. */
export async function readModelFile(path: string): Promise<TrainableModel> {
  const model = await openModelFile(path);
  const weights = new Map([...model.stored].map(([name, weight]) => [name, weight.floats()]));
  return { ...model, weights };
}

/** The token that the tokenizer begins every text with, where it does. */
export function beginOf(metadata: GgufMetadata): number | undefined {
  return metadata.boolean("tokenizer.ggml.add_bos_token") === true
    ? metadata.number("tokenizer.ggml.bos_token_id")
    : undefined;
}

function vocabularyOf({ path, metadata }: GgufHeader): Vocabulary {
  const tokens = metadata.strings("tokenizer.ggml.tokens");
  const types = metadata.numbers("tokenizer.ggml.token_type");
  if (tokens === undefined || types === undefined) {
    throw new UntrainableError(path, { en: "its tokenizer is incomplete", zh: "其分词器不完整" });
  }
  const merges = metadata.strings("tokenizer.ggml.merges") ?? [];
  const ofType = (type: number) => tokens.flatMap((text, id) => (types[id] === type ? [{ id, text }] : []));
  return { tokens, merges, controlTokens: ofType(CONTROL_TOKEN), userTokens: ofType(USER_TOKEN) };
}
