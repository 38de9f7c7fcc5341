import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { convert } from "../convert/convert.ts";
import type { TextTokenizer } from "../formats/tokenizer/text-tokenizer.ts";
import { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import { nameOfPath, resolveReference } from "../hub/reference.ts";
import { inspect } from "../model/inspect.ts";
import { STAGE_KEY } from "../stage/signals/recorded.ts";
import { STAGES, type Stage } from "../stage/stage.ts";
import { LibraryTokenizer } from "./library-tokenizer.ts";
import { openModelFile, type StoredModel } from "./model-file.ts";
import type { StoredWeight } from "./stored-weights.ts";

/** The model that a run starts from. */
export interface Parent extends StoredModel {
  /** What it is called. */
  readonly name: string;
  /** Its GGUF file. */
  readonly path: string;
  /** Of its weights; see `hashOfWeights`. */
  readonly hash: string;
  /** Missing where nobody can tell. */
  readonly stage?: Stage;
  readonly tokenizer: TextTokenizer;
}

/**
 * Opens the model that a reference leads to: a GGUF file, or a Hugging Face folder, which is converted into the run's
 * own folder first. Throws what `resolveReference`, `convert` and `openModelFile` throw.
 */
export async function openParent(reference: string, output: string): Promise<Parent> {
  const lead = await resolveReference(reference);
  const path = lead.kind === "file" ? lead.path : await converted(lead.path, output);
  const model = await openModelFile(path);
  const stage = await stageOf(model, path);
  return {
    ...model,
    path,
    name: model.header.metadata.string("general.name") ?? lead.published ?? nameOfPath(lead.path),
    hash: hashOfWeights(model.stored),
    ...(stage === undefined ? {} : { stage }),
    tokenizer: tokenizerOf(model),
  };
}

async function converted(folder: string, output: string): Promise<string> {
  const path = join(output, "parent.gguf");
  if (existsSync(path)) return path; // written whole or not at all
  await mkdir(output, { recursive: true });
  await convert(folder, { output: path });
  return path;
}

/** The stage that its maker recorded, or else the one that is judged from its files. */
async function stageOf({ header }: StoredModel, path: string): Promise<Stage | undefined> {
  const recorded = header.metadata.string(STAGE_KEY);
  return STAGES.find((stage) => stage === recorded) ?? (await inspect(path)).stage ?? undefined;
}

/** Our own tokenizer where it is proven the same, since its words are cached; else the library's. */
function tokenizerOf({ header: { path, metadata }, vocabulary }: StoredModel): TextTokenizer {
  const isOwn =
    metadata.string("tokenizer.ggml.model") === "gpt2" && metadata.string("tokenizer.ggml.pre") === "qwen2";
  return isOwn ? new Tokenizer(vocabulary) : new LibraryTokenizer(path, vocabulary);
}

/**
 * SHA-256 over the names, types, sizes and bytes of all tensors, by name: what an adapter was trained beside. Metadata
 * may be mended without making it another model.
 */
export function hashOfWeights(stored: ReadonlyMap<string, StoredWeight>): string {
  const hash = createHash("sha256");
  for (const [name, { type, sizes, pieces }] of [...stored].sort(([one], [other]) =>
    one < other ? -1 : 1,
  )) {
    hash.update(`${name}\0${type}\0${sizes.join()}\0`);
    for (const piece of pieces()) hash.update(piece);
  }
  return hash.digest("hex");
}

/** The token behind a document in raw text: the vocabulary's own one, which a chat model does not end its turns on. */
export function endOfDocument({ header: { metadata }, vocabulary }: StoredModel): number | undefined {
  const named = vocabulary.controlTokens.find(({ text }) => END_OF_DOCUMENT.test(text));
  return named?.id ?? metadata.number("tokenizer.ggml.eos_token_id");
}

const END_OF_DOCUMENT = /^(?:<\|endoftext\|>|<\|end_of_text\|>|<\/s>|<eos>)$/;
