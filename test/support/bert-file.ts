import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "../../src/native/gguf-writer.ts";

interface Config {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
}

/** `llama_pooling_type`. */
const POOLINGS = { none: 0, mean: 1, cls: 2, last: 3, rank: 4 } as const;

/** GGUF names of BERT's tensors, `%` for the layer. */
const NAMES: readonly (readonly [string, string])[] = [
  ["embeddings.word_embeddings.", "token_embd."],
  ["embeddings.position_embeddings.", "position_embd."],
  ["embeddings.token_type_embeddings.", "token_types."],
  ["embeddings.LayerNorm.", "token_embd_norm."],
  ["pooler.dense.", "cls."],
  ["classifier.", "cls.output."],
  ["encoder.layer.%.attention.self.query.", "blk.%.attn_q."],
  ["encoder.layer.%.attention.self.key.", "blk.%.attn_k."],
  ["encoder.layer.%.attention.self.value.", "blk.%.attn_v."],
  ["encoder.layer.%.attention.output.dense.", "blk.%.attn_output."],
  ["encoder.layer.%.attention.output.LayerNorm.", "blk.%.attn_output_norm."],
  ["encoder.layer.%.intermediate.dense.", "blk.%.ffn_up."],
  ["encoder.layer.%.output.dense.", "blk.%.ffn_down."],
  ["encoder.layer.%.output.LayerNorm.", "blk.%.layer_output_norm."],
];

/**
 * Writes a BERT of a Hugging Face folder (one safetensors file in F32) as GGUF, for tests alone: laid out as llama.cpp's
 * own converter does it, and with the pooling layer, which that leaves out.
 */
export async function writeBert(
  folder: string,
  path: string,
  pooling?: keyof typeof POOLINGS,
): Promise<string> {
  const config: Config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const tokenizer: {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; special: boolean }[];
  } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
  const words = Object.entries(tokenizer.model.vocab)
    .sort(([, one], [, other]) => one - other)
    .map(([word]) => word);
  const control = new Set(tokenizer.added_tokens.filter(({ special }) => special).map(({ id }) => id));
  const idOf = (word: string): number => tokenizer.model.vocab[word] ?? 0;
  const bert = (key: string): string => `bert.${key}`;
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", "bert"],
    ["general.type", "model"],
    [bert("context_length"), config.max_position_embeddings],
    [bert("embedding_length"), config.hidden_size],
    [bert("block_count"), config.num_hidden_layers],
    [bert("feed_forward_length"), config.intermediate_size],
    [bert("attention.head_count"), config.num_attention_heads],
    [bert("attention.layer_norm_epsilon"), { f32: config.layer_norm_eps }],
    [bert("attention.causal"), false],
    ...(pooling === undefined ? [] : [[bert("pooling_type"), POOLINGS[pooling]] as const]),
    ["tokenizer.ggml.token_type_count", config.type_vocab_size],
    ["tokenizer.ggml.model", "bert"],
    ["tokenizer.ggml.pre", "jina-v2-en"],
    ["tokenizer.ggml.tokens", { strings: words.map((word, id) => phantom(word, control.has(id))) }],
    ["tokenizer.ggml.token_type", { i32s: Int32Array.from(words, (_, id) => (control.has(id) ? 3 : 1)) }],
    ["tokenizer.ggml.cls_token_id", idOf("[CLS]")],
    ["tokenizer.ggml.bos_token_id", idOf("[CLS]")],
    ["tokenizer.ggml.seperator_token_id", idOf("[SEP]")],
    ["tokenizer.ggml.unknown_token_id", idOf("[UNK]")],
    ["tokenizer.ggml.padding_token_id", idOf("[PAD]")],
  ]);
  const weights = join(folder, "model.safetensors");
  const { tensors } = await readSafetensorsHeader(weights);
  const bytes = readFileSync(weights);
  const all = [...tensors].flatMap(([name, { shape, offset, bytes: length }]): GgufTensor[] => {
    const to = ggufName(name.replace(/^bert\./, ""));
    if (to === undefined || (pooling !== "rank" && to.startsWith("cls."))) return [];
    const piece = bytes.subarray(offset, offset + length);
    return [{ name: to, sizes: [...shape].reverse(), type: "f32", pieces: () => [piece] }];
  });
  await writeGguf(path, metadata, all);
  return path;
}

/** Words carry the space before them, and their continuations nothing. */
function phantom(word: string, isControl: boolean): string {
  if (isControl) return word;
  return word.startsWith("##") ? word.slice(2) : `\u2581${word}`;
}

function ggufName(name: string): string | undefined {
  const layer = /\.layer\.(\d+)\./.exec(name)?.[1] ?? "";
  for (const [from, to] of NAMES) {
    const prefix = from.replace("%", layer);
    if (name.startsWith(prefix)) return to.replace("%", layer) + name.slice(prefix.length);
  }
  return undefined;
}
