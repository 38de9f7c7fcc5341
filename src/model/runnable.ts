import { ChatTemplate } from "../chat/template.ts";
import { BadFileError } from "../errors.ts";
import { type GgufHeader, readGgufHeader } from "../formats/gguf/header.ts";
import { TOOL_TEMPLATE_KEY } from "../formats/gguf/metadata.ts";
import type { Lead } from "../hub/reference.ts";
import { printable } from "../printable.ts";

/** A model file that an engine can load. */
export interface Runnable {
  readonly header: GgufHeader;
  readonly template: ChatTemplate | undefined;
  /** The template for conversations with tools, where the model has one of its own (Command R, Hermes 2 Pro). */
  readonly toolTemplate?: ChatTemplate;
}

/** Reads the header of what a reference leads to. Throws BadFileError for a folder without a model that can be run. */
export async function readRunnable({ kind, path, reference }: Lead): Promise<Runnable> {
  if (kind === "folder") throw notRunnable(path);
  const header = await readGgufHeader(path);
  const tokens = { bos: tokenText(header, "bos"), eos: tokenText(header, "eos") };
  const templateAt = (key: string): ChatTemplate | undefined => {
    const source = header.metadata.string(key);
    return source === undefined ? undefined : new ChatTemplate(reference, source, tokens);
  };
  const toolTemplate = templateAt(TOOL_TEMPLATE_KEY);
  return {
    header,
    template: templateAt("tokenizer.chat_template"),
    ...(toolTemplate === undefined ? {} : { toolTemplate }),
  };
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
