import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  count,
  type GgufParts,
  ggufBytes,
  temporaryFile,
  temporaryFolder,
  text,
  tinyModel,
  type Value,
} from "../support/gguf.ts";

/** Templates as the families have them, cut to what lays turns out. */
export const TEMPLATES = {
  /** Qwen 2.5 Instruct: a system prompt of its own where none is given. */
  qwen25:
    "{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}{%- else %}{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}{%- endif %}" +
    "{%- for message in messages %}{%- if message.role != 'system' %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
  chatml:
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
  /** Qwen 3: a switch that puts an empty thought into the prompt. */
  qwen3:
    "{%- if tools %}{{- '<|im_start|>system\\n# Tools\\n' + tools | tojson + '<|im_end|>\\n' }}{%- endif %}" +
    "{%- for message in messages %}{%- if message.role == 'assistant' and '</think>' in message.content %}{{- '<|im_start|>assistant\\n' + message.content.split('</think>')[-1].lstrip('\\n') + '<|im_end|>\\n' }}{%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}",
  /** As DeepSeek-R1's: the thought is opened in the prompt. */
  opened:
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content.split('</think>')[-1] + '<|im_end|>\\n' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n' }}{%- endif %}",
  llama3:
    "{{- bos_token }}{%- for message in messages %}{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}",
  /** Gemma: no system role. */
  gemma:
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}" +
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}",
} as const;

type Json = Readonly<Record<string, unknown>>;

/** A folder with these files: objects become JSON, names may lie in folders. */
export function folder(files: Readonly<Record<string, unknown>>, name = "model"): string {
  const root = join(temporaryFolder(), name);
  for (const [file, content] of Object.entries(files)) {
    if (content === undefined) continue;
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    const isRaw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(path, isRaw ? content : JSON.stringify(content));
  }
  return root;
}

/** A file with this content, objects as JSON. */
export function file(name: string, content: unknown): string {
  return join(folder({ [name]: content }, "brought"), name);
}

const QWEN_TOKENS: Readonly<Record<number, string>> = {
  151643: "<|endoftext|>",
  151644: "<|im_start|>",
  151645: "<|im_end|>",
};
const LLAMA_TOKENS: Readonly<Record<number, string>> = {
  128000: "<|begin_of_text|>",
  128001: "<|end_of_text|>",
  128006: "<|start_header_id|>",
  128007: "<|end_header_id|>",
  128009: "<|eot_id|>",
};
const GEMMA_TOKENS: Readonly<Record<number, string>> = {
  1: "<eos>",
  2: "<bos>",
  106: "<start_of_turn>",
  107: "<end_of_turn>",
};

export interface FolderModel {
  readonly name?: string;
  readonly template?: string | undefined;
  readonly config?: Json;
  readonly generation?: Json | null;
  readonly tokenizer?: Json;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly tokens?: Readonly<Record<number, string>>;
}

/** A Qwen-shaped model in the Hugging Face layout; healthy unless changed. */
export function qwen({
  name = "Qwen2.5-7B-Instruct",
  template = TEMPLATES.qwen25,
  config = {},
  generation = {},
  tokenizer = {},
  files = {},
  tokens = QWEN_TOKENS,
}: FolderModel = {}): string {
  return folder(
    {
      "config.json": {
        architectures: ["Qwen2ForCausalLM"],
        model_type: "qwen2",
        vocab_size: 151936,
        eos_token_id: 151645,
        tie_word_embeddings: false,
        ...config,
      },
      ...(generation === null
        ? {}
        : {
            "generation_config.json": {
              do_sample: true,
              temperature: 0.7,
              top_p: 0.8,
              top_k: 20,
              repetition_penalty: 1.05,
              eos_token_id: [151645, 151643],
              ...generation,
            },
          }),
      "tokenizer_config.json": {
        eos_token: "<|im_end|>",
        pad_token: "<|endoftext|>",
        bos_token: null,
        add_bos_token: false,
        added_tokens_decoder: Object.fromEntries(
          Object.entries(tokens).map(([id, content]) => [id, { content, special: true }]),
        ),
        ...(template === undefined ? {} : { chat_template: template }),
        ...tokenizer,
      },
      ...files,
    },
    name,
  );
}

/** Its base: the end of the text ends it. */
export function qwenBase(changes: FolderModel = {}): string {
  return qwen({
    name: "Qwen2.5-7B",
    ...changes,
    config: { eos_token_id: 151643, ...changes.config },
    generation: {
      eos_token_id: 151643,
      do_sample: false,
      max_new_tokens: 2048,
      temperature: undefined,
      top_p: undefined,
      top_k: undefined,
      repetition_penalty: undefined,
      ...changes.generation,
    },
    tokenizer: { eos_token: "<|endoftext|>", ...changes.tokenizer },
  });
}

/** A hybrid model as Qwen 3 is. */
export function qwen3(changes: FolderModel = {}): string {
  return qwen({
    name: "Qwen3-8B",
    template: TEMPLATES.qwen3,
    ...changes,
    config: { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", ...changes.config },
    generation: { temperature: 0.6, top_p: 0.95, repetition_penalty: undefined, ...changes.generation },
    tokens: { ...QWEN_TOKENS, 151667: "<think>", 151668: "</think>" },
  });
}

export function llama3(changes: FolderModel = {}): string {
  return qwen({
    name: "Llama-3.1-8B-Instruct",
    template: TEMPLATES.llama3,
    tokens: LLAMA_TOKENS,
    ...changes,
    config: {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: 128256,
      eos_token_id: [128001, 128009],
      ...changes.config,
    },
    generation: { eos_token_id: [128001, 128009], ...changes.generation },
    tokenizer: {
      bos_token: "<|begin_of_text|>",
      eos_token: "<|eot_id|>",
      pad_token: undefined,
      add_bos_token: true,
      ...changes.tokenizer,
    },
  });
}

export function gemma(changes: FolderModel = {}): string {
  return qwen({
    name: "gemma-2-9b-it",
    template: TEMPLATES.gemma,
    tokens: GEMMA_TOKENS,
    ...changes,
    config: {
      architectures: ["Gemma2ForCausalLM"],
      model_type: "gemma2",
      vocab_size: 256000,
      eos_token_id: [1, 107],
    },
    generation: { eos_token_id: [1, 107] },
    tokenizer: { bos_token: "<bos>", eos_token: "<eos>", pad_token: "<pad>", add_bos_token: true },
  });
}

/** An embedding model in the layout of sentence-transformers. */
export function embedder(
  changes: { name?: string; pooling?: Json; files?: Json; maxTokens?: number } = {},
): string {
  const type = (name: string, at: number) => ({
    idx: at,
    name: String(at),
    path: `${at}_${name}`,
    type: `sentence_transformers.models.${name}`,
  });
  return folder(
    {
      "config.json": { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", vocab_size: 151669 },
      "modules.json": [type("Transformer", 0), type("Pooling", 1), type("Normalize", 2)],
      "1_Pooling/config.json": {
        word_embedding_dimension: 8,
        pooling_mode_lasttoken: true,
        ...changes.pooling,
      },
      "config_sentence_transformers.json": {
        prompts: {
          query:
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
          document: "",
        },
      },
      "sentence_bert_config.json": { max_seq_length: changes.maxTokens ?? 512 },
      "tokenizer_config.json": {
        eos_token: "<|im_end|>",
        pad_token: "<|endoftext|>",
        added_tokens_decoder: { 151643: { content: "<|endoftext|>" }, 151645: { content: "<|im_end|>" } },
      },
      "tokenizer.json": {
        added_tokens: [{ id: 151643, content: "<|endoftext|>" }],
        model: { vocab: {} },
        post_processor: {
          type: "Sequence",
          processors: [
            { type: "ByteLevel" },
            {
              type: "TemplateProcessing",
              single: [{ Sequence: { id: "A" } }, { SpecialToken: { id: "<|endoftext|>" } }],
              special_tokens: { "<|endoftext|>": { ids: [151643] } },
            },
          ],
        },
      },
      ...changes.files,
    },
    changes.name ?? "Qwen3-Embedding-0.6B",
  );
}

/** A GGUF with a vocabulary of words and control tokens, in this order; ids count from 0. */
export function gguf(
  name: string,
  words: readonly string[],
  control: readonly string[],
  keys: Readonly<Record<string, Value>> = {},
  changes: Partial<GgufParts> = {},
): string {
  const tokens = [...words, ...control];
  const parts = tinyModel(
    {
      "general.name": text(name),
      "tokenizer.ggml.tokens": { type: "strings", value: tokens },
      "tokenizer.ggml.token_type": {
        type: "i32s",
        value: tokens.map((_, at) => (at < words.length ? 1 : 3)),
      },
      "tokenizer.ggml.pre": text("qwen2"),
      "tokenizer.ggml.eos_token_id": count(tokens.length - 1),
      ...keys,
    },
    {
      tensors: [
        { name: "token_embd.weight", shape: [8, tokens.length] },
        { name: "blk.0.attn_q.weight", shape: [8, 8] },
        { name: "output_norm.weight", shape: [8] },
      ],
      ...changes,
    },
  );
  return temporaryFile(`${name}.gguf`, ggufBytes(parts));
}

/** The bytes of a safetensors file with these tensors of F32 numbers, in rows of this many; else in one row. */
export function safetensors(
  tensors: Readonly<Record<string, readonly number[]>>,
  width?: number,
): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const start = offset;
      offset += values.length * 4;
      return [
        name,
        {
          dtype: "F32",
          shape: width === undefined ? [1, values.length] : [values.length / width, width],
          data_offsets: [start, offset],
        },
      ];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(Float32Array.from(Object.values(tensors).flat()).buffer)]);
}

/** A transcript of these turns, as messages. */
export function transcript(...turns: readonly (readonly [role: string, content: string])[]): string {
  return file(
    "transcript.json",
    turns.map(([role, content]) => ({ role, content })),
  );
}

/** A response of an OpenAI-compatible server. */
export function response(message: Json, changes: Json = {}, usage: Json = {}): string {
  return file("response.json", {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop", ...changes }],
    usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29, ...usage },
  });
}

/** An embedding of 64 rows, ordinary but for the rows of turn tokens 61 and 62, which are zero. */
export function untrainedRows(): Uint8Array {
  const width = 16;
  const rows = Array.from({ length: 64 * width }, (_, at) => {
    const row = Math.floor(at / width);
    return row === 61 || row === 62 ? 0 : Math.sin(at * 12.9898 + row);
  });
  return safetensors({ "model.embed_tokens.weight": rows }, width);
}

/** The tokens of that embedding. */
export const ROW_TOKENS: Readonly<Record<number, string>> = {
  60: "<|endoftext|>",
  61: "<|im_start|>",
  62: "<|im_end|>",
};
