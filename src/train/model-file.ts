import { type FileHandle, open } from "node:fs/promises";
import { BadFileError } from "../errors.ts";
import { type GgufHeader, readGgufHeader } from "../formats/gguf/header.ts";
import type { TensorInfo } from "../formats/gguf/tensors.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { Device } from "../native/ggml/device.ts";
import { Graph } from "../native/ggml/graph.ts";
import { Store } from "../native/ggml/store.ts";
import type { TensorType } from "../native/ggml/tensor.ts";
import { readFloats, writeTensor } from "../native/ggml/values.ts";
import { type Qwen3Config, weightSpecs } from "./arch/qwen3.ts";
import type { WeightValues } from "./trainer.ts";

/** A model file as training needs it. */
export interface TrainableModel {
  readonly header: GgufHeader;
  readonly config: Qwen3Config;
  readonly vocabulary: Vocabulary;
  readonly chatTemplate?: string;
  readonly weights: WeightValues;
}

const READABLE_TYPES: ReadonlyMap<string, TensorType> = new Map([
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["Q8_0", "q8_0"],
]);
const CONTROL_TOKEN = 3; // enum llama_token_type

/** Reads a qwen3 GGUF file whole, its weights as f32. Throws BadFileError for one that cannot be trained here. */
export async function readModelFile(path: string): Promise<TrainableModel> {
  const header = await readGgufHeader(path);
  if (header.architecture !== "qwen3") {
    throw untrainable(path, `its architecture is ${header.architecture}`, `其架构为 ${header.architecture}`);
  }
  const config = configOf(header);
  const chatTemplate = header.metadata.string("tokenizer.chat_template");
  return {
    header,
    config,
    vocabulary: vocabularyOf(header),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
    weights: await readWeights(header, config),
  };
}

function untrainable(path: string, en: string, zh: string): BadFileError {
  return new BadFileError(path, {
    en: `${path} cannot be trained: ${en}; take a qwen3 GGUF file with tied embeddings in F32, F16, BF16 or Q8_0.`,
    zh: `无法训练 ${path}：${zh}；请使用 F32、F16、BF16 或 Q8_0 且嵌入共享的 qwen3 GGUF 文件。`,
  });
}

function configOf({ path, metadata }: GgufHeader): Qwen3Config {
  const number = (key: string): number => {
    const value = metadata.number(key);
    if (value === undefined)
      throw untrainable(path, `the metadata key ${key} is missing`, `缺少元数据 ${key}`);
    return value;
  };
  const vocabularySize = metadata.lengthOf("tokenizer.ggml.tokens");
  if (vocabularySize === undefined) throw untrainable(path, "it holds no tokenizer", "文件中没有分词器");
  return {
    vocabularySize,
    hiddenSize: number("qwen3.embedding_length"),
    layers: number("qwen3.block_count"),
    heads: number("qwen3.attention.head_count"),
    kvHeads: number("qwen3.attention.head_count_kv"),
    headSize: number("qwen3.attention.key_length"),
    feedForwardSize: number("qwen3.feed_forward_length"),
    context: number("qwen3.context_length"),
    ropeBase: number("qwen3.rope.freq_base"),
    epsilon: number("qwen3.attention.layer_norm_rms_epsilon"),
  };
}

function vocabularyOf({ path, metadata }: GgufHeader): Vocabulary {
  const tokens = metadata.strings("tokenizer.ggml.tokens");
  const merges = metadata.strings("tokenizer.ggml.merges");
  const types = metadata.numbers("tokenizer.ggml.token_type");
  if (tokens === undefined || merges === undefined || types === undefined) {
    throw untrainable(path, "its tokenizer is incomplete", "其分词器不完整");
  }
  const controlTokens = tokens.flatMap((text, id) => (types[id] === CONTROL_TOKEN ? [{ id, text }] : []));
  return { tokens, merges, controlTokens };
}

async function readWeights(header: GgufHeader, config: Qwen3Config): Promise<WeightValues> {
  const byName = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  const file = await open(header.path, "r");
  try {
    const weights = new Map<string, Float32Array>();
    for (const { name, sizes } of weightSpecs(config)) {
      const tensor = byName.get(name);
      const type = READABLE_TYPES.get(tensor?.type ?? "");
      if (tensor === undefined || type === undefined || sizes.some((size, i) => tensor.shape[i] !== size)) {
        const found = tensor === undefined ? "missing" : `${tensor.type} [${tensor.shape.join(", ")}]`;
        throw untrainable(header.path, `the tensor ${name} is ${found}`, `张量 ${name} 为 ${found}`);
      }
      weights.set(name, await readTensorValues(file, header, tensor, type));
    }
    return weights;
  } finally {
    await file.close();
  }
}

async function readTensorValues(
  file: FileHandle,
  header: GgufHeader,
  tensor: TensorInfo,
  type: TensorType,
): Promise<Float32Array> {
  const bytes = new Uint8Array(tensor.bytes);
  await file.read(bytes, 0, bytes.length, header.tensorDataOffset + tensor.offset);
  if (type === "f32") return new Float32Array(bytes.buffer);
  using device = new Device(1);
  using store = new Store(1);
  using graph = new Graph(4);
  const packed = store.tensor(type, ...tensor.shape);
  const values = graph.cast(packed, "f32");
  graph.output(values);
  graph.expand(values);
  store.allocate(device);
  graph.plan(device);
  writeTensor(packed, bytes);
  await graph.compute();
  return readFloats(values);
}
