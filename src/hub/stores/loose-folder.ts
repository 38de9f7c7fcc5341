import { stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { ggufChoices } from "../gguf-choices.ts";
import type { ModelFile } from "../model-files.ts";
import { filesIn, foldersIn } from "./folders.ts";
import { type LocalModel, MODEL_FILES } from "./local-model.ts";

const MAX_DEPTH = 3;

/**
 * The models that lie in a folder, or up to two folders below it: GGUF files, and Hugging Face folders. They are named
 * by their paths.
 */
export async function modelsInLooseFolder(root: string, depth: number = 1): Promise<LocalModel[]> {
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
  if (depth === MAX_DEPTH) return models;
  for (const folder of await foldersIn(root)) {
    if (folder === "node_modules") continue;
    models.push(...(await modelsInLooseFolder(join(root, folder), depth + 1)));
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
