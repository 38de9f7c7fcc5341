import { BadInputError } from "../../errors.ts";
import { Random } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import { readSources, type SourceContent, type Use } from "./read.ts";

/** What is learned from, and what is measured and never learned from. */
export interface Held<Value> {
  readonly kept: readonly SourceContent<Value>[];
  readonly heldOut: readonly SourceContent<Value>[];
  /** Items that were drawn from the data itself. */
  readonly heldRows: number;
}

/** Keeps the draw of what is held out apart from the order of learning. */
const DRAW = 7919;

/**
 * Reads the recipe's data, and holds out what its `evaluation` says: files of their own, or a share drawn from the data.
 * Throws what `readSources` throws, and BadInputError where nothing would be left to learn from.
 */
export async function holdOut<Value>(recipe: Recipe, use: Use<Value>): Promise<Held<Value>> {
  const contents = await readSources(recipe.data, recipe.keepAtLeast, use);
  const { data, share } = recipe.evaluation ?? {};
  if (data !== undefined) {
    return { kept: contents, heldOut: await readSources(data, recipe.keepAtLeast, use), heldRows: 0 };
  }
  if (share === undefined) return { kept: contents, heldOut: [], heldRows: 0 };
  const all = contents.reduce((sum, { items }) => sum + items.length, 0);
  const count = Math.max(1, Math.round(share * all));
  if (count >= all) throw tooFew(all);
  const places = Array.from({ length: all }, (_, place) => place);
  const drawn = new Set(new Random(recipe.seed + DRAW).sample(places, count));
  const part = (isOut: boolean): SourceContent<Value>[] => {
    let place = 0;
    return contents.map((content) => ({
      ...content,
      items: content.items.filter(() => drawn.has(place++) === isOut),
    }));
  };
  return { kept: part(false), heldOut: part(true), heldRows: count };
}

function tooFew(count: number): BadInputError {
  return new BadInputError({
    en: `The data holds ${count} items, which leaves none to learn from beside those held out; add data, or name evaluation.data instead of evaluation.share.`,
    zh: `数据只有 ${count} 条，留出评估数据后没有可训练的内容；请增加数据，或用 evaluation.data 代替 evaluation.share。`,
  });
}
