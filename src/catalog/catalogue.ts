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
