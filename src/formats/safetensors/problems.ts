import { BadFileError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A file that says something impossible: what it says, and to fetch it anew. */
export function damaged(path: string, what: Text): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is damaged: ${what.en}. Download it again.`,
    zh: `${printable(path)} 已损坏：${what.zh}。请重新下载。`,
  });
}

/** A tensor description that says something impossible. */
export function damagedTensor(path: string, name: string, what: Text): BadFileError {
  const shown = printable(name);
  return damaged(path, { en: `the tensor "${shown}" ${what.en}`, zh: `张量 "${shown}" ${what.zh}` });
}
