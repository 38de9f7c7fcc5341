import { z } from "zod";
import { TEXT_SPLITS } from "../formats/datasets/text-rows.ts";
import { ADAPTER_KINDS, DEFAULT_ADAPTER } from "./adapter/adapter.ts";
import { PROJECTIONS } from "./arch/config.ts";
import { holdsInductionHeads } from "./arch/induction.ts";
import { TOO_LONG } from "./data/cut.ts";
import { PACKINGS } from "./data/packing.ts";
import { PREFERENCE_LOSSES } from "./preference/loss.ts";
import { SCHEDULES } from "./schedule.ts";
import { PRECISIONS } from "./tensor/tape.ts";

const count = z.int().positive();
const share = z.number().min(0).max(1);

/** How weights are stepped. */
const optimizerSchema = z.strictObject({
  learningRate: z.number().positive(),
  beta1: share.default(0.9),
  beta2: share.default(0.95),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0.1),
  clipNorm: z.number().positive().default(1),
  /** Steps of rising learning rate. */
  warmupSteps: z.int().min(0),
  /** How the rate goes on from there. */
  schedule: z.enum(SCHEDULES).default("cosine"),
  /** Share of the learning rate that is left at the last step. */
  finalShare: share.default(0.05),
  /** Share of the steps in which `wsd` lets the rate fall. */
  decayShare: share.default(0.2),
});

/** A data file by its path alone, or with how to read it. */
const source = z.preprocess(
  (value) => (typeof value === "string" ? { path: value } : value),
  z.strictObject({
    /** Relative to the recipe. */
    path: z.string().min(1),
    /** How often its samples are drawn in an epoch: 0.5 is every other epoch, 2 is twice. */
    weight: z.number().positive().default(1),
    /** Known field → the name that the file has for it. */
    columns: z.record(z.string(), z.string()).optional(),
    /** What stands for `{{name}}` in its texts, by name. */
    placeholders: z.record(z.string(), z.string()).optional(),
    /** What of a text file is one text; the whole unless stated. */
    split: z.enum(TEXT_SPLITS).optional(),
  }),
);

const evaluation = z
  .strictObject({
    /** Data files. */
    data: z.array(source).min(1).optional(),
    /** Or a share of the data, drawn by the seed, which is then not learned from. */
    share: z.number().gt(0).lt(1).optional(),
    /** Steps between two evaluations; there is one more at the end. */
    every: count.default(100),
    /** Evaluations without a lower loss after which the run ends; it goes on to the last step unless stated. */
    patience: count.optional(),
    /** How many texts are written each time, to be looked at and to see whether they end. */
    samples: z.int().min(0).default(4),
  })
  .refine(({ data, share }) => (data === undefined) !== (share === undefined), {
    message: "needs either data or share",
  });

/** What a step reads. */
const batchSchema = z.strictObject({
  /** Tokens of a row. */
  time: count,
  /** Rows that are computed at once. */
  batch: count,
  /** How often that is done before a step, which then learns from all those rows; memory stays that of one. */
  accumulate: count.default(1),
});

/** How it is learned, step by step. */
export const learning = {
  /** Optimizer steps of the whole run. */
  steps: count,
  batch: batchSchema,
  optimizer: optimizerSchema,
  precision: z.enum(PRECISIONS).default("bf16"),
  /** Whether layers are computed once more for their gradients: less memory, more time, the same result. */
  checkpointing: z.boolean().default(false),
  threads: count.default(2),
  /** Steps between two checkpoints. */
  checkpointEvery: count.default(100),
  /** How many checkpoints are kept, the newest: an older one serves where the newest is damaged. */
  keep: count.default(2),
};

const common = {
  /** The name the model file carries. */
  name: z.string().min(1),
  /** The same model at another stage. */
  counterpart: z.string().min(1).optional(),
  license: z.string().min(1),
  languages: z.array(z.string().min(2)).default([]),
  seed: z.int().min(0),
  ...learning,
  /** What is measured on data that is not learned from. */
  evaluation: evaluation.optional(),
  /** Data files. */
  data: z.array(source).min(1),
  /** Share of the rows of each file that must be usable, else the run does not start. */
  keepAtLeast: share.default(0.95),
  /** Folder of the run, relative to the recipe. */
  output: z.string().min(1),
};

const pretrain = z
  .strictObject({
    kind: z.literal("pretrain"),
    ...common,
    /** Start from random weights that can already copy what was said before; see `layInductionHeads`. */
    inductionHeads: z.boolean().default(false),
    tokenizer: z.strictObject({
      vocabularySize: count,
      /** A word is the same tokens after a space, a quotation mark or nothing. */
      detachWords: z.boolean().default(false),
    }),
    model: z
      .strictObject({
        hiddenSize: count.multipleOf(32),
        layers: count,
        heads: count,
        kvHeads: count,
        headSize: count.multipleOf(32),
        feedForwardSize: count.multipleOf(32),
        context: count,
        ropeBase: z.number().positive().default(10_000),
        epsilon: z.number().positive().default(1e-6),
      })
      .refine(({ heads, kvHeads }) => heads % kvHeads === 0, {
        path: ["kvHeads"],
        message: "must divide heads",
      }),
  })
  .refine(({ inductionHeads, model }) => !inductionHeads || holdsInductionHeads(model), {
    path: ["inductionHeads"],
    message: "needs two layers and a hiddenSize above twice the headSize",
  });

/** What is learned beside frozen weights. */
export const adapterSchema = z.strictObject({
  kind: z.enum(ADAPTER_KINDS).default(DEFAULT_ADAPTER.kind),
  rank: count.default(DEFAULT_ADAPTER.rank),
  alpha: z.number().positive().default(DEFAULT_ADAPTER.alpha),
  targets: z
    .array(z.enum(PROJECTIONS))
    .min(1)
    .default([...DEFAULT_ADAPTER.targets]),
  /** Control tokens whose rows in embedding and head are learned too: what a base never learned of them. */
  tokens: z.array(z.string().min(1)).min(1).exactOptional(),
});

const tuning = {
  ...common,
  /** The model to start from: a file or folder relative to the recipe, or any other reference. */
  from: z.string().min(1),
  /** Learn an adapter beside the weights, which then stay as they are; all weights are learned unless stated. */
  adapter: adapterSchema.exactOptional(),
};

const adapt = z.strictObject({ kind: z.literal("adapt"), ...tuning });

const sft = z.strictObject({
  kind: z.literal("sft"),
  ...tuning,
  /** How samples share rows. */
  packing: z.enum(PACKINGS).default("in-order"),
  /** What becomes of a conversation that is longer than a row: left out, or cut behind the last answer that fits. */
  tooLong: z.enum(TOO_LONG).default("drop"),
  /** Control tokens that the vocabulary is to have, such as those of turns; their rows are learned, also by an adapter. */
  newTokens: z.array(z.string().min(1).max(100)).min(1).max(64).exactOptional(),
});

const dpo = z
  .strictObject({
    kind: z.literal("dpo"),
    ...tuning,
    /** What makes of two likelihoods a loss: against those of the starting weights, or by the tokens of each answer. */
    loss: z.enum(PREFERENCE_LOSSES).default("sigmoid"),
    /** How strongly a difference counts: 0.1 unless stated, with `simpo` 2. */
    beta: z.number().positive().exactOptional(),
    /** Of `simpo`: by how much the better answer is to be likelier, after `beta`; 1 unless stated. */
    gamma: z.number().min(0).exactOptional(),
  })
  .refine(({ loss, gamma }) => loss === "simpo" || gamma === undefined, {
    path: ["gamma"],
    message: "belongs to loss: simpo",
  });

/** A training job as data. */
export const recipeSchema = z.discriminatedUnion("kind", [pretrain, adapt, sft, dpo]);
/** A recipe of any kind, told apart by `kind`. */
export type Recipe = z.infer<typeof recipeSchema>;
/** A recipe for pretraining from scratch. */
export type PretrainRecipe = z.infer<typeof pretrain>;
/** A recipe for continued pretraining on raw text. */
export type AdaptRecipe = z.infer<typeof adapt>;
/** A recipe for supervised fine-tuning on conversations. */
export type SftRecipe = z.infer<typeof sft>;
/** A recipe for preference tuning: two answers to each prompt, the better one to be likelier. */
export type DpoRecipe = z.infer<typeof dpo>;
/** A recipe that starts from a model. */
export type TuningRecipe = AdaptRecipe | SftRecipe | DpoRecipe;
