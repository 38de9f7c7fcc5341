import type { ParsedReference } from "./parse-reference.ts";
import {
  huggingFaceCache,
  lmStudioFolders,
  looseFolders,
  modelScopeFolders,
  ollamaFolders,
  ownStore,
} from "./settings.ts";
import { findInHuggingFaceCache, modelsInHuggingFaceCache } from "./stores/hugging-face-cache.ts";
import type { LocalModel } from "./stores/local-model.ts";
import { modelsInLooseFolder } from "./stores/loose-folder.ts";
import { findInOllama, modelsInOllama } from "./stores/ollama-store.ts";
import { findInOwnStore, modelsInOwnStore } from "./stores/own-store.ts";
import { findAtPublisher, LM_STUDIO, MODEL_SCOPE, modelsOfPublishers } from "./stores/publisher-folders.ts";

/**
 * The models on this machine that a reference names, from the first store that has any; none where no store does.
 * Several where the reference leaves a choice open.
 */
export async function findLocal(reference: ParsedReference): Promise<LocalModel[]> {
  switch (reference.kind) {
    case "hugging face":
      return firstOf([
        () => findInOwnStore(ownStore(), reference),
        () => findInHuggingFaceCache(huggingFaceCache(), reference),
        ...lmStudioFolders().map((folder) => () => findAtPublisher(folder, LM_STUDIO, reference)),
      ]);
    case "modelscope":
      return firstOf([
        () => findInOwnStore(ownStore(), reference),
        ...modelScopeFolders().map((folder) => () => findAtPublisher(folder, MODEL_SCOPE, reference)),
      ]);
    case "ollama":
      return firstOf([
        () => findInOwnStore(ownStore(), reference),
        ...ollamaFolders().map((folder) => () => findInOllama(folder, reference)),
      ]);
    case "url":
      return findInOwnStore(ownStore(), reference);
    default:
      return [];
  }
}

/** Every model in the stores of this machine, and in loose folders; `folders` are looked into beside the usual ones. */
export async function listLocal(folders: readonly string[] = []): Promise<LocalModel[]> {
  const found = [
    await modelsInOwnStore(ownStore()),
    await modelsInHuggingFaceCache(huggingFaceCache()),
    ...(await each(ollamaFolders(), modelsInOllama)),
    ...(await each(lmStudioFolders(), (folder) => modelsOfPublishers(folder, LM_STUDIO))),
    ...(await each(modelScopeFolders(), (folder) => modelsOfPublishers(folder, MODEL_SCOPE))),
    ...(await each([...folders, ...looseFolders()], (folder) => modelsInLooseFolder(folder))),
  ].flat();
  // One that a store and a loose folder both lead to is one model; the store knows its name.
  return [...new Map(found.reverse().map((model) => [model.path, model])).values()].reverse();
}

async function firstOf(searches: readonly (() => Promise<LocalModel[]>)[]): Promise<LocalModel[]> {
  for (const search of searches) {
    const found = await search();
    if (found.length > 0) return found;
  }
  return [];
}

async function each(
  folders: readonly string[],
  models: (folder: string) => Promise<LocalModel[]>,
): Promise<LocalModel[][]> {
  return Promise.all(folders.map(models));
}
