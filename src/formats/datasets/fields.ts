import { JsonError, parseJson } from "../json.ts";
import type { DropReason, Repair } from "./outcomes.ts";

/** A row of named fields. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Why a row cannot be used; caught where rows are counted. */
export class UnusableRow extends Error {
  readonly reason: DropReason;
  readonly detail: string | undefined;

  constructor(reason: DropReason, detail?: string) {
    super(reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/** Where what is mended in a row is noted. */
export type Mend = (repair: Repair) => void;

const LIMITS = { depth: 64, values: 2 ** 20 };

/** The value of a JSON text; undefined where it is none. */
export function jsonValue(text: string): unknown {
  try {
    return parseJson(text, LIMITS);
  } catch (cause) {
    if (cause instanceof JsonError) return undefined;
    throw cause;
  }
}

/** A list, or a text that is one in JSON, as tables hold them. */
export function listIn(value: unknown, mend: Mend): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || !/^\s*\[/.test(value)) return undefined;
  const parsed = jsonValue(value);
  if (!Array.isArray(parsed)) return undefined;
  mend("json-in-text");
  return parsed;
}

/** A list of messages, or a text that is one in JSON: an answer such as "[1, 2]" is none. */
export function messageListIn(value: unknown, mend: Mend): readonly unknown[] | undefined {
  let isMended = false;
  const list = listIn(value, () => {
    isMended = true;
  });
  if (list?.some(isFields) !== true) return undefined;
  if (isMended) mend("json-in-text");
  return list;
}

/** The first of these fields that holds a text, empty or not. */
export function textField(row: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = row[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}

export function hasAny(row: Fields, names: readonly string[]): boolean {
  return names.some((name) => row[name] !== undefined && row[name] !== null);
}
