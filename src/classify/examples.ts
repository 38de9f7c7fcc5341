import { BadFileError, BadInputError } from "../errors.ts";
import { type Fields, isFields } from "../formats/datasets/fields.ts";
import { readRows } from "../formats/datasets/rows.ts";
import { printable } from "../printable.ts";
import { Random } from "../train/random.ts";
import type { HeadRecipe } from "./recipe.ts";

/** A text and what a head is to say of it. */
export interface Labelled {
  readonly text: string;
  /** A label, or the digits of a number. */
  readonly label: string;
}

/** What the rows of the data came to. */
export interface RowCounts {
  readonly kept: number;
  /** Rows without a text or a label, and rows that could not be read. */
  readonly dropped: number;
  /** Texts to be measured that are also among those to learn from. */
  readonly overlapping: number;
}

const TEXT_FIELDS = ["text", "sentence", "content", "query", "question", "utterance", "input", "prompt"];
const LABEL_FIELDS = ["label", "category", "intent", "class", "target", "score", "value", "output"];

/** The rows to learn from and those to measure. Throws BadFileError and BadInputError. */
export async function readLabelled(
  recipe: HeadRecipe,
): Promise<{ readonly learned: Labelled[]; readonly measured: Labelled[]; readonly rows: RowCounts }> {
  const { evaluation } = recipe;
  const all = await readFiles(recipe, recipe.data);
  const others = evaluation.data === undefined ? undefined : await readFiles(recipe, evaluation.data);
  const [learned, measured] =
    others === undefined ? drawn(all.items, evaluation.share ?? 0.1, recipe.seed) : [all.items, others.items];
  if (learned.length < 2 || measured.length === 0) throw tooFew(learned.length, measured.length);
  const known = new Set(learned.map(({ text }) => text));
  return {
    learned,
    measured,
    rows: {
      kept: learned.length + measured.length,
      dropped: all.dropped + (others?.dropped ?? 0),
      overlapping: measured.filter(({ text }) => known.has(text)).length,
    },
  };
}

/** Items in two parts, the second a share of them, drawn by the seed. */
export function drawn<Item>(items: readonly Item[], share: number, seed: number): [Item[], Item[]] {
  const count = Math.max(1, Math.round(share * items.length));
  const places = Array.from(items, (_, place) => place);
  const second = new Set(new Random(seed).shuffle(places).slice(0, count));
  return [items.filter((_, i) => !second.has(i)), items.filter((_, i) => second.has(i))];
}

async function readFiles(recipe: HeadRecipe, paths: readonly string[]) {
  const items: Labelled[] = [];
  let dropped = 0;
  for (const path of paths) {
    const before = items.length;
    let sample: Fields | undefined;
    for await (const row of readRows(path)) {
      const fields = "value" in row && isFields(row.value) ? row.value : undefined;
      sample ??= fields;
      const text = fieldOf(fields, recipe.text === undefined ? TEXT_FIELDS : [recipe.text]);
      const label = fieldOf(fields, recipe.label === undefined ? LABEL_FIELDS : [recipe.label]);
      const isLabelled =
        label !== undefined &&
        label.trim() !== "" &&
        (recipe.kind === "classify" || Number.isFinite(Number(label)));
      if (isLabelled && text !== undefined && text.trim() !== "") items.push({ text, label });
      else dropped++;
    }
    if (items.length === before) throw nothingIn(path, Object.keys(sample ?? {}));
  }
  return { items, dropped };
}

function fieldOf(fields: Fields | undefined, names: readonly string[]): string | undefined {
  const name = names.find((one) => fields !== undefined && Object.hasOwn(fields, one));
  const value = name === undefined ? undefined : fields?.[name];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function nothingIn(path: string, fields: readonly string[]): BadFileError {
  const [shown, found] = [printable(path, 300), printable(fields.join(", ") || "–", 300)];
  return new BadFileError(path, {
    en: `No row of ${shown} has a text and a label (fields: ${found}); name them with text and label in the recipe.`,
    zh: `${shown} 中没有同时包含文本和标签的行（字段：${found}）；请在配方中用 text 和 label 指定字段。`,
  });
}

function tooFew(learned: number, measured: number): BadInputError {
  return new BadInputError({
    en: `The data leaves ${learned} rows to learn from and ${measured} to measure; a head needs at least 2 and 1.`,
    zh: `数据只有 ${learned} 行可训练、${measured} 行可评估；至少需要 2 行和 1 行。`,
  });
}
