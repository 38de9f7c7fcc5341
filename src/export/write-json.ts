import { rename, writeFile } from "node:fs/promises";
import { notWritten } from "../formats/disk.ts";

/** Writes a JSON file whole or not at all. Throws BadFileError. */
export async function writeJson(path: string, value: object): Promise<void> {
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(value, undefined, 2)}\n`);
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}
