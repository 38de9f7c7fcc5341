import { readdirSync, readFileSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type FileBytes, type LocalFile, openFile } from "../formats/file-bytes.ts";
import { tooLarge, unreadable } from "../formats/gguf/problems.ts";

/** One file of a model. */
export interface ModelFile {
  /** Relative to the model, with `/` between folders: `1_Pooling/config.json`. */
  readonly name: string;
  readonly bytes: number;
}

/** What reading has cost so far; nothing is requested for files of this machine. */
export interface ReadCost {
  readonly requests: number;
  readonly bytes: number;
}

/** The files of one model, wherever they are. Everything that reads a model reads it through this. */
export interface ModelFiles {
  /** The folder, file or address; names the model in errors. */
  readonly path: string;
  /** All files, in order of their names. */
  list(): Promise<readonly ModelFile[]>;
  /**
   * A small file as UTF-8 text; `undefined` where the model has none of this name.
   * Throws `BadFileError` where it is larger than `maxBytes` or cannot be read.
   */
  text(name: string, maxBytes: number): Promise<string | undefined>;
  /** A file to be read by ranges. Throws `NotFoundError` where the model has none of this name. */
  open(name: string): Promise<FileBytes>;
  readonly cost: ReadCost;
}

/** The files of a model on this machine. */
export interface LocalModelFiles extends ModelFiles {
  open(name: string): Promise<LocalFile>;
}

const NO_COST: ReadCost = { requests: 0, bytes: 0 };
/** A model folder holds folders (such as `1_Pooling` or `onnx`), and seldom folders in them. */
const MAX_DEPTH = 3;
const MAX_FILES = 10_000;

/** The files of a folder on this machine, whose list is read once. */
export function filesOfFolder(path: string): LocalModelFiles {
  let top: ReadonlySet<string> | undefined;
  return {
    path,
    cost: NO_COST,
    list: async () => (await listFolder(path)).sort((one, other) => (one.name < other.name ? -1 : 1)),
    text: async (name, maxBytes) => {
      top ??= namesIn(path);
      return top.has(name.split("/")[0] ?? name) ? readSmallFile(join(path, name), maxBytes) : undefined;
    },
    open: (name) => openFile(join(path, name)),
  };
}

/** One file on this machine as a model of a single file. */
export function filesOfFile(path: string): ModelFiles {
  const own = basename(path);
  return {
    path,
    cost: NO_COST,
    list: async () => [{ name: own, bytes: (await stat(path)).size }],
    text: async (name, maxBytes) => (name === own ? readSmallFile(path, maxBytes) : undefined),
    open: (name) => openFile(name === own ? path : join(path, name)),
  };
}

async function listFolder(root: string): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (files.length >= MAX_FILES) return;
      if (entry.name.startsWith(".")) continue;
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth < MAX_DEPTH) await visit(name, depth + 1);
        continue;
      }
      // A snapshot of the Hugging Face cache consists of links.
      const bytes = await sizeOf(join(root, name));
      if (bytes !== undefined) files.push({ name, bytes });
    }
  };
  try {
    await visit("", 1);
  } catch (cause) {
    throw unreadable(root, cause);
  }
  return files;
}

function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return new Set(); // a folder that is not there has no files
  }
}

/** Read at once: for a few kilobytes, handing over to another thread and back takes longer than reading. */
function readSmallFile(path: string, maxBytes: number): string | undefined {
  const bytes = bytesOf(path);
  if (bytes === undefined) return undefined;
  if (bytes > maxBytes) throw tooLarge(path, bytes, maxBytes);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function bytesOf(path: string): number | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status?.isFile() === true ? status.size : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const status = await stat(path);
    return status.isFile() ? status.size : undefined;
  } catch {
    return undefined;
  }
}
