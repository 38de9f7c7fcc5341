import { join } from "node:path";
import { chosenGguf, ggufChoices } from "../gguf-choices.ts";
import { filesOfFolder } from "../model-files.ts";

/** Where a model on this machine lives. */
export const STORES = ["basewise", "Hugging Face", "Ollama", "LM Studio", "ModelScope", "folder"] as const;
export type Store = (typeof STORES)[number];

/** A model on this machine. */
export interface LocalModel {
  /** What names it in every command. */
  readonly reference: string;
  readonly store: Store;
  /** A GGUF file, or a folder of Hugging Face files. */
  readonly kind: "file" | "folder";
  /** The file (the first part of a split model), or the folder. */
  readonly path: string;
  /** What its publisher calls it: `Qwen/Qwen3-0.6B`, `qwen3:0.6b`. */
  readonly name: string;
  /** Bytes on the disk, all parts and files together. */
  readonly bytes: number;
}

/** One of these makes a folder a model in the Hugging Face layout. */
export const MODEL_FILES = [
  "config.json",
  "generation_config.json",
  "tokenizer_config.json",
  "modules.json",
  "adapter_config.json",
  "model_index.json",
];

/** How the models in a folder are named. */
export interface FolderNaming {
  readonly store: Store;
  readonly name: string;
  /** The reference of the model with this choice, or of the folder's only model. */
  readonly reference: (choice: string | undefined) => string;
}

/** The models in one repository's folder: its GGUF models by themselves, else the folder as a whole. */
export async function modelsOfFolder(path: string, naming: FolderNaming): Promise<LocalModel[]> {
  const files = await filesOfFolder(path).list();
  const { store, name, reference } = naming;
  const choices = ggufChoices(files);
  if (choices.length > 0) {
    return choices.map(({ label, files: [first], bytes }) => ({
      reference: reference(label),
      store,
      kind: "file",
      path: join(path, first.name),
      name,
      bytes,
    }));
  }
  if (!files.some((file) => MODEL_FILES.includes(file.name))) return [];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [{ reference: reference(undefined), store, kind: "folder", path, name, bytes }];
}

/** The model of a repository's folder that a choice names; all of them where there is no choice. */
export async function chosenOfFolder(
  path: string,
  naming: FolderNaming,
  choice: string | undefined,
): Promise<LocalModel[]> {
  const models = await modelsOfFolder(path, naming);
  if (choice === undefined) return models;
  const files = await filesOfFolder(path).list();
  const chosen = chosenGguf(ggufChoices(files), choice);
  return models.filter((model) => chosen !== undefined && model.path === join(path, chosen.files[0].name));
}
