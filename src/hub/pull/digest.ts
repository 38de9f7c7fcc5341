import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { RemoteFile } from "../remote/repository.ts";
import { wrongDigest } from "./errors.ts";

/**
 * Checks a file's contents against its digest. Gives whether there was one to check; throws `BadFileError` where it
 * differs. `path` holds the contents, `file` says what they should be.
 */
export async function verify(path: string, file: RemoteFile, signal?: AbortSignal): Promise<boolean> {
  const expected = file.sha256 ?? file.gitSha1;
  if (expected === undefined) return false;
  const hash =
    file.sha256 === undefined ? createHash("sha1").update(`blob ${file.bytes}\0`) : createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) hash.update(chunk);
  const found = hash.digest("hex");
  if (found !== expected) throw wrongDigest(file.address, expected, found);
  return true;
}
