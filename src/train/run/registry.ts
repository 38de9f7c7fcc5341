import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runsFolder } from "../../hub/settings.ts";
import { readRecord } from "./record.ts";

/** Remembers the folder of a run, so that `runs` finds it. */
export async function registerRun(output: string): Promise<void> {
  const path = resolve(output);
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  try {
    await mkdir(runsFolder(), { recursive: true });
    await writeFile(join(runsFolder(), name), `${path}\n`);
  } catch {
    // without a home that can be written to, `runs` has to be given the folder
  }
}

/** The folders of all runs on this machine that are still there. */
export async function registeredRuns(): Promise<string[]> {
  const names = await readdir(runsFolder()).catch(() => []);
  const folders: string[] = [];
  for (const name of names) {
    const entry = join(runsFolder(), name);
    const folder = (await readFile(entry, "utf8").catch(() => "")).trim();
    if ((await readRecord(folder)) !== undefined) folders.push(folder);
    else await rm(entry, { force: true }).catch(() => {});
  }
  return folders;
}
