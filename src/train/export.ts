import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "../native/gguf-writer.ts";
import { bytesOfFloats, FILE_TYPES, rowTypeFor } from "../native/rows.ts";
import type { Stage } from "../stage/stage.ts";
import type { ModelConfig } from "./arch/config.ts";
import { type WeightSpec, weightSpecs } from "./arch/weights.ts";
import type { WeightReader } from "./reading.ts";

/** What a model file says of itself beside its weights. */
export interface ModelRecord {
  readonly name: string;
  readonly stage: Stage;
  /** Name of the same model at another stage. */
  readonly counterpart?: string;
  readonly config: ModelConfig;
  readonly vocabulary: Vocabulary;
  /** The Jinja template that lays a conversation out. */
  readonly chatTemplate: string;
  /** The token that ends what the model was trained to write: a text for a base, a turn for an instruct model. */
  readonly endToken: string;
  readonly license: string;
  readonly languages: readonly string[];
}

/** How the file keeps matrices: exact, or 8 bits a weight. Vectors stay exact. */
export type FileType = "f32" | "q8_0";

const NORMAL_TOKEN = 1; // enum llama_token_type
const CONTROL_TOKEN = 3;
const USER_TOKEN = 4;

/** Writes a model as a GGUF file that llama.cpp loads unchanged, with its stage recorded. */
export function exportGguf(
  path: string,
  record: ModelRecord,
  weights: WeightReader,
  fileType: FileType,
): Promise<void> {
  const specs = weightSpecs(record.config);
  const into = spaceForLargest(specs);
  const tensors = specs.map(({ name, sizes }): GgufTensor => {
    const type = sizes.length === 1 ? "f32" : rowTypeFor(fileType, sizes[0] ?? 1);
    const pieces = (): Uint8Array[] => {
      const values = weights.get(name, into);
      if (values === undefined) throw new RangeError(`no values for the weight ${name}`);
      return [bytesOfFloats(values, type, sizes[0] ?? 1)];
    };
    return { name, sizes, type, pieces };
  });
  return writeGguf(path, metadataOf(record, fileType), tensors);
}

/** Room for the values of any of these tensors. */
export function spaceForLargest(specs: readonly WeightSpec[]): Float32Array {
  return new Float32Array(Math.max(...specs.map(({ sizes }) => sizes.reduce((a, b) => a * b, 1))));
}

function metadataOf(record: ModelRecord, fileType: FileType): Map<string, GgufValue> {
  const { config, vocabulary } = record;
  const id = (text: string): number => {
    const token = vocabulary.controlTokens.find((control) => control.text === text);
    if (token === undefined) throw new RangeError(`the vocabulary has no control token ${text}`);
    return token.id;
  };
  const types = new Int32Array(vocabulary.tokens.length).fill(NORMAL_TOKEN);
  for (const { id } of vocabulary.controlTokens) types[id] = CONTROL_TOKEN;
  for (const { id } of vocabulary.userTokens ?? []) types[id] = USER_TOKEN;
  return new Map<string, GgufValue>([
    ["general.architecture", "qwen3"],
    ["general.type", "model"],
    ["general.name", record.name],
    ["general.license", record.license],
    ["general.languages", { strings: record.languages }],
    ["general.file_type", FILE_TYPES[fileType]],
    ["basewise.stage", record.stage],
    ...(record.counterpart === undefined
      ? []
      : [["basewise.counterpart", record.counterpart] satisfies [string, GgufValue]]),
    ["qwen3.context_length", config.context],
    ["qwen3.embedding_length", config.hiddenSize],
    ["qwen3.block_count", config.layers],
    ["qwen3.feed_forward_length", config.feedForwardSize],
    ["qwen3.attention.head_count", config.heads],
    ["qwen3.attention.head_count_kv", config.kvHeads],
    ["qwen3.attention.key_length", config.headSize],
    ["qwen3.attention.value_length", config.headSize],
    ["qwen3.attention.layer_norm_rms_epsilon", { f32: config.epsilon }],
    ["qwen3.rope.freq_base", { f32: config.ropeBase }],
    ["tokenizer.ggml.model", "gpt2"],
    ["tokenizer.ggml.pre", "qwen2"],
    ["tokenizer.ggml.tokens", { strings: vocabulary.tokens }],
    ["tokenizer.ggml.token_type", { i32s: types }],
    ["tokenizer.ggml.merges", { strings: vocabulary.merges }],
    ["tokenizer.ggml.eos_token_id", id(record.endToken)],
    ["tokenizer.ggml.padding_token_id", id("<|endoftext|>")],
    ["tokenizer.ggml.add_bos_token", false],
    ["tokenizer.chat_template", record.chatTemplate],
  ]);
}
