import { ChatTemplate } from "../chat/template.ts";
import { BadFileError } from "../errors.ts";
import { type GgufHeader, readGgufHeader } from "../formats/gguf/header.ts";
import type { Lead } from "../hub/reference.ts";
import { printable } from "../printable.ts";

/** A model file that an engine can load. */
export interface Runnable {
  readonly header: GgufHeader;
  readonly template: ChatTemplate | undefined;
}

/** Reads the header of what a reference leads to. Throws BadFileError for a folder without a model that can be run. */
export async function readRunnable({ kind, path, reference }: Lead): Promise<Runnable> {
  if (kind === "folder") throw notRunnable(path);
  const header = await readGgufHeader(path);
  const source = header.metadata.string("tokenizer.chat_template");
  const template =
    source === undefined
      ? undefined
      : new ChatTemplate(reference, source, { bos: tokenText(header, "bos"), eos: tokenText(header, "eos") });
  return { header, template };
}

function tokenText({ metadata }: GgufHeader, which: "bos" | "eos"): string {
  const id = metadata.number(`tokenizer.ggml.${which}_token_id`);
  return (id === undefined ? undefined : metadata.stringAt("tokenizer.ggml.tokens", id)) ?? "";
}

function notRunnable(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} holds no GGUF file, and basewise runs GGUF only so far; give the model as GGUF.`,
    zh: `${printable(path)} 中没有 GGUF 文件，而 basewise 目前只能运行 GGUF；请提供 GGUF 格式的模型。`,
  });
}
