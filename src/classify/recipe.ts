import { existsSync } from "node:fs";
import { z } from "zod";
import { checkBy, placedBeside, readRecipeValue } from "../train/read-recipe.ts";
import { adapterSchema, learning } from "../train/recipe.ts";

const path = z.string().min(1);
/** Penalties that are tried: on the mean loss, for each weight of standardised features. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

const common = {
  /** Which of some labels a text has, or which number. */
  kind: z.enum(["classify", "regress"]),
  name: z.string().min(1),
  /** The model whose vectors are read, as every reference is written. */
  from: z.string().min(1),
  /** Data files, relative to the recipe: rows with a text and its label or number. */
  data: z.array(path).min(1),
  /** The fields of a row; the usual names unless stated. */
  text: z.string().min(1).optional(),
  label: z.string().min(1).optional(),
  /** What the head is measured on and never learns from: data files, or a share of the data. */
  evaluation: z
    .strictObject({ data: z.array(path).min(1).optional(), share: z.number().gt(0).lt(1).optional() })
    .refine(({ data, share }) => (data === undefined) !== (share === undefined), {
      message: "needs either data or share",
    })
    .default({ share: 0.1 }),
  /** How the vectors of tokens become one; as the model was trained unless stated. */
  pooling: z.enum(["mean", "last", "cls"]).optional(),
  /** Penalties to choose from, by a part of the data that is held out for it. */
  l2: z.array(z.number().min(0)).min(1).default(PENALTIES),
  seed: z.int().min(0).default(1),
  /** Folder of the head, relative to the recipe. */
  output: path,
};

/** A head on the vectors of a model whose weights stay as they are. */
const frozenSchema = z.strictObject(common);

/** A head, and an adapter that makes the vectors what the head needs. The words are those of other recipes. */
const tunedSchema = z.strictObject({
  ...common,
  /** Vectors of decoders, which alone can be tuned, have nothing at their first token. */
  pooling: z.enum(["mean", "last"]).optional(),
  adapter: adapterSchema.omit({ tokens: true }).refine(({ kind }) => kind !== "dora", {
    path: ["kind"],
    message:
      "must be lora or rslora: vectors are made with the adapter beside the model, which DoRA cannot be",
  }),
  /** The held-out part is measured before each checkpoint. */
  ...learning,
});

/** A recipe for a head on frozen features. */
export type FrozenHeadRecipe = z.infer<typeof frozenSchema>;
/** A recipe for a head and an adapter. */
export type TunedHeadRecipe = z.infer<typeof tunedSchema>;
/** A recipe for a head: `classify` or `regress`; with an `adapter` the model's vectors learn too. */
export type HeadRecipe = FrozenHeadRecipe | TunedHeadRecipe;
/** A head recipe as it is written: what has a usual value may be left out. */
export type HeadRecipeInput = z.input<typeof frozenSchema> | z.input<typeof tunedSchema>;

/** Whether a head's model learns too. */
export function isTuned(recipe: HeadRecipe): recipe is TunedHeadRecipe {
  return "adapter" in recipe;
}

/** Whether a recipe is one for a head; all others are for `train`. */
export function isHeadRecipe(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    (value.kind === "classify" || value.kind === "regress")
  );
}

/** Checks a head recipe whole. Throws BadInputError that lists every issue with its path. */
export function checkHeadRecipe(value: unknown, name: string): HeadRecipe {
  const isTuning = typeof value === "object" && value !== null && "adapter" in value;
  return isTuning ? checkBy(tunedSchema, value, name) : checkBy(frozenSchema, value, name);
}

/** Reads a YAML recipe; its relative paths become relative to the working directory. */
export async function readHeadRecipe(file: string): Promise<HeadRecipe> {
  const recipe = checkHeadRecipe(await readRecipeValue(file), file);
  const local = (inner: string): string => placedBeside(file, inner);
  const { data } = recipe.evaluation;
  return {
    ...recipe,
    // a file beside the recipe, or else any reference
    from: existsSync(local(recipe.from)) ? local(recipe.from) : recipe.from,
    data: recipe.data.map(local),
    evaluation: data === undefined ? recipe.evaluation : { data: data.map(local) },
    output: local(recipe.output),
  };
}
