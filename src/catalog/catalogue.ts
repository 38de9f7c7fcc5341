import { plainName } from "../stage/families.ts";
import type { CatalogueModel } from "./model.ts";
import { OTHER_MODELS } from "./models/others.ts";
import { QWEN25_MODELS } from "./models/qwen2.5.ts";
import { QWEN35_MODELS } from "./models/qwen3.5.ts";
import { QWEN3_MODELS } from "./models/qwen3.ts";
import { READER_MODELS } from "./models/readers.ts";

/** Released models that basewise can recommend, with the facts that this needs. */
export const CATALOGUE: readonly CatalogueModel[] = [
  ...QWEN35_MODELS,
  ...QWEN3_MODELS,
  ...QWEN25_MODELS,
  ...OTHER_MODELS,
  ...READER_MODELS,
];

/**
 * The model of this name: `owner/name` in any case, or the name alone. What says how its weights are packed
 * (`-GGUF`, `-AWQ`) may follow.
 */
export function listedModel(name: string): CatalogueModel | undefined {
  const wanted = plainName(name).toLowerCase();
  const owner = name.includes("/") ? name.split("/").at(-2)?.toLowerCase() : undefined;
  const isNamed = ({ reference }: CatalogueModel): boolean =>
    reference.split("/").at(-1)?.toLowerCase() === wanted;
  const isOwned = ({ reference }: CatalogueModel): boolean =>
    owner === undefined || reference.split("/").at(-2)?.toLowerCase() === owner;
  return CATALOGUE.find((model) => isNamed(model) && isOwned(model));
}
