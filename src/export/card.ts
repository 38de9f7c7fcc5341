import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CARD_FILE } from "../train/run/card.ts";

/**
 * Writes the card of the run beside what was made of it; merged, an adapter has become a finetune. Gives its path, or
 * nothing where the run has none.
 *
 * @param file a file in the folder of the run.
 */
export async function carryCard(
  file: string,
  folder: string,
  relation: "adapter" | "finetune",
): Promise<string[]> {
  const card = await readFile(join(dirname(file), CARD_FILE), "utf8").catch(() => undefined);
  if (card === undefined) return [];
  const path = join(folder, CARD_FILE);
  await writeFile(path, card.replace(/^base_model_relation: .*$/m, `base_model_relation: ${relation}`));
  return [path];
}
