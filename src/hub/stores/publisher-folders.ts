import { join } from "node:path";
import { type RepositoryReference, repositoryText } from "../parse-reference.ts";
import { foldersIn, isFolder } from "./folders.ts";
import {
  chosenOfFolder,
  type FolderNaming,
  type LocalModel,
  modelsOfFolder,
  type Store,
} from "./local-model.ts";

/** A store that lays models out as `<owner>/<name>/files`, as LM Studio and modelscope do. */
export interface PublisherStore {
  readonly store: Store;
  readonly kind: RepositoryReference["kind"];
  /** How the store writes a name as a folder, and back. */
  readonly folderOf: (name: string) => string;
  readonly nameOf: (folder: string) => string;
}

export const LM_STUDIO: PublisherStore = {
  store: "LM Studio",
  kind: "hugging face",
  folderOf: (name) => name,
  nameOf: (folder) => folder,
};

/** modelscope writes a dot in a name as three underscores. */
export const MODEL_SCOPE: PublisherStore = {
  store: "ModelScope",
  kind: "modelscope",
  folderOf: (name) => name.replaceAll(".", "___"),
  nameOf: (folder) => folder.replaceAll("___", "."),
};

/** All models below a folder that holds one folder an owner. */
export async function modelsOfPublishers(root: string, layout: PublisherStore): Promise<LocalModel[]> {
  const models: LocalModel[] = [];
  for (const owner of await foldersIn(root)) {
    for (const folder of await foldersIn(join(root, owner))) {
      const name = `${owner}/${layout.nameOf(folder)}`;
      models.push(...(await modelsOfFolder(join(root, owner, folder), naming(layout, name))));
    }
  }
  return models;
}

/** The models below such a folder that a reference names. */
export async function findAtPublisher(
  root: string,
  layout: PublisherStore,
  { kind, name, choice, revision }: RepositoryReference,
): Promise<LocalModel[]> {
  const [owner = "", own] = name.split("/");
  // These stores keep no revisions.
  if (kind !== layout.kind || own === undefined || revision !== undefined) return [];
  for (const folder of new Set([layout.folderOf(own), own])) {
    const path = join(root, owner, folder);
    if (await isFolder(path)) return chosenOfFolder(path, naming(layout, name), choice);
  }
  return [];
}

function naming(layout: PublisherStore, name: string): FolderNaming {
  return {
    store: layout.store,
    name,
    reference: (choice) =>
      repositoryText({ kind: layout.kind, name, ...(choice === undefined ? {} : { choice }) }),
  };
}
