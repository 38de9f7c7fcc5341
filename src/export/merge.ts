import { stat } from "node:fs/promises";
import { requireAbsent } from "../convert/convert.ts";
import type { GgufProgress } from "../native/gguf-writer.ts";
import type { RowType } from "../native/rows.ts";
import { writeMerged } from "../train/results.ts";
import { openTrained } from "./trained.ts";

/** What to merge, and where to. */
export interface MergeOptions extends GgufProgress {
  /** The model that the adapter was trained beside; the file that it was unless stated. */
  readonly parent?: string | undefined;
  /** What matrices are kept as; f16 unless stated. */
  readonly type?: RowType | undefined;
  /** The file to write; `<name>-<type>.gguf` in the current folder unless stated. */
  readonly output?: string | undefined;
  /** Whether an output that exists already is replaced. */
  readonly force?: boolean | undefined;
}

/** What a merge made. */
export interface Merge {
  /** The file that was written. */
  readonly path: string;
  /** The type of its matrices. */
  readonly type: RowType;
  /** Size of the file. */
  readonly bytes: number;
  /** The model that the adapter was merged into, with the SHA-256 of its weights. */
  readonly parent: { readonly name: string; readonly hash: string };
}

/**
 * Adds a trained adapter to the weights of its parent and writes the model that comes of it as one GGUF file, tensor by
 * tensor: W + s·BA, for DoRA with the learned length of each row. Template, tokenizer and end tokens are those that it was
 * trained with. Throws WrongParentError for another parent, and what reading and writing throw.
 */
export async function merge(source: string, options: MergeOptions = {}): Promise<Merge> {
  const { parent: reference, type = "f16", force, ...progress } = options;
  const { trained, parent } = await openTrained(source, reference);
  const { adapter, record, learned } = trained;
  const path = options.output ?? `${fileNameOf(record.name)}-${type}.gguf`;
  if (force !== true) await requireAbsent(path);
  await writeMerged(path, parent, adapter, record, learned, type, progress);
  return { path, type, bytes: (await stat(path)).size, parent: record.parent };
}

/** A name as one that files may have. */
export function fileNameOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "") || "model";
}
