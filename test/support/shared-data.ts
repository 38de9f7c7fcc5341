import { existsSync, readFileSync } from "node:fs";
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

/** The chat template of a published model among the labelled ones. */
export function templateOf(slug: string): string {
  const own = sharedData(`metadata/${slug}/chat_template.jinja`);
  if (existsSync(own)) return readFileSync(own, "utf8");
  return JSON.parse(readFileSync(sharedData(`metadata/${slug}/tokenizer_config.json`), "utf8")).chat_template;
}
