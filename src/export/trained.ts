import { stat } from "node:fs/promises";
import { join } from "node:path";
import { resolveReference } from "../hub/reference.ts";
import { readTrainedAdapter, TRAINED_ADAPTER, type TrainedAdapter } from "../train/adapter/trained.ts";
import { openModelFile, type StoredModel } from "../train/model-file.ts";
import { hashOfWeights } from "../train/parent.ts";
import { UnexportableError, WrongParentError } from "./errors.ts";

/** An adapter together with the model that it was trained beside. */
export interface FoundAdapter {
  /** The folder of the run. */
  readonly source: string;
  readonly trained: TrainedAdapter;
  readonly parent: StoredModel;
}

/** The adapter file that a path means: the file itself, or the one in the folder of a run; undefined for neither. */
export async function adapterFileOf(path: string): Promise<string | undefined> {
  if (path.endsWith(".safetensors")) return path;
  const file = join(path, TRAINED_ADAPTER);
  return (await stat(file).catch(() => undefined))?.isFile() ? file : undefined;
}

/**
 * Reads a trained adapter and opens its parent: the one that is named, or the file that it was trained beside. Throws
 * WrongParentError where its weights are others.
 */
export async function openTrained(source: string, parentReference?: string): Promise<FoundAdapter> {
  const file = await adapterFileOf(source);
  if (file === undefined) throw noAdapter(source);
  const trained = await readTrainedAdapter(file);
  const lead = await resolveReference(parentReference ?? trained.parentPath);
  const parent = await openModelFile(lead.path);
  const hash = hashOfWeights(parent.stored);
  if (hash !== trained.record.parent.hash) throw new WrongParentError(lead.path, hash, trained.record.parent);
  return { source: file, trained, parent };
}

function noAdapter(path: string): UnexportableError {
  return new UnexportableError(
    path,
    { en: `it holds no ${TRAINED_ADAPTER}`, zh: `其中没有 ${TRAINED_ADAPTER}` },
    {
      en: "give the folder of a run whose recipe has an adapter",
      zh: "请给出配方带有 adapter 的训练所用的文件夹",
    },
  );
}
