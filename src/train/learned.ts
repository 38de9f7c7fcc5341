import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import { type AdapterConfig, initialAdapter } from "./adapter/adapter.ts";
import type { Job } from "./job.ts";
import type { Parent } from "./parent.ts";
import { Random } from "./random.ts";
import type { TuningRecipe } from "./recipe.ts";
import { adapterResults, tunedResults } from "./results.ts";
import type { StoredWeight } from "./stored-weights.ts";
import type { WeightValues } from "./trainer.ts";
import type { TunedRecord } from "./tuned-file.ts";

/** All weights of the parent, or a new adapter beside them. */
export function learnedFrom(
  parent: Parent,
  recipe: TuningRecipe,
  { parent: { name, hash }, ...told }: TunedRecord,
): Pick<Job, "config" | "weights" | "frozen" | "results"> {
  const { config, stored } = parent;
  const record = { ...told, parent: { name, hash } };
  const adapter = adapterOf(recipe, parent);
  if (adapter === undefined) {
    const weights = (): WeightValues =>
      new Map([...stored].map(([weight, { floats }]) => [weight, floats()]));
    return { config, weights, results: tunedResults(parent, record) };
  }
  const weightOf = (weight: string): StoredWeight => {
    const found = stored.get(weight);
    if (found === undefined) throw new RangeError(`the parent has no weight named ${weight}`);
    return found;
  };
  return {
    config,
    weights: () => initialAdapter(config, adapter, weightOf, new Random(recipe.seed)),
    frozen: { weights: stored, adapter },
    results: adapterResults(parent, adapter, record),
  };
}

/** Tokens that a recipe adds to the vocabulary. */
export function newTokensOf(recipe: TuningRecipe): readonly string[] {
  return recipe.kind === "sft" ? (recipe.newTokens ?? []) : [];
}

/** The adapter of a recipe, its tokens by their ids. Throws BadInputError for one that is no control token. */
function adapterOf(recipe: TuningRecipe, { tokenizer, path }: Parent): AdapterConfig | undefined {
  if (recipe.adapter === undefined) return undefined;
  const { tokens: named = [], ...rest } = recipe.adapter;
  const tokens = [...named, ...newTokensOf(recipe)];
  if (tokens.length === 0) return rest;
  const { controlTokens, userTokens = [] } = tokenizer.vocabulary;
  const ids = new Map([...controlTokens, ...userTokens].map(({ text, id }) => [text, id]));
  const rows = tokens.map((token) => {
    const id = ids.get(token);
    if (id === undefined) throw noControlToken(token, path, [...ids.keys()]);
    return id;
  });
  return { ...rest, rows: [...new Set(rows)] };
}

function noControlToken(token: string, path: string, known: readonly string[]): BadInputError {
  const [shown, file, list] = [
    printable(token),
    printable(path),
    printable(known.slice(0, 12).join(" "), 300),
  ];
  return new BadInputError({
    en: `adapter.tokens names ${shown}, which is no control token of ${file}; it has ${list}${known.length > 12 ? " …" : ""}.`,
    zh: `adapter.tokens 中的 ${shown} 不是 ${file} 的控制词元；其控制词元有 ${list}${known.length > 12 ? " …" : ""}。`,
  });
}
