import { z } from "zod";
import { type ModelConfig, qwen3Config } from "../src/train/arch/config.ts";
import type { BatchShape } from "../src/train/batch.ts";
import { PRECISIONS } from "../src/train/tensor/tape.ts";

/** What `bench/train.ts` and its contenders, which run in processes of their own, tell each other. */

export const CONTENDERS = [...PRECISIONS, "stock"] as const;
export const contenderSchema = z.enum(CONTENDERS);
export type ContenderName = z.infer<typeof contenderSchema>;

/** What the contenders train: all of them the same. */
export interface Job {
  readonly config: ModelConfig;
  readonly shape: BatchShape;
}

/** `full` is what is reported (5.7 M parameters); `small` shows in seconds that the bench itself works. */
export const JOBS = {
  full: {
    config: qwen3Config({
      vocabularySize: 4000,
      hiddenSize: 256,
      layers: 6,
      heads: 4,
      kvHeads: 2,
      headSize: 64,
      feedForwardSize: 768,
      context: 256,
      ropeBase: 10_000,
      epsilon: 1e-6,
    }),
    shape: { time: 256, batch: 8 },
  },
  small: {
    config: qwen3Config({
      vocabularySize: 200,
      hiddenSize: 64,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      headSize: 32,
      feedForwardSize: 96,
      context: 32,
      ropeBase: 10_000,
      epsilon: 1e-6,
    }),
    shape: { time: 32, batch: 2 },
  },
} satisfies Record<string, Job>;
export const sizeSchema = z.enum(["full", "small"]);

/** Asks for so many further steps. */
export const orderSchema = z.strictObject({ steps: z.int().positive() });
export type Order = z.infer<typeof orderSchema>;

/** What a contender answers to an order, and once before the first. */
export const reportSchema = z.strictObject({
  /** Loss of each step. */
  losses: z.array(z.number()),
  seconds: z.number(),
  /** The process's highest resident memory so far. */
  peakBytes: z.number(),
  /** Native memory that weights, optimiser and graph take. */
  plannedBytes: z.number(),
});
export type Report = z.infer<typeof reportSchema>;
