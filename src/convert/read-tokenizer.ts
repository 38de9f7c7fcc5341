import { join } from "node:path";
import { BadFileError } from "../errors.ts";
import { tooLarge } from "../formats/gguf/problems.ts";
import { parseSentencePiece, type SentencePieceFile } from "../formats/tokenizer/sentencepiece-model.ts";
import {
  type AddedToken,
  MAX_TOKENIZER_BYTES,
  parseTokenizerJson,
  type TokenizerFile,
} from "../formats/tokenizer/tokenizer-json.ts";
import type { ModelFiles } from "../hub/model-files.ts";
import { isJsonObject, type ModelFolder } from "../hub/model-folder.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { ANOTHER_MODEL, UnconvertibleError } from "./unconvertible.ts";

/** A model's tokenizer. */
export interface FoundTokenizer {
  readonly tokenizer: TokenizerFile;
  /** How soon pieces are joined to each token, where a SentencePiece model says so and no merges do. */
  readonly scores: ReadonlyMap<number, number> | undefined;
}

/**
 * Reads tokenizer.json, or where there is none, SentencePiece's tokenizer.model with the tokens that were added to it
 * later. Throws BadFileError where neither is there or it is damaged, UnconvertibleError where it works otherwise than
 * libllama can.
 */
export async function readTokenizer(files: ModelFiles, folder: ModelFolder): Promise<FoundTokenizer> {
  const source = await files.text("tokenizer.json", MAX_TOKENIZER_BYTES);
  if (source !== undefined) {
    return { tokenizer: parseTokenizerJson(join(files.path, "tokenizer.json"), source), scores: undefined };
  }
  const name = "tokenizer.model";
  if (!(await files.list()).some((file) => file.name === name)) throw missing(files.path);
  await using file = await files.open(name);
  if (file.size > MAX_TOKENIZER_BYTES) throw tooLarge(file.path, file.size, MAX_TOKENIZER_BYTES);
  return fromSentencePiece(parseSentencePiece(file.path, await file.read(0, file.size)), folder);
}

function fromSentencePiece(file: SentencePieceFile, folder: ModelFolder): FoundTokenizer {
  const { path, pieces, algorithm, fallsBackToBytes, addsSpace, rewritesText } = file;
  if (algorithm !== "bpe" || !fallsBackToBytes || rewritesText) {
    const en =
      algorithm !== "bpe" ? `joins by ${algorithm}` : "rewrites text, or has no bytes to fall back to";
    throw unlike(path, {
      en: `its SentencePiece model ${en}`,
      zh: "其 SentencePiece 模型的工作方式不受支持",
    });
  }
  const added = new Map<number, AddedToken>();
  const scores = new Map<number, number>();
  const vocabulary = new Map<string, number>();
  pieces.forEach(({ text, score, kind }, id) => {
    if (kind === "control" || kind === "user defined") {
      added.set(id, { id, text, isSpecial: kind === "control", strips: false });
      return;
    }
    if (vocabulary.has(text)) throw unlike(path, twice(text));
    vocabulary.set(text, id);
    if (kind === "normal") scores.set(id, score);
  });
  for (const token of addedLater(folder)) added.set(token.id, token);
  for (const { id, text } of added.values()) if (vocabulary.get(text) === id) vocabulary.delete(text);
  return {
    scores,
    tokenizer: {
      path,
      vocabulary,
      merges: [],
      addedTokens: [...added.values()],
      ignoresMerges: false,
      fallsBackToBytes,
      unknownToken: pieces.find(({ kind }) => kind === "unknown")?.text,
      normalizers: [
        ...(addsSpace ? [{ type: "Prepend", prepend: "\u2581" }] : []),
        { type: "Replace", pattern: { String: " " }, content: "\u2581" },
      ],
      preTokenizers: [],
      // Llama's tokenizer puts the beginning before every text, unless its settings say otherwise.
      postProcessors: [{ type: "TemplateProcessing", single: [{ SpecialToken: { id: "<s>", type_id: 0 } }] }],
    },
  };
}

/** Tokens that were added behind the pieces: `added_tokens_decoder`, or added_tokens.json of older models. */
function addedLater({ tokenizerConfig, addedTokens }: ModelFolder): AddedToken[] {
  const tokens: AddedToken[] = [];
  for (const [text, id] of Object.entries(addedTokens ?? {})) {
    if (isId(id) && text !== "") tokens.push({ id, text, isSpecial: false, strips: false });
  }
  const decoder = tokenizerConfig?.added_tokens_decoder;
  for (const [key, token] of Object.entries(isJsonObject(decoder) ? decoder : {})) {
    const { content, special, lstrip, rstrip } = isJsonObject(token) ? token : {};
    const id = Number(key);
    if (!isId(id) || typeof content !== "string" || content === "") continue;
    const strips = lstrip === true || rstrip === true;
    tokens.push({ id, text: content, isSpecial: special === true, strips });
  }
  return tokens;
}

function isId(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0;
}

function missing(folder: string): BadFileError {
  const shown = printable(folder);
  return new BadFileError(folder, {
    en: `${shown} has no tokenizer.json and no tokenizer.model, one of which a conversion needs. Download the whole model.`,
    zh: `${shown} 中没有转换所需的 tokenizer.json 或 tokenizer.model。请下载完整的模型。`,
  });
}

function unlike(path: string, what: Text): UnconvertibleError {
  return new UnconvertibleError(path, what, ANOTHER_MODEL);
}

function twice(text: string): Text {
  const shown = printable(text);
  return { en: `its piece "${shown}" is there twice`, zh: `其词元 "${shown}" 重复` };
}
