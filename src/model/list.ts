import { stat } from "node:fs/promises";
import { BasewiseError } from "../errors.ts";
import { listLocal } from "../hub/local-models.ts";
import { PACKAGED_MODELS } from "../hub/parse-reference.ts";
import { packagedModelPath } from "../hub/reference.ts";
import type { LocalModel, Store } from "../hub/stores/local-model.ts";
import type { Text } from "../language.ts";
import { type Stage, USES, type Use } from "../stage/stage.ts";
import type { Verdict } from "../stage/verdict.ts";
import { inspectFacts, readFacts } from "./inspect.ts";

/** A model on this machine with what its files say about it. */
export interface ListedModel {
  readonly reference: string;
  readonly store: Store;
  readonly format: "GGUF" | "Hugging Face";
  readonly path: string;
  readonly bytes: number;
  readonly stage: Stage | null;
  readonly status: Verdict["status"];
  readonly probability: number | null;
  /** The uses it suits. */
  readonly suits: readonly Use[];
  /** Why its files could not be read; null where they could. */
  readonly problem: Text | null;
}

/** Headers read at the same time. */
const AT_ONCE = 4;

/**
 * Lists every model on this machine, each inspected by its headers and small files: the packaged pair, those in the
 * stores of basewise, Hugging Face, Ollama, LM Studio and ModelScope, and those in loose folders (`folders` beside the
 * usual ones). A model that cannot be read is listed with its problem.
 */
export async function listModels(folders: readonly string[] = []): Promise<ListedModel[]> {
  const packaged = new Map((await packagedModels()).map((model) => [model.path, model]));
  const found = [
    ...packaged.values(),
    ...(await listLocal(folders)).filter(({ path }) => !packaged.has(path)),
  ];
  const listed: ListedModel[] = [];
  const coming = found.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [i, model] of coming) listed[i] = await listedModel(model);
    }),
  );
  return listed;
}

async function listedModel(model: LocalModel): Promise<ListedModel> {
  const { reference, store, kind, path, bytes, name } = model;
  const known = { reference, store, format: kind === "file" ? "GGUF" : "Hugging Face", path, bytes } as const;
  const isPublished = store !== "folder" && reference !== name;
  try {
    const facts = await readFacts({ kind, reference, path, ...(isPublished ? { published: name } : {}) });
    const { stage, status, probability, uses } = inspectFacts(path, facts);
    const suits = USES.filter((use) => uses[use].fit === "suits");
    return { ...known, stage, status, probability, suits, problem: null };
  } catch (error) {
    if (!(error instanceof BasewiseError)) throw error;
    return { ...known, stage: null, status: "unknown", probability: null, suits: [], problem: error.text };
  }
}

async function packagedModels(): Promise<LocalModel[]> {
  const models = await Promise.all(
    PACKAGED_MODELS.map(async (name): Promise<LocalModel[]> => {
      const path = packagedModelPath(name);
      try {
        const { size } = await stat(path);
        return [{ reference: name, store: "basewise", kind: "file", path, name, bytes: size }];
      } catch {
        return [];
      }
    }),
  );
  return models.flat();
}
