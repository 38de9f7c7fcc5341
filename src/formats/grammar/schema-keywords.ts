import { MOST_REPETITIONS } from "./gbnf.ts";
import type { Place } from "./schema-error.ts";

/** The keywords of one schema that say something about values. */
export type Keywords = ReadonlyMap<string, unknown>;

/** Say nothing about values, or only where others point to. */
const SILENT = new Set([
  "$schema",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

/** The types, with the keywords that speak of each and are supported. */
export const TYPES = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"],
  string: ["minLength", "maxLength", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
} as const satisfies Record<string, readonly string[]>;
export type TypeName = keyof typeof TYPES;

/** Keywords that say all about a value by themselves; beside them only `type` may stand, beside `enum` and `const`. */
export const WHOLE = ["$ref", "enum", "const", "anyOf", "oneOf", "allOf"] as const;

const SUPPORTED = new Set<string>(["type", ...WHOLE, ...Object.values(TYPES).flat()]);

/** The keywords of a schema that matter. Throws JsonSchemaError for one that is not supported. */
export function keywordsOf(schema: object, place: Place): Keywords {
  const entries = Object.entries(schema).filter(
    ([keyword]) => !SILENT.has(keyword) && !(keyword === "$id" && place.depth === 0),
  );
  const unknown = entries.find(([keyword]) => !SUPPORTED.has(keyword));
  if (unknown !== undefined) throw place.unsupported(unknown[0]);
  return new Map(entries);
}

export function isTypeName(value: unknown): value is TypeName {
  return typeof value === "string" && Object.hasOwn(TYPES, value);
}

/** The types that a schema allows, stated or by the keywords that speak of one; undefined for any. */
export function typesOf(keywords: Keywords, place: Place): readonly TypeName[] | undefined {
  const stated = keywords.get("type");
  if (stated === undefined) {
    const spokenOf = (["object", "array", "string", "number"] as const).filter((type) =>
      TYPES[type].some((keyword) => keywords.has(keyword)),
    );
    return spokenOf.length === 0 ? undefined : spokenOf;
  }
  const types: unknown[] = Array.isArray(stated) ? stated : [stated];
  if (types.length === 0 || !types.every(isTypeName)) {
    throw place.malformed("type", `one or more of ${Object.keys(TYPES).join(", ")}`, "JSON 类型之一或数个");
  }
  return types;
}

/** The least and the greatest size, by two keywords. */
export function sizesOf(
  keywords: Keywords,
  leastWord: string,
  mostWord: string,
  place: Place,
): readonly [number, number] {
  const size = (keyword: string, standard: number): number => {
    const value = keywords.get(keyword) ?? standard;
    if (value === Number.POSITIVE_INFINITY) return value;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_REPETITIONS)
      return value;
    const en = `a whole number from 0 to ${MOST_REPETITIONS}`;
    throw place.malformed(keyword, en, `0 到 ${MOST_REPETITIONS} 的整数`);
  };
  const least = size(leastWord, 0);
  const most = size(mostWord, Number.POSITIVE_INFINITY);
  if (least > most) throw place.impossible(leastWord);
  return [least, most];
}

/** How often, in GBNF, behind what is repeated. */
export function counted(least: number, most: number): string {
  if (least === 1 && most === 1) return "";
  if (least === most) return `{${least}}`;
  if (Number.isFinite(most)) return `{${least},${most}}`;
  return least === 0 ? "*" : `{${least},}`;
}
