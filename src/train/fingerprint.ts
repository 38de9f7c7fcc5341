import { createHash } from "node:crypto";

/** What makes a run that run; two runs of one fingerprint read the same batches with the same settings. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}
