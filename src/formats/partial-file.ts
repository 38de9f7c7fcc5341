import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Another machine, or a container, that shares the disk counts its processes by itself. */
const HOST = hostname()
  .replace(/[^\w-]/g, "_")
  .slice(0, 32);

/**
 * The name that a file is written under until it is whole: `<path>.<host>-<process>.part`. What processes of this
 * machine that are gone left behind for the same file (after a kill, nothing cleans up) is removed; a file that a
 * living process is writing, or one of another machine, stays.
 */
export async function partialFor(path: string): Promise<string> {
  const folder = dirname(path);
  const start = `${basename(path)}.${HOST}-`;
  // A folder that cannot be listed is told by the writing.
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(start) || !name.endsWith(".part")) continue;
    const writer = name.slice(start.length, -".part".length);
    if (/^\d{1,10}$/.test(writer) && !isAlive(Number(writer))) await rm(join(folder, name), { force: true });
  }
  return `${path}.${HOST}-${process.pid}.part`;
}

/** Whether a process of this machine is there, whoever owns it. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
