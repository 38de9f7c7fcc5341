import { mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { lies } from "../remote/errors.ts";
import type { RemoteFile, Repository } from "../remote/repository.ts";
import { hexDigest, requireInside } from "../safe-names.ts";
import { MAIN, repositoryFolder } from "../stores/hugging-face-cache.ts";
import type { Store } from "../stores/local-model.ts";
import type { OwnRecord } from "../stores/own-record.ts";
import { type OwnReference, ownFolder, ownText, RECORD, readRecord } from "../stores/own-store.ts";

/** Where a pull puts the files of one repository. */
export interface Destination {
  readonly store: Store;
  /** The folder outside of which nothing is written. */
  readonly root: string;
  /** The folder that shows the model's files under their names. */
  readonly folder: string;
  /** Where a file's contents lie once they are whole. */
  contentPath(file: RemoteFile): string;
  /** Whether a file's contents are there, whole. */
  has(file: RemoteFile): Promise<boolean>;
  /** Gives checked contents, now at `contentPath`, the file's name. */
  show(file: RemoteFile): Promise<void>;
  /** Called once all files are there. */
  finish(files: readonly RemoteFile[]): Promise<void>;
}

/**
 * The cache that Hugging Face libraries share: contents in `blobs/` under their digest, links to them in
 * `snapshots/<commit>/`, and the commit in `refs/<revision>`. Python finds the files, and finds them whole.
 */
export function huggingFaceDestination(
  cache: string,
  repository: Repository,
  revision: string = MAIN,
): Destination {
  const { name, commit, address } = repository;
  if (commit === undefined) {
    throw lies(new URL(address), { en: "it names no commit", zh: "没有给出提交号" });
  }
  const root = repositoryFolder(cache, name);
  const folder = join(root, "snapshots", commit);
  const contentPath = (file: RemoteFile): string => {
    const digest = file.sha256 ?? file.gitSha1;
    if (digest === undefined) {
      throw lies(new URL(file.address), {
        en: "the list names no digest for it",
        zh: "列表中没有它的摘要",
      });
    }
    return join(root, "blobs", digest);
  };
  return {
    store: "Hugging Face",
    root: cache,
    folder,
    contentPath,
    has: (file) => isWhole(contentPath(file), file),
    show: async (file) => {
      const shown = join(folder, ...file.name.split("/"));
      await requireInside(cache, shown);
      await mkdir(dirname(shown), { recursive: true });
      await link(contentPath(file), shown);
    },
    finish: async () => {
      if (hexDigest(revision, 40) !== undefined) return;
      const ref = join(root, "refs", ...revision.split("/"));
      await requireInside(cache, ref);
      await mkdir(dirname(ref), { recursive: true });
      await replace(ref, commit);
    },
  };
}

/** A folder of basewise's own store, with a record of where its files came from. */
export function ownDestination(store: string, reference: OwnReference, repository: Repository): Destination {
  const folder = ownFolder(store, reference);
  const contentPath = (file: RemoteFile): string => join(folder, ...file.name.split("/"));
  const recorded = readRecord(folder);
  return {
    store: "basewise",
    root: store,
    folder,
    contentPath,
    // Contents of the same size under the same name may be another version.
    has: async (file) => {
      const known = (await recorded)?.files.find((one) => one.name === file.name);
      const isSame =
        file.sha256 === undefined
          ? file.version !== undefined && known?.version === file.version
          : known?.sha256 === file.sha256;
      return isSame && (await isWhole(contentPath(file), file));
    },
    show: async () => {},
    finish: async (files) => {
      const before = (await recorded)?.files ?? [];
      const kept = before.filter(({ name }) => !files.some((file) => file.name === name));
      const record: OwnRecord = {
        reference: ownText(reference),
        name: repository.name,
        files: [
          ...kept,
          ...files.map(({ name, bytes, sha256 = null, version = null }) => ({
            name,
            bytes,
            sha256,
            version,
          })),
        ],
      };
      const path = join(folder, RECORD);
      await requireInside(store, path);
      await mkdir(folder, { recursive: true });
      await replace(path, `${JSON.stringify(record, null, 2)}\n`);
    },
  };
}

async function isWhole(path: string, file: RemoteFile): Promise<boolean> {
  try {
    const status = await stat(path);
    return status.isFile() && status.size === file.bytes;
  } catch {
    return false;
  }
}

/** A link relative to its folder, as huggingface_hub makes them; where a system allows none, the contents move. */
async function link(content: string, shown: string): Promise<void> {
  const target = relative(dirname(shown), content);
  if ((await readlink(shown).catch(() => undefined)) === target) return;
  await rm(shown, { force: true });
  try {
    await symlink(target, shown);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
    await rename(content, shown);
  }
}

async function replace(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
