import type { FloatType } from "../native/rows.ts";

/** What models and adapters are written as: an adapter for PEFT, or a whole model for transformers. */
export const MODEL_FORMATS = ["peft", "hf"] as const;
/** One of `MODEL_FORMATS`. */
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What the weights of a folder are kept as. */
export const FOLDER_TYPES = ["f32", "f16", "bf16"] as const satisfies readonly FloatType[];
