import { BasewiseError } from "../errors.ts";
import { type Checkpoint, readCheckpoint, type StoredTensor } from "../formats/safetensors/checkpoint.ts";
import type { ModelFiles } from "../hub/model-files.ts";
import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import type { MoreFiles } from "../model/file-facts.ts";
import type { FileFacts } from "../stage/file-facts.ts";
import { jsonIn } from "./exhibit-file.ts";

/** tokenizer.json of the largest vocabularies has 33 MB. */
const MAX_TOKENIZER_BYTES = 64 * 2 ** 20;
const MAX_SMALL_BYTES = 16 * 2 ** 20;
/** Two matrices that agree in so many bytes are the same. */
const COMPARED_BYTES = 64 * 1024;

/** What the doctor reads of a folder on this machine beyond what tells the stage. A file that is damaged is left out. */
export async function readMoreFiles(files: ModelFiles): Promise<MoreFiles> {
  const json = async (name: string, most = MAX_SMALL_BYTES): Promise<JsonObject | undefined> => {
    const text = await files.text(name, most).catch(() => undefined);
    const value = text === undefined ? undefined : jsonIn(text);
    return isJsonObject(value) ? value : undefined;
  };
  const checkpoint = await readCheckpoint(files).catch((error: unknown) => {
    if (error instanceof BasewiseError) return undefined;
    throw error;
  });
  return {
    tokenizer: await json("tokenizer.json", MAX_TOKENIZER_BYTES),
    sentenceBert: await json("sentence_bert_config.json"),
    templates: await templatesIn(files, json),
    tensors: checkpoint === undefined ? undefined : [...checkpoint.tensors.keys()],
    headEqualsEmbedding: checkpoint === undefined ? undefined : await headEqualsEmbedding(files, checkpoint),
  };
}

/** Every place of a chat template, the one that wins first. */
async function templatesIn(
  files: ModelFiles,
  json: (name: string) => Promise<JsonObject | undefined>,
): Promise<FileFacts["templates"]> {
  const places = [
    {
      file: "chat_template.jinja",
      source: await files.text("chat_template.jinja", MAX_SMALL_BYTES).catch(() => undefined),
    },
    { file: "chat_template.json", source: (await json("chat_template.json"))?.chat_template },
    {
      file: "tokenizer_config.json",
      source: defaultOf((await json("tokenizer_config.json"))?.chat_template),
    },
  ];
  return places.flatMap(({ file, source }) => (typeof source === "string" ? [{ file, source }] : []));
}

/** A template, or the default one among several named ones. */
function defaultOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const entries = value.filter(isJsonObject);
  return (entries.find((entry) => entry.name === "default") ?? entries[0])?.template;
}

async function headEqualsEmbedding(files: ModelFiles, { tensors }: Checkpoint): Promise<boolean | undefined> {
  const find = (pattern: RegExp): StoredTensor | undefined =>
    [...tensors.values()].find(({ name }) => pattern.test(name));
  const head = find(/(^|\.)lm_head\.weight$/);
  const embedding = find(/(^|\.)(embed_tokens|wte|word_embeddings)\.weight$/);
  if (head === undefined || embedding === undefined) return undefined;
  if (head.bytes !== embedding.bytes || head.dtype !== embedding.dtype) return false;
  const part = async ({ file, offset, bytes }: StoredTensor, at: number): Promise<Uint8Array> => {
    await using opened = await files.open(file);
    const start = Math.max(0, Math.min(at, bytes - COMPARED_BYTES));
    return opened.read(offset + start, Math.min(COMPARED_BYTES, bytes));
  };
  for (const share of [0, 0.5, 1]) {
    const at = Math.floor(head.bytes * share);
    if (Buffer.compare(await part(head, at), await part(embedding, at)) !== 0) return false;
  }
  return true;
}
