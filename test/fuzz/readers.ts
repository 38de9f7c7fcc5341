import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChatTemplate } from "../../src/chat/template.ts";
import { readModelConfig } from "../../src/convert/model-config.ts";
import { vocabularyMetadata } from "../../src/convert/vocabulary.ts";
import { readOutput, readPrompt } from "../../src/doctor/output.ts";
import { readTrainingConfig } from "../../src/doctor/training-config.ts";
import { readTrainingData } from "../../src/doctor/training-data.ts";
import { readTranscript } from "../../src/doctor/transcript.ts";
import { BasewiseError } from "../../src/errors.ts";
import { readExamples } from "../../src/formats/datasets/examples.ts";
import type { FileBytes } from "../../src/formats/file-bytes.ts";
import { readGgufHeaderFrom } from "../../src/formats/gguf/header.ts";
import { requireLoadable } from "../../src/formats/gguf/loadable.ts";
import { JsonError, parseJson } from "../../src/formats/json.ts";
import { parseShardIndex } from "../../src/formats/safetensors/checkpoint.ts";
import { readSafetensorsHeaderFrom } from "../../src/formats/safetensors/header.ts";
import { parseSentencePiece } from "../../src/formats/tokenizer/sentencepiece-model.ts";
import { parseTokenizerJson } from "../../src/formats/tokenizer/tokenizer-json.ts";
import type { ModelFiles } from "../../src/hub/model-files.ts";
import { readModelFolder } from "../../src/hub/model-folder.ts";
import { parseReference } from "../../src/hub/parse-reference.ts";
import { Http } from "../../src/hub/remote/http.ts";
import { huggingFaceRepository } from "../../src/hub/remote/hugging-face.ts";
import { modelScopeRepository } from "../../src/hub/remote/modelscope.ts";
import { ollamaRepository } from "../../src/hub/remote/ollama-registry.ts";
import { factsOfFolder } from "../../src/model/folder-facts.ts";
import { factsOfGguf } from "../../src/model/gguf-facts.ts";
import { inspectFacts } from "../../src/model/inspect.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "../../src/native/gguf-writer.ts";
import { readRecipe } from "../../src/train/read-recipe.ts";

/** A reader of strangers' files. */
export interface Reader {
  readonly name: string;
  /** How often it gets its turn. */
  readonly share: number;
  /** Sound inputs, to be changed. */
  readonly seeds: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** Whether an error is a refusal of the reader's own, beside those of BasewiseError. */
  readonly refuses?: (error: unknown) => boolean;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const fixture = (name: string): Uint8Array => readFileSync(`${root}test/fixtures/${name}`);
const model = (name: string): Uint8Array => fixture(`convert/tiny-qwen3-instruct/${name}`);
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function inMemory(bytes: Uint8Array): FileBytes {
  return {
    path: "fuzzed",
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A model folder in which one file is the input. */
function folderOf(name: string, bytes: Uint8Array): ModelFiles {
  const sound = ["config.json", "generation_config.json", "tokenizer_config.json"];
  return {
    path: "fuzzed",
    cost: { requests: 0, bytes: 0 },
    list: async () => [],
    open: async () => inMemory(bytes),
    text: async (wanted) =>
      wanted === name ? textOf(bytes) : sound.includes(wanted) ? textOf(model(wanted)) : undefined,
  };
}

async function judged(files: ModelFiles): Promise<void> {
  inspectFacts("fuzzed", factsOfFolder("fuzzed", [], await readModelFolder(files)));
}

/** Throws what is no refusal of ours, and a refusal where all readers refuse. */
async function whatNoneTakes(reads: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(reads);
  const reasons = outcomes.flatMap((outcome): unknown[] =>
    outcome.status === "rejected" ? [outcome.reason] : [],
  );
  const strange = reasons.find((reason) => !isOurs(reason));
  if (strange !== undefined) throw strange;
  if (reasons.length === reads.length) throw reasons[0];
}

const scratch = mkdtempSync(join(tmpdir(), "basewise-fuzz-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
/** Readers that take a path get the input as a file. */
const onDisk =
  (name: string, ...readers: ((path: string) => Promise<unknown>)[]) =>
  async (bytes: Uint8Array): Promise<void> => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    await whatNoneTakes(readers.map((read) => read(path)));
  };

/** A little file of our own writer's, with a value of every kind. */
async function smallGguf(): Promise<Uint8Array> {
  const path = join(scratch, "seed.gguf");
  const tensor = (name: string, ...sizes: number[]): GgufTensor => ({
    name,
    sizes,
    type: "f32",
    pieces: () => [new Uint8Array(4 * sizes.reduce((product, size) => product * size, 1))],
  });
  await writeGguf(
    path,
    new Map<string, GgufValue>([
      ["general.architecture", "qwen3"],
      ["general.name", "Small-Instruct"],
      ["basewise.stage", "instruct"],
      ["qwen3.block_count", 1],
      ["qwen3.context_length", 64],
      ["qwen3.embedding_length", 8],
      ["qwen3.feed_forward_length", 16],
      ["qwen3.attention.head_count", 2],
      ["qwen3.rope.freq_base", { f32: 10_000 }],
      ["tokenizer.ggml.model", "gpt2"],
      ["tokenizer.ggml.tokens", { strings: ["a", "b", "<|im_start|>", "<|im_end|>"] }],
      ["tokenizer.ggml.token_type", { i32s: Int32Array.of(1, 1, 3, 3) }],
      ["tokenizer.ggml.scores", { f32s: Float32Array.of(0, -1, -2, -3) }],
      ["tokenizer.ggml.eos_token_id", 3],
      ["tokenizer.ggml.add_bos_token", false],
      ["tokenizer.chat_template", "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"],
    ]),
    [tensor("token_embd.weight", 8, 4), tensor("blk.0.attn_q.weight", 8, 8), tensor("output_norm.weight", 8)],
  );
  return readFileSync(path);
}

/** What a hub on this machine answers next, whatever it is asked. */
let answer: Uint8Array = new Uint8Array();
const server = createServer((_, response) => response.end(answer));
/** Every hub is this one. */
async function hub(): Promise<string> {
  if (!server.listening) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return `127.0.0.1:${address.port}`;
}

async function readHubs(bytes: Uint8Array): Promise<void> {
  const host = await hub();
  process.env.HF_ENDPOINT = `http://${host}`;
  process.env.MODELSCOPE_ENDPOINT = `http://${host}`;
  answer = bytes;
  const http = new Http({ retryMs: 1 });
  const reads = [
    huggingFaceRepository(http, { kind: "hugging face", name: "a/b" }),
    modelScopeRepository(http, { kind: "modelscope", name: "a/b" }),
    ollamaRepository(http, { kind: "ollama", host, namespace: "a", model: "b", tag: "c" }),
  ];
  await whatNoneTakes(reads);
}

const CONVERSATION = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "How many legs does a dog have?" },
  { role: "assistant", content: "<think>\nA dog…\n</think>\n\nFour.<|im_end|>" },
];
const RESPONSE = {
  id: "1",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Four." } }],
  usage: { prompt_tokens: 9, completion_tokens: 2 },
};
const VECTORS = { data: [{ embedding: [0.1, -0.2, 0.3] }, { embedding: [0.1, 0.2, 0.3] }] };

export const READERS: readonly Reader[] = [
  {
    name: "gguf",
    share: 6,
    seeds: [await smallGguf()],
    read: async (bytes) => {
      const header = await readGgufHeaderFrom(inMemory(bytes));
      inspectFacts("fuzzed", factsOfGguf("fuzzed", [], header));
      requireLoadable(header);
    },
  },
  {
    name: "safetensors",
    share: 4,
    seeds: [fixture("safetensors/dtypes.safetensors")],
    read: (bytes) => readSafetensorsHeaderFrom(inMemory(bytes)),
  },
  {
    name: "shard index",
    share: 2,
    seeds: [model("model.safetensors.index.json")],
    read: (bytes) => parseShardIndex("fuzzed", bytes),
  },
  {
    name: "json",
    share: 3,
    seeds: [json({ a: [1, "b", { c: null }], "d\u0000": 1.5, é: "\u{1f431}" })],
    read: (bytes) => parseJson(textOf(bytes), { depth: 64, values: 1000 }),
    refuses: (error) => error instanceof JsonError,
  },
  {
    name: "tokenizer.json",
    share: 2,
    seeds: [model("tokenizer.json"), fixture("convert/tiny-llama2/tokenizer.json")],
    read: (bytes) => vocabularyMetadata(parseTokenizerJson("fuzzed", textOf(bytes)), 400),
  },
  {
    name: "tokenizer.model",
    share: 3,
    seeds: [fixture("sentencepiece/llama.model")],
    read: (bytes) => parseSentencePiece("fuzzed", bytes),
  },
  {
    name: "config.json",
    share: 3,
    seeds: [model("config.json")],
    read: (bytes) => judged(folderOf("config.json", bytes)),
  },
  {
    name: "config.json to convert",
    share: 2,
    seeds: [
      model("config.json"),
      fixture("convert/tiny-qwen2-yarn/config.json"),
      fixture("convert/tiny-llama3/config.json"),
    ],
    read: async (bytes) => {
      const { config } = await readModelFolder(folderOf("config.json", bytes));
      readModelConfig("fuzzed", config ?? {});
    },
  },
  {
    name: "tokenizer_config.json",
    share: 2,
    seeds: [model("tokenizer_config.json"), fixture("convert/tiny-llama3/tokenizer_config.json")],
    read: (bytes) => judged(folderOf("tokenizer_config.json", bytes)),
  },
  {
    name: "model card",
    share: 2,
    seeds: [
      readFileSync(`${root}models/mini-base.md`),
      Buffer.from(
        "---\nbase_model:\n- a/b\ntags: [x, y]\nlicense: mit\n---\n# Title\n\n```\ncode\n```\nText",
      ),
    ],
    read: (bytes) => judged(folderOf("README.md", bytes)),
  },
  {
    name: "adapter_config.json",
    share: 1,
    seeds: [
      json({
        peft_type: "LORA",
        base_model_name_or_path: "Qwen/Qwen3-0.6B",
        r: 8,
        target_modules: ["q_proj"],
      }),
    ],
    read: (bytes) => judged(folderOf("adapter_config.json", bytes)),
  },
  {
    name: "modules.json",
    share: 1,
    seeds: [json([{ idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" }])],
    read: (bytes) => judged(folderOf("modules.json", bytes)),
  },
  {
    name: "template",
    share: 2,
    seeds: [
      Buffer.from(
        "{%- for message in messages %}{% if message.role == 'user' -%}<|im_start|>{{ message['content'] | trim }}<|im_end|>\n{%- elif loop.last %}{{ raise_exception('no ' ~ message.role) }}{% endif %}{% endfor %}{% set ns = namespace(a=[1, 2.5, {'b': none}]) %}{% macro m(x=1) %}{{ x[0:2] }}{% endmacro %}",
      ),
    ],
    read: (bytes) => new ChatTemplate("fuzzed", textOf(bytes), { bos: "", eos: "" }),
  },
  {
    name: "transcript, output and prompt",
    share: 3,
    seeds: [
      json(CONVERSATION),
      json(RESPONSE),
      json(VECTORS),
      json({ request: { messages: CONVERSATION, temperature: 0 }, response: RESPONSE }),
      json([
        {
          conversations: [
            { from: "human", value: "Hi" },
            { from: "gpt", value: "Yes?" },
          ],
        },
      ]),
      Buffer.from("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\nUser: and?\n"),
    ],
    read: onDisk("transcript.json", readTranscript, readOutput, readPrompt),
  },
  {
    name: "training data",
    share: 2,
    seeds: [
      json({ messages: CONVERSATION }),
      Buffer.from(
        `${JSON.stringify({ text: "a" })}\n${JSON.stringify({ input_ids: [1, 2, 3], labels: [-100, 2, 3] })}\n`,
      ),
    ],
    read: onDisk("data.jsonl", (path) => readTrainingData(path, undefined), readAllExamples),
  },
  {
    name: "recipe and training configuration",
    share: 2,
    seeds: [
      readFileSync(`${root}models/make/base.yaml`),
      readFileSync(`${root}models/make/instruct.yaml`),
      Buffer.from(
        "base_model: Qwen/Qwen3-0.6B\ndatasets:\n  - path: a.jsonl\n    type: chat_template\nspecial_tokens: {eos_token: '<|im_end|>'}\n",
      ),
    ],
    read: onDisk("recipe.yaml", readRecipe, readTrainingConfig),
  },
  {
    name: "reference",
    share: 3,
    seeds: [
      "Qwen/Qwen3-0.6B",
      "owner/name:Q4_K_M@main",
      "ollama:llama3.2:1b",
      "ollama:registry.example/a/b:c",
      "modelscope:a/b",
      "./a.gguf",
      "https://example.com/a.gguf",
      "C:\\models\\a.gguf",
    ].map((text) => Buffer.from(text)),
    read: (bytes) => parseReference(textOf(bytes)),
  },
  {
    name: "hub answers",
    share: 1,
    seeds: [
      json({
        sha: "0".repeat(40),
        downloads: 3,
        cardData: { license: "mit" },
        siblings: [
          { rfilename: "a/config.json", size: 3, blobId: "1".repeat(40) },
          { rfilename: "m.safetensors", size: 9, lfs: { size: 9, sha256: "2".repeat(64) } },
        ],
      }),
      json({
        Code: 200,
        Success: true,
        Data: { Files: [{ Path: "config.json", Size: 3, Type: "blob", Sha256: "2".repeat(64) }] },
      }),
      json({
        schemaVersion: 2,
        layers: [
          { mediaType: "application/vnd.ollama.image.model", digest: `sha256:${"2".repeat(64)}`, size: 9 },
        ],
      }),
    ],
    read: readHubs,
  },
];

/** Whether an error says in a sentence of ours what is wrong. */
export function isOurs(error: unknown): boolean {
  return error instanceof BasewiseError;
}

/** Reads every row of a data set, as training does. */
async function readAllExamples(path: string): Promise<number> {
  let rows = 0;
  for await (const _ of readExamples({ path })) rows++;
  return rows;
}
