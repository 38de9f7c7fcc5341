import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { BadFileError, BadInputError } from "../errors.ts";
import { readSmallText } from "../formats/file-bytes.ts";
import { parseReference } from "../hub/parse-reference.ts";
import { type Recipe, recipeSchema } from "./recipe.ts";
import { withSize } from "./size-dial.ts";

const MAX_RECIPE_BYTES = 2 ** 20;

/** Checks a recipe whole. Throws BadInputError that lists every issue with its path. */
export function checkRecipe(value: unknown, name: string): Recipe {
  return checkBy(recipeSchema, withSize(value), name);
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
