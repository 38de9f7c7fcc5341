import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { BadFileError, BadInputError } from "../errors.ts";
import { TEXT_SPLITS } from "../formats/datasets/text-rows.ts";
import { readSmallText } from "../formats/file-bytes.ts";
import { parseReference } from "../hub/parse-reference.ts";
import { ADAPTER_KINDS, DEFAULT_ADAPTER } from "./adapter/adapter.ts";
import { PROJECTIONS } from "./arch/config.ts";
import { holdsInductionHeads } from "./arch/induction.ts";
import { TOO_LONG } from "./data/cut.ts";
import { PACKINGS } from "./data/packing.ts";
import { SCHEDULES } from "./schedule.ts";
import { PRECISIONS } from "./tensor/tape.ts";

const MAX_RECIPE_BYTES = 2 ** 20;

const count = z.int().positive();
const share = z.number().min(0).max(1);

const optimizer = z.strictObject({
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

const common = {
  /** The name the model file carries. */
  name: z.string().min(1),
  /** The same model at another stage. */
  counterpart: z.string().min(1).optional(),
  license: z.string().min(1),
  languages: z.array(z.string().min(2)).default([]),
  seed: z.int().min(0),
  /** Optimizer steps of the whole run. */
  steps: count,
  batch: z.strictObject({
    /** Tokens of a row. */
    time: count,
    /** Rows that are computed at once. */
    batch: count,
    /** How often that is done before a step, which then learns from all those rows; memory stays that of one. */
    accumulate: count.default(1),
  }),
  optimizer,
  precision: z.enum(PRECISIONS).default("bf16"),
  /** Whether layers are computed once more for their gradients: less memory, more time, the same result. */
  checkpointing: z.boolean().default(false),
  threads: count.default(2),
  /** Steps between two checkpoints. */
  checkpointEvery: count.default(100),
  /** How many checkpoints are kept, the newest: an older one serves where the newest is damaged. */
  keep: count.default(2),
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

const adapter = z.strictObject({
  kind: z.enum(ADAPTER_KINDS).default(DEFAULT_ADAPTER.kind),
  rank: count.default(DEFAULT_ADAPTER.rank),
  alpha: z.number().positive().default(DEFAULT_ADAPTER.alpha),
  targets: z
    .array(z.enum(PROJECTIONS))
    .min(1)
    .default([...DEFAULT_ADAPTER.targets]),
});

const tuning = {
  ...common,
  /** The model to start from: a file or folder relative to the recipe, or any other reference. */
  from: z.string().min(1),
  /** Learn an adapter beside the weights, which then stay as they are; all weights are learned unless stated. */
  adapter: adapter.exactOptional(),
};

const adapt = z.strictObject({ kind: z.literal("adapt"), ...tuning });

const sft = z.strictObject({
  kind: z.literal("sft"),
  ...tuning,
  /** How samples share rows. */
  packing: z.enum(PACKINGS).default("in-order"),
  /** What becomes of a conversation that is longer than a row: left out, or cut behind the last answer that fits. */
  tooLong: z.enum(TOO_LONG).default("drop"),
});

/** A training job as data. */
export const recipeSchema = z.discriminatedUnion("kind", [pretrain, adapt, sft]);
/** A recipe of any kind, told apart by `kind`. */
export type Recipe = z.infer<typeof recipeSchema>;
/** A recipe for pretraining from scratch. */
export type PretrainRecipe = z.infer<typeof pretrain>;
/** A recipe for continued pretraining on raw text. */
export type AdaptRecipe = z.infer<typeof adapt>;
/** A recipe for supervised fine-tuning on conversations. */
export type SftRecipe = z.infer<typeof sft>;

/** Checks a recipe whole. Throws BadInputError that lists every issue with its path. */
export function checkRecipe(value: unknown, name: string): Recipe {
  return checkBy(recipeSchema, value, name);
}

/** The same for a recipe of any schema. */
export function checkBy<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
): z.infer<Schema> {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(
    (issue) => `${issue.path.join(".") || "(recipe)"}: ${issue.message}`,
  );
  throw new BadInputError({
    en: `The recipe ${name} needs mending: ${issues.join("; ")}.`,
    zh: `配方 ${name} 需要修改：${issues.join("；")}。`,
  });
}

/** The YAML of a recipe, unchecked. Throws BadFileError. */
export async function readRecipeValue(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readSmallText(path, MAX_RECIPE_BYTES);
  } catch (cause) {
    throw new BadFileError(
      path,
      {
        en: `The recipe ${path} cannot be read; check the path.`,
        zh: `无法读取配方 ${path}；请检查路径。`,
      },
      { cause },
    );
  }
  try {
    return parse(text, { maxAliasCount: 10, logLevel: "error" });
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    throw new BadFileError(
      path,
      {
        en: `The recipe ${path} is not valid YAML (${reason}); mend it there.`,
        zh: `配方 ${path} 不是有效的 YAML（${reason}）；请修改。`,
      },
      { cause },
    );
  }
}

/** Whether what a recipe names is a file or folder, and no other reference. */
function isBeside(recipe: string, reference: string): boolean {
  return existsSync(placedBeside(recipe, reference)) || parseReference(reference).kind === "path";
}

/** A path that stands in a recipe, relative to the working directory. */
export function placedBeside(recipe: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(recipe), file);
}

/** Reads a YAML recipe; its relative paths become relative to the working directory. */
export async function readRecipe(path: string): Promise<Recipe> {
  const recipe = checkRecipe(await readRecipeValue(path), path);
  const local = (file: string): string => placedBeside(path, file);
  const located = <Source extends { path: string }>(sources: readonly Source[]): Source[] =>
    sources.map((one) => ({ ...one, path: local(one.path) }));
  const { evaluation } = recipe;
  const placed = {
    ...recipe,
    data: located(recipe.data),
    output: local(recipe.output),
    ...(evaluation?.data === undefined
      ? {}
      : { evaluation: { ...evaluation, data: located(evaluation.data) } }),
  };
  if (placed.kind === "pretrain") return placed;
  // a file beside the recipe, or else any reference
  return { ...placed, from: isBeside(path, placed.from) ? local(placed.from) : placed.from };
}
