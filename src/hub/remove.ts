import { lstat, readdir, readFile, readlink, realpath, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BadInputError, NotFoundError } from "../errors.ts";
import { printable } from "../printable.ts";
import { chosenGguf, ggufChoices } from "./gguf-choices.ts";
import { findLocal } from "./local-models.ts";
import { filesOfFolder } from "./model-files.ts";
import { parseReference, type RepositoryReference } from "./parse-reference.ts";
import { isWithin, requireInside } from "./safe-names.ts";
import { huggingFaceCache, ownStore } from "./settings.ts";
import { filesIn, foldersIn, isFolder } from "./stores/folders.ts";
import { commitOf, repositoryFolder } from "./stores/hugging-face-cache.ts";
import type { Store } from "./stores/local-model.ts";
import { ownFolder } from "./stores/own-store.ts";

/** What a removal would take away. */
export interface Removal {
  readonly reference: string;
  readonly store: Store;
  /** The store; nothing outside of it is removed. */
  readonly root: string;
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

/**
 * Plans the removal of what a reference names in the stores that basewise writes to: the Hugging Face cache (a whole
 * repository, one revision, or one quantisation; contents that another revision uses stay) and its own store.
 * Throws `NotFoundError` where it is not there, and `BadInputError` where it belongs to another program or to nobody.
 */
export async function planRemoval(reference: string): Promise<Removal> {
  const parsed = parseReference(reference);
  if (parsed.kind === "packaged" || parsed.kind === "path" || parsed.kind === "server") {
    throw notManaged(reference);
  }
  const own = ownFolder(ownStore(), parsed);
  const choice = "choice" in parsed ? parsed.choice : undefined;
  if (await isFolder(own)) {
    const paths = choice === undefined ? [own] : await filesOfChoice(own, choice);
    if (paths.length > 0) return removal(reference, "basewise", ownStore(), paths);
  }
  if (parsed.kind === "hugging face") {
    const cache = huggingFaceCache();
    const paths = await pathsInCache(cache, parsed);
    if (paths.length > 0) return removal(reference, "Hugging Face", cache, paths);
  }
  const [elsewhere] = await findLocal(parsed);
  if (elsewhere !== undefined) throw ofAnotherProgram(reference, elsewhere.store, elsewhere.path);
  throw new NotFoundError(reference, {
    en: `${printable(reference)} is not on this machine, so there is nothing to remove. See basewise list.`,
    zh: `本机上没有 ${printable(reference)}，无需删除。请看 basewise list。`,
  });
}

/** Removes what was planned, and folders that it leaves empty. Throws `BadFileError` for a path outside the store. */
export async function remove({ root, paths }: Removal): Promise<void> {
  for (const path of paths) await requireInside(root, path);
  for (const path of paths) {
    // A link is removed, not what it leads to.
    await rm(path, { recursive: true, force: true });
    await removeEmptyFolders(root, dirname(path));
  }
}

async function removal(
  reference: string,
  store: Store,
  root: string,
  paths: readonly string[],
): Promise<Removal> {
  for (const path of paths) await requireInside(root, path);
  const sizes = await Promise.all(paths.map(sizeOf));
  return { reference, store, root, paths, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

async function pathsInCache(cache: string, reference: RepositoryReference): Promise<string[]> {
  const { name, revision, choice } = reference;
  const folder = repositoryFolder(cache, name);
  if (!(await isFolder(folder))) return [];
  if (revision === undefined && choice === undefined) return [folder];
  const commit = await commitOf(folder, revision);
  if (commit === undefined) return [];
  const snapshot = join(folder, "snapshots", commit);
  const shown = choice === undefined ? await filesBelow(snapshot) : await filesOfChoice(snapshot, choice);
  if (shown.length === 0) return [];
  const commits = await foldersIn(join(folder, "snapshots"));
  const all = (await Promise.all(commits.map((one) => filesBelow(join(folder, "snapshots", one))))).flat();
  if (all.length === shown.length) return [folder];
  const kept = await Promise.all(all.filter((path) => !shown.includes(path)).map(contentOf));
  const contents = await Promise.all(shown.map(contentOf));
  const unused = contents.filter(
    (content) => content !== undefined && isWithin(join(folder, "blobs"), content) && !kept.includes(content),
  );
  const isWhole = choice === undefined;
  return [
    ...shown,
    ...new Set(unused.filter((content) => content !== undefined)),
    ...(isWhole ? await refsTo(folder, commit) : []),
  ];
}

/** The contents that a name in a snapshot leads to, by one link. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return resolve(dirname(path), await readlink(path));
  } catch {
    return undefined;
  }
}

async function refsTo(folder: string, commit: string): Promise<string[]> {
  const refs = (await filesOfFolder(join(folder, "refs")).list()).map(({ name }) =>
    join(folder, "refs", name),
  );
  const texts = await Promise.all(refs.map((ref) => readFile(ref, "utf8")));
  return refs.filter((_, i) => texts[i]?.trim() === commit);
}

/** The files of a folder's GGUF model that a choice names, all parts of it. */
async function filesOfChoice(folder: string, choice: string): Promise<string[]> {
  const chosen = chosenGguf(ggufChoices(await filesOfFolder(folder).list()), choice);
  return chosen?.files.map(({ name }) => join(folder, name)) ?? [];
}

async function filesBelow(folder: string): Promise<string[]> {
  const own = (await filesIn(folder)).map((name) => join(folder, name));
  const folders = await foldersIn(folder);
  return [...own, ...(await Promise.all(folders.map((name) => filesBelow(join(folder, name))))).flat()];
}

/** Bytes on the disk; what links lead to does not count. */
async function sizeOf(path: string): Promise<number> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return 0;
  if (!status.isDirectory()) return status.size;
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  const base = await realpath(root);
  for (let at = folder; isWithin(root, at) || isWithin(base, at); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return; // it holds something, or is gone already
    }
  }
}

function notManaged(reference: string): BadInputError {
  const shown = printable(reference);
  return new BadInputError({
    en: `${shown} is not in a store that basewise manages; it removes only what basewise pull downloads. Delete the file yourself.`,
    zh: `${shown} 不在 basewise 管理的模型库中；它只删除 basewise pull 下载的内容。请自行删除该文件。`,
  });
}

function ofAnotherProgram(reference: string, store: Store, path: string): BadInputError {
  const remedy =
    store === "Ollama"
      ? `ollama rm ${printable(reference.replace(/^ollama:/, ""), Number.POSITIVE_INFINITY)}`
      : printable(path, Number.POSITIVE_INFINITY);
  return new BadInputError({
    en: `${printable(reference)} belongs to ${store}; remove it there: ${remedy}`,
    zh: `${printable(reference)} 属于 ${store}；请在那里删除：${remedy}`,
  });
}
