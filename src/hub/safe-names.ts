import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";

const MAX_SEGMENT = 255;
const MAX_NAME = 1024;

/**
 * Whether a name from a stranger can only mean a file below the folder it is joined to, on any operating system: no
 * absolute path, `..`, backslash, drive, control character or empty part. Source of the cases: huggingface_hub's
 * `_validate_relative_filename`.
 */
export function isSafeName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(name)) return false;
  return name.split("/").every((part) => {
    if (part === "" || part === "." || part === ".." || part.length > MAX_SEGMENT) return false;
    return !/^[a-z]:/i.test(part);
  });
}

/** The name, if it is safe. Throws `BadFileError`. `from` is who gave it. */
export function safeName(from: string, name: string): string {
  if (isSafeName(name)) return name;
  throw new BadFileError(from, {
    en: `${printable(from)} lists a file named "${printable(name)}", which could lead out of its folder; basewise does not touch it. Take the model from elsewhere.`,
    zh: `${printable(from)} 列出了名为“${printable(name)}”的文件，它可能指向文件夹之外；basewise 不予处理。请从别处获取该模型。`,
  });
}

/** A digest as its lower-case hexadecimal digits, if it is one of this many; digests become file names. */
export function hexDigest(value: unknown, digits: 40 | 64): string | undefined {
  if (typeof value !== "string") return undefined;
  const hex = value.toLowerCase();
  return hex.length === digits && /^[0-9a-f]+$/.test(hex) ? hex : undefined;
}

/**
 * Makes sure that a path to be written or removed lies in a store, links followed. Throws `BadFileError`.
 * The path itself may not exist yet; the nearest folder above it that does is followed.
 */
export async function requireInside(root: string, path: string): Promise<void> {
  const base = await nearestReal(resolve(root));
  const place = await nearestReal(dirname(resolve(path)));
  if (isWithin(resolve(root), resolve(path)) && (place === base || isWithin(base, place))) return;
  throw new BadFileError(path, {
    en: `${printable(path)} lies outside the store ${printable(root)}; basewise writes and removes nothing there. Check the store for links.`,
    zh: `${printable(path)} 位于模型库 ${printable(root)} 之外；basewise 不在那里写入或删除任何内容。请检查模型库中的链接。`,
  });
}

/** Whether a path lies below a folder, by its text. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function nearestReal(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const real = await realpath(at);
      return resolve(real, relative(at, path));
    } catch {
      if (dirname(at) === at) return path;
    }
  }
}
