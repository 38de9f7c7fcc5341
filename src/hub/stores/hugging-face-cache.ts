import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type RepositoryReference, repositoryText } from "../parse-reference.ts";
import { hexDigest } from "../safe-names.ts";
import { foldersIn, isFolder } from "./folders.ts";
import { chosenOfFolder, type FolderNaming, type LocalModel, modelsOfFolder } from "./local-model.ts";

/**
 * The cache that Hugging Face libraries share: `models--owner--name/` with `blobs/` (contents by digest),
 * `snapshots/<commit>/` (links to blobs) and `refs/<branch or tag>` (commits). Source: huggingface_hub's description
 * of its cache.
 */
export const MAIN = "main";

/** The folder of a repository in the cache. */
export function repositoryFolder(cache: string, name: string): string {
  return join(cache, `models--${name.replace("/", "--")}`);
}

/** All models in the cache; of a repository in several revisions, each. */
export async function modelsInHuggingFaceCache(cache: string): Promise<LocalModel[]> {
  const models: LocalModel[] = [];
  for (const folder of await foldersIn(cache)) {
    if (!folder.startsWith("models--")) continue;
    const name = folder.slice("models--".length).replace("--", "/");
    const current = await commitOf(join(cache, folder), undefined);
    for (const commit of await foldersIn(join(cache, folder, "snapshots"))) {
      const revision = commit === current ? undefined : commit;
      models.push(
        ...(await modelsOfFolder(join(cache, folder, "snapshots", commit), naming(name, revision))),
      );
    }
  }
  return models;
}

/** The models in the cache that a reference names. */
export async function findInHuggingFaceCache(
  cache: string,
  { name, choice, revision }: RepositoryReference,
): Promise<LocalModel[]> {
  const folder = repositoryFolder(cache, name);
  const commit = await commitOf(folder, revision);
  if (commit === undefined) return [];
  return chosenOfFolder(join(folder, "snapshots", commit), naming(name, revision), choice);
}

function naming(name: string, revision: string | undefined): FolderNaming {
  return {
    store: "Hugging Face",
    name,
    reference: (choice) =>
      repositoryText({
        kind: "hugging face",
        name,
        ...(choice === undefined ? {} : { choice }),
        ...(revision === undefined ? {} : { revision }),
      }),
  };
}

/** The commit that a revision stands for here; for none given that of `main`, else the newest there is. */
export async function commitOf(folder: string, revision: string | undefined): Promise<string | undefined> {
  const snapshots = join(folder, "snapshots");
  if (revision !== undefined && hexDigest(revision, 40) !== undefined) {
    return (await isFolder(join(snapshots, revision))) ? revision : undefined;
  }
  const commit = await refOf(folder, revision ?? MAIN);
  if (commit !== undefined && (await isFolder(join(snapshots, commit)))) return commit;
  return revision === undefined ? newestOf(snapshots) : undefined;
}

async function refOf(folder: string, revision: string): Promise<string | undefined> {
  try {
    return hexDigest((await readFile(join(folder, "refs", revision), "utf8")).slice(0, 64).trim(), 40);
  } catch {
    return undefined;
  }
}

async function newestOf(snapshots: string): Promise<string | undefined> {
  const dated = await Promise.all(
    (await foldersIn(snapshots)).map(async (commit) => ({
      commit,
      time: (await stat(join(snapshots, commit))).mtimeMs,
    })),
  );
  return dated.sort((one, other) => other.time - one.time)[0]?.commit;
}
