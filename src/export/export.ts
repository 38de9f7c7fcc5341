import { stat } from "node:fs/promises";
import { requireAbsent } from "../convert/convert.ts";
import { BadInputError } from "../errors.ts";
import { resolveReference } from "../hub/reference.ts";
import type { FloatType } from "../native/rows.ts";
import { printable } from "../printable.ts";
import { mergedValues } from "../train/adapter/merge.ts";
import { openModelFile } from "../train/model-file.ts";
import { carryCard } from "./card.ts";
import { type ExportedModel, writeFolder } from "./folder.ts";
import type { ModelFormat } from "./formats.ts";
import { fileNameOf } from "./merge.ts";
import { writePeft } from "./peft.ts";
import { adapterFileOf, openTrained } from "./trained.ts";

/** What to export to. */
export interface ExportOptions {
  /** The format to write. */
  readonly to: ModelFormat;
  /** The model that an adapter was trained beside; the file that it was unless stated. */
  readonly parent?: string | undefined;
  /** For `peft`: what PEFT is to load the parent by, a repository or a folder; the parent's name unless stated. */
  readonly base?: string | undefined;
  /** For `hf`: what weights are kept as; bf16 unless stated. */
  readonly type?: FloatType | undefined;
  /** The folder to write; `<name>-<format>` in the current folder unless stated. */
  readonly output?: string | undefined;
  /** Whether an output that exists already is replaced. */
  readonly force?: boolean | undefined;
  /** Ends the export early and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** What an export made. */
export interface Export {
  /** The folder that was written. */
  readonly path: string;
  /** Its format. */
  readonly to: ModelFormat;
  /** The names of its files. */
  readonly files: readonly string[];
  /** Their sizes together. */
  readonly bytes: number;
}

/**
 * Writes the adapter of a run for PEFT, or a model (a GGUF file of llama, qwen2 or qwen3, or the run of an adapter, which is
 * then merged) as a folder for transformers. Throws UnexportableError, WrongParentError, and what reading and writing throw.
 */
export async function exportModel(source: string, options: ExportOptions): Promise<Export> {
  const { to, parent, base, type = "bf16", force, signal } = options;
  const file = await adapterFileOf(source);
  const found = file === undefined ? undefined : await openTrained(file, parent);
  if (to === "peft") {
    if (found === undefined) throw noAdapter(source);
    const { trained } = found;
    const path = options.output ?? `${fileNameOf(trained.record.name)}-peft`;
    if (force !== true) await requireAbsent(path);
    const files = [
      ...(await writePeft(path, found.parent.config, trained, base ?? trained.record.parent.name)),
      ...(await carryCard(found.source, path, "adapter")),
    ];
    return { path, to, files, bytes: await bytesOf(files) };
  }
  const { name, model } = found === undefined ? await wholeModel(source) : mergedModel(found);
  const path = options.output ?? `${fileNameOf(name)}-hf`;
  if (force !== true) await requireAbsent(path);
  const files = [
    ...(await writeFolder(path, model, type, signal)),
    ...(await carryCard(found?.source ?? model.header.path, path, "finetune")),
  ];
  return { path, to, files, bytes: await bytesOf(files) };
}

async function wholeModel(source: string): Promise<{ name: string; model: ExportedModel }> {
  const { path } = await resolveReference(source);
  const { header, config, stored } = await openModelFile(path);
  return {
    name: header.metadata.string("general.name") ?? "model",
    model: { header, config, valuesOf: (tensor) => stored.get(tensor)?.floats() },
  };
}

function mergedModel({ trained, parent }: Awaited<ReturnType<typeof openTrained>>) {
  const { adapter, record, learned } = trained;
  const { header, config, stored } = parent;
  const model: ExportedModel = {
    header,
    config,
    chatTemplate: record.chatTemplate,
    endToken: record.endToken,
    valuesOf: (tensor) => {
      const weight = stored.get(tensor);
      return weight && mergedValues(weight, adapter, learned);
    },
  };
  return { name: record.name, model };
}

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function noAdapter(source: string): BadInputError {
  const shown = printable(source);
  return new BadInputError({
    en: `${shown} holds no adapter to write for PEFT; give the folder of a run whose recipe has an adapter, or use --to hf.`,
    zh: `${shown} 中没有可导出为 PEFT 的适配器；请给出配方带有 adapter 的训练文件夹，或使用 --to hf。`,
  });
}
