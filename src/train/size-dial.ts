import { z } from "zod";
import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";

/** Width of an attention head. */
const HEAD_SIZE = 64;
/** Widths are multiples of this, so that heads are even in number and two share their keys. */
const WIDTH_STEP = 2 * HEAD_SIZE;
/** Weights of a block for a width of 1: 3 of attention (q, o, and k and v of half the heads), 8 of the feed-forward part. */
const BLOCK_WEIGHTS = 11;
/** Width for each layer; source: GPT-3's and Llama's shapes lie around 64 to 128, Karpathy's nanochat takes 64. */
const ASPECT = 64;
/** Source: Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models". */
const TOKENS_A_WEIGHT = 20;
/** The rate of the miniature base, at its width; for others it falls with the width (Yang et al. 2022, µP). */
const RATE = { rate: 0.003, width: 256 } as const;

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 };
const size = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d+(?:\.\d+)?[KMB]$/)
    .transform((text) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN)),
]);

const dialled = z.looseObject({
  kind: z.literal("pretrain"),
  steps: z.int().min(1).optional(),
  batch: z.looseObject({
    time: z.int().min(1),
    batch: z.int().min(1),
    accumulate: z.int().min(1).default(1),
  }),
  optimizer: z.looseObject({}).default({}),
  model: z.looseObject({ size }),
});

/** A pretraining that gives a size, right or wrong. */
const sized = z.looseObject({
  kind: z.literal("pretrain"),
  model: z.looseObject({ size: z.union([z.number(), z.string()]) }),
});

/**
 * A pretraining whose model is given by its size (`model: { size: 4M }`, the weights of its blocks, embeddings apart), with
 * what follows from it: shape, steps (20 tokens a weight) and learning rate. What the recipe says itself stays. Anything
 * else is given back as it is. Throws BadInputError for a size that is none.
 */
export function withSize(recipe: unknown): unknown {
  const given = sized.safeParse(recipe).data?.model.size;
  const wanted = size.safeParse(given).data ?? Number.NaN;
  if (given !== undefined && !(wanted >= 1e5 && wanted <= 1e9)) throw badSize(given);
  const read = dialled.safeParse(recipe);
  if (!read.success) return recipe;
  const { batch, optimizer, model, ...rest } = read.data;
  const { size: weights, ...shape } = model;
  const width =
    WIDTH_STEP *
    Math.max(1, Math.round((ASPECT * Math.cbrt(weights / (BLOCK_WEIGHTS * ASPECT ** 2))) / WIDTH_STEP));
  const layers = Math.max(1, Math.round(weights / (BLOCK_WEIGHTS * width ** 2)));
  const heads = width / HEAD_SIZE;
  const steps = Math.ceil((TOKENS_A_WEIGHT * weights) / (batch.time * batch.batch * batch.accumulate));
  return {
    steps,
    ...rest,
    batch,
    model: {
      hiddenSize: width,
      layers,
      heads,
      kvHeads: heads / 2,
      headSize: HEAD_SIZE,
      feedForwardSize: 32 * Math.round((width * 8) / 3 / 32),
      context: 2 * batch.time,
      ...shape,
    },
    optimizer: {
      learningRate: Number(((RATE.rate * RATE.width) / width).toPrecision(3)),
      warmupSteps: Math.min(200, Math.ceil((rest.steps ?? steps) / 20)),
      ...optimizer,
    },
  };
}

function badSize(size: string | number): BadInputError {
  const shown = printable(String(size), 40);
  return new BadInputError({
    en: `model.size cannot be ${shown}; give the weights of the blocks, from 100K to 1B, such as 4M.`,
    zh: `model.size 不能是 ${shown}；请给出各层的权重数，100K 到 1B，例如 4M。`,
  });
}
