import { closeSync, openSync, readSync } from "node:fs";
import type { SafetensorsTensor } from "./header.ts";
import { damagedTensor } from "./problems.ts";

/** The bytes of one tensor of a file. Throws BadFileError where the file ends before them. */
export function tensorBytes(path: string, { name, offset, bytes }: SafetensorsTensor): Uint8Array {
  const read = new Uint8Array(bytes);
  const file = openSync(path, "r");
  try {
    for (let at = 0; at < bytes; ) {
      const count = readSync(file, read, at, bytes - at, offset + at);
      if (count === 0) throw damagedTensor(path, name, { en: "is cut short", zh: "不完整" });
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return read;
}
