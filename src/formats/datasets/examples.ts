import type { Example } from "./example.ts";
import { type Fields, isFields, UnusableRow } from "./fields.ts";
import type { DropReason, Repair } from "./outcomes.ts";
import { unfilledPlaceholders, unknownShape } from "./problems.ts";
import { readRows } from "./rows.ts";
import { examplesOf, type Shape, shapeOf } from "./shapes.ts";
import type { TextSplit } from "./text-rows.ts";

/** A data file and how to read it. */
export interface ExampleSource {
  readonly path: string;
  /** Known field → the name that the file has for it. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** What stands for `{{name}}` in the texts, by name. */
  readonly placeholders?: Readonly<Record<string, string>> | undefined;
  /** What of a text file is one text; the whole unless stated. */
  readonly split?: TextSplit | undefined;
}

/** What a row teaches, or why it teaches nothing. */
export type ExampleRow =
  | {
      readonly number: number;
      readonly shape: Shape;
      readonly examples: readonly Example[];
      readonly repairs: readonly Repair[];
    }
  | { readonly number: number; readonly dropped: DropReason; readonly detail?: string };

/** Placeholders that published sets of identity data are known to hold; others may be meant as they stand. */
const KNOWN_PLACEHOLDERS = ["name", "author"] as const;

/**
 * What the rows of a data file teach, in the order of the file, with memory for a few rows. Every row is given, those
 * that teach nothing with the reason. Throws `NotFoundError`, and `BadFileError` where the file cannot be read, where the
 * shape of its first row is not known, and where known placeholders are not filled.
 */
export async function* readExamples(source: ExampleSource): AsyncGenerator<ExampleRow> {
  let isKnown = false;
  for await (const row of readRows(source.path, source.split)) {
    if ("dropped" in row) {
      yield row;
      continue;
    }
    const repairs = new Set<Repair>();
    const value = filled(source, row.number, renamed(row.value, source.columns), repairs);
    const shape = shapeOf(value);
    if (shape === undefined) {
      const keys = isFields(value) ? Object.keys(value) : undefined;
      if (!isKnown) throw unknownShape(source.path, row.number, keys);
      yield { number: row.number, dropped: "other-shape", detail: keys?.join(", ") ?? JSON.stringify(value) };
      continue;
    }
    isKnown = true;
    try {
      const examples = examplesOf(value, shape, (repair) => repairs.add(repair));
      yield { number: row.number, shape, examples, repairs: [...repairs] };
    } catch (cause) {
      if (!(cause instanceof UnusableRow)) throw cause;
      const { reason, detail } = cause;
      yield { number: row.number, dropped: reason, ...(detail === undefined ? {} : { detail }) };
    }
  }
}

function renamed(value: unknown, columns: ExampleSource["columns"]): unknown {
  if (columns === undefined || !isFields(value)) return value;
  const own = new Map(Object.entries(columns).map(([known, name]) => [name, known]));
  // A field that is not taken keeps its name, unless another takes it.
  const taken = new Set(own.values());
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const known = own.get(name);
      if (known !== undefined) return [[known, inner]];
      return taken.has(name) ? [] : [[name, inner]];
    }),
  );
}

/** Fills placeholders into every text of a row, and notes broken characters. */
function filled(source: ExampleSource, row: number, value: unknown, repairs: Set<Repair>): unknown {
  const missing = new Set<string>();
  const fill = (text: string): string => {
    if (text.includes("\uFFFD")) repairs.add("broken-characters");
    if (!text.includes("{{")) return text;
    return text.replace(/\{\{\s?(\w+)\s?\}\}/g, (mark, name: string) => {
      const given = Object.hasOwn(source.placeholders ?? {}, name) ? source.placeholders?.[name] : undefined;
      if (given !== undefined) repairs.add("filled-placeholders");
      else if (KNOWN_PLACEHOLDERS.some((known) => mark === `{{${known}}}`)) missing.add(name);
      return given ?? mark;
    });
  };
  const walk = (inner: unknown): unknown => {
    if (typeof inner === "string") return fill(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (!isFields(inner)) return inner;
    const copy: Fields = Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, walk(one)]));
    return copy;
  };
  const result = walk(value);
  if (missing.size > 0) throw unfilledPlaceholders(source.path, row, [...missing]);
  return result;
}
