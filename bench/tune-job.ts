import { z } from "zod";
import { PRECISIONS } from "../src/train/tensor/tape.ts";

/** What `bench/tune.ts` hands to its contenders, ours and `bench/peers/tune.py`, each a process of its own. */
export const tuneJobSchema = z.strictObject({
  /** A qwen2 model with biases at queries, keys and values and a head that is the embedding. */
  model: z.strictObject({
    vocabularySize: z.int(),
    hiddenSize: z.int(),
    layers: z.int(),
    heads: z.int(),
    kvHeads: z.int(),
    feedForwardSize: z.int(),
    context: z.int(),
    ropeBase: z.number(),
  }),
  /** Rows, their tokens, and how many of these, the last ones, have loss. */
  batch: z.strictObject({ batch: z.int(), time: z.int(), supervised: z.int() }),
  /** Of the adapter on every projection; null where all weights learn. */
  rank: z.int().nullable(),
  threads: z.int(),
  steps: z.int(),
  precision: z.enum(PRECISIONS),
  /** Whether our layers are computed once more for their gradients. */
  checkpointing: z.boolean().optional(),
  /** How our frozen weights are kept. */
  stored: z.enum(["f32", "bf16", "q8_0"]),
});
export type TuneJob = z.infer<typeof tuneJobSchema>;

export const tuneReportSchema = z.object({
  tokensPerSecond: z.number(),
  /** The process's highest resident memory. */
  peakBytes: z.number(),
  loss: z.number(),
});
export type TuneReport = z.infer<typeof tuneReportSchema>;
