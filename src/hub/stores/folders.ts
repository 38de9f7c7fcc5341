import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** More entries than a store ever has; what comes after is not looked at. */
const MAX_ENTRIES = 5000;

/** Names of the folders in a folder, links to folders included, in order; none where it cannot be read. */
export async function foldersIn(path: string): Promise<string[]> {
  return entriesIn(path, (status) => status.isDirectory());
}

/** Names of the files in a folder, links to files included, in order; none where it cannot be read. */
export async function filesIn(path: string): Promise<string[]> {
  return entriesIn(path, (status) => status.isFile());
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function entriesIn(
  path: string,
  accepts: (status: { isDirectory(): boolean; isFile(): boolean }) => boolean,
): Promise<string[]> {
  let names: string[];
  try {
    names = (await readdir(path)).filter((name) => !name.startsWith(".")).sort();
  } catch {
    return [];
  }
  const found: string[] = [];
  for (const name of names.slice(0, MAX_ENTRIES)) {
    try {
      if (accepts(await stat(join(path, name)))) found.push(name);
    } catch {
      // A link that leads nowhere is nothing.
    }
  }
  return found;
}
