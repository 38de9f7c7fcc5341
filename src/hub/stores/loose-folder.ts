import { stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { ggufChoices } from "../gguf-choices.ts";
import type { ModelFile } from "../model-files.ts";
import { filesIn, foldersIn } from "./folders.ts";
import { type LocalModel, MODEL_FILES } from "./local-model.ts";

const MAX_DEPTH = 3;
/** Folders looked into below one; the current folder may be anything, a whole home included. */
const MAX_FOLDERS = 2000;

/**
 * The models that lie in a folder, or up to two folders below it, in the first `maxFolders` folders: GGUF files, and
 * Hugging Face folders. They are named by their paths.
 */
export async function modelsInLooseFolder(root: string, maxFolders = MAX_FOLDERS): Promise<LocalModel[]> {
  const models: LocalModel[] = [];
  // Level by level, so that what lies near is found before the bound is met.
  let level = [root];
  let seen = 0;
  for (let depth = 1; depth <= MAX_DEPTH; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (++seen > maxFolders) return models;
      models.push(...(await modelsDirectlyIn(folder)));
      if (depth === MAX_DEPTH) continue;
      const below = (await foldersIn(folder)).filter((name) => name !== "node_modules");
      next.push(...below.map((name) => join(folder, name)));
    }
    level = next;
  }
  return models;
}

async function modelsDirectlyIn(root: string): Promise<LocalModel[]> {
  const names = await filesIn(root);
  const files: ModelFile[] = await Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(root, name))).size })),
  );
  const models: LocalModel[] = ggufChoices(files).map(({ files: [first], bytes }) =>
    found("file", join(root, first.name), bytes),
  );
  // A tokenizer's or an adapter's config alone is no sign in a folder of any kind of files.
  if (models.length === 0 && names.includes(MODEL_FILES[0] ?? "") && names.some(isWeights)) {
    models.push(
      found(
        "folder",
        root,
        files.reduce((sum, { bytes }) => sum + bytes, 0),
      ),
    );
  }
  return models;
}

function isWeights(name: string): boolean {
  return /\.(safetensors|bin)$/i.test(name);
}

function found(kind: LocalModel["kind"], path: string, bytes: number): LocalModel {
  const way = relative(resolve("."), path);
  const reference = way === "" || way.startsWith("..") ? path : way;
  return { reference, store: "folder", kind, path, name: reference, bytes };
}
