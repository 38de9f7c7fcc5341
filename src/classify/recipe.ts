import { existsSync } from "node:fs";
import { z } from "zod";
import { checkBy, placedBeside, readRecipeValue } from "../train/read-recipe.ts";

const path = z.string().min(1);
/** Penalties that are tried: on the mean loss, for each weight of standardised features. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/** A head on the vectors of a model whose weights stay as they are. */
export const headRecipeSchema = z.strictObject({
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
});
/** A recipe for a head on frozen features: `classify` or `regress`. */
export type HeadRecipe = z.infer<typeof headRecipeSchema>;
/** A head recipe as it is written: what has a usual value may be left out. */
export type HeadRecipeInput = z.input<typeof headRecipeSchema>;

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
  return checkBy(headRecipeSchema, value, name);
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
