import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHARED: string =
  process.env.BASEWISE_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** Whether the real data sets lie beside the project; they are not part of it. */
export const HAS_SHARED_DATA: boolean = existsSync(join(SHARED, "llamafactory"));

/** A file of the real data sets. */
export function sharedData(name: string): string {
  return join(SHARED, name);
}
