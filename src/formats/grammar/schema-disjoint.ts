import type { Place } from "./schema-error.ts";
import { isTypeName } from "./schema-keywords.ts";
import { targetOf } from "./schema-reference.ts";

const MAX_DEPTH = 10;

/** Whether no value satisfies two of these schemas, as far as can be told: where it cannot, false. */
export function areDisjoint(schemas: readonly unknown[], root: unknown, place: Place): boolean {
  return schemas.every((one, i) => schemas.slice(i + 1).every((other) => apart(one, other, root, place, 0)));
}

function apart(one: unknown, other: unknown, root: unknown, place: Place, depth: number): boolean {
  const [a, b] = [resolved(one, root, place), resolved(other, root, place)];
  if (a === undefined || b === undefined || depth > MAX_DEPTH) return false;
  const [aTypes, bTypes] = [typesIn(a), typesIn(b)];
  if (aTypes !== undefined && bTypes !== undefined && !aTypes.some((type) => bTypes.includes(type)))
    return true;
  const [aValues, bValues] = [valuesIn(a), valuesIn(b)];
  if (aValues !== undefined && bValues !== undefined)
    return !aValues.some((value) => bValues.includes(value));
  // Objects differ where a property that both must have does.
  const isObjects = String(aTypes) === "object" && String(bTypes) === "object";
  const [aNeeds, bNeeds] = [neededIn(a), neededIn(b)];
  return (
    isObjects &&
    [...aNeeds].some(
      ([name, schema]) => bNeeds.has(name) && apart(schema, bNeeds.get(name), root, place, depth + 1),
    )
  );
}

type Schema = Readonly<Record<string, unknown>>;

/** A schema behind its references; undefined for one that is no object, or goes in circles. */
function resolved(schema: unknown, root: unknown, place: Place): Schema | undefined {
  let found = schema;
  for (let steps = 0; steps < MAX_DEPTH; steps++) {
    if (!isSchema(found)) return undefined;
    if (typeof found.$ref !== "string") return found;
    found = targetOf(found.$ref, root, place).schema;
  }
  return undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The types of its values, whole numbers counted as numbers; undefined where it does not say. */
function typesIn({ type, enum: values, const: value }: Schema): string[] | undefined {
  const listed: unknown[] | undefined = Array.isArray(values)
    ? values
    : value === undefined
      ? undefined
      : [value];
  if (listed !== undefined) return listed.map(typeOf);
  if (type === undefined) return undefined;
  const names: unknown[] = Array.isArray(type) ? type : [type];
  return names.filter(isTypeName).map((name) => (name === "integer" ? "number" : name));
}

function valuesIn({ enum: values, const: value }: Schema): string[] | undefined {
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one));
  return value === undefined ? undefined : [JSON.stringify(value)];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function neededIn({ properties, required }: Schema): ReadonlyMap<string, unknown> {
  if (!isSchema(properties) || !Array.isArray(required)) return new Map();
  return new Map(Object.entries(properties).filter(([name]) => required.includes(name)));
}
