import type { Place } from "./schema-error.ts";
import { counted, type Keywords } from "./schema-keywords.ts";

/** Digits of whole numbers that no bound limits. */
const DIGITS = 15;
/**
 * Of numbers with a fraction and a bound: digits before and behind the point. Together they are 15, which doubles keep
 * apart, so that rounding cannot carry a number over its bound.
 */
const WHOLE_DIGITS = 9;
const FRACTION_DIGITS = 6;

/** The whole numbers, in GBNF, within the bounds that the schema states. */
export function integers(keywords: Keywords, place: Place): string {
  const { least, most, isAboveLeast, isBelowMost } = boundsOf(keywords, place);
  if (least === undefined && most === undefined) return `"-"? ("0" | [1-9] [0-9]{0,${DIGITS - 1}})`;
  const limit = Number.MAX_SAFE_INTEGER;
  const from =
    least === undefined ? -limit : isAboveLeast && Number.isInteger(least) ? least + 1 : Math.ceil(least);
  const to = most === undefined ? limit : isBelowMost && Number.isInteger(most) ? most - 1 : Math.floor(most);
  if (from > to) throw place.impossible("minimum");
  if (from < -limit || to > limit) {
    throw place.malformed("minimum", `within ±${limit}`, `±${limit} 以内的数`);
  }
  const options: string[] = [];
  if (from < 0) options.push(`"-" (${digits(Math.max(1, -to), -from)})`);
  if (to >= 0) options.push(digits(Math.max(0, from), to));
  return options.join(" | ");
}

/** Numbers, in GBNF, within the bounds that the schema states. */
export function numbers(keywords: Keywords, place: Place): string {
  const { least, most, isAboveLeast, isBelowMost } = boundsOf(keywords, place);
  if (least === undefined && most === undefined) {
    return `"-"? ("0" | [1-9] [0-9]{0,${DIGITS - 1}}) ("." [0-9]{1,${DIGITS}})? ([eE] [-+]? [0-9]{1,2})?`;
  }
  const limit = 10 ** WHOLE_DIGITS - 1;
  const from = least ?? -limit;
  const to = most ?? limit;
  for (const [keyword, bound] of [["minimum", from] as const, ["maximum", to] as const]) {
    if (!Number.isInteger(bound) || Math.abs(bound) > limit) {
      const en = `a whole number within ±${limit} where the type is number`;
      throw place.malformed(keyword, en, `±${limit} 以内的整数（类型为 number 时）`);
    }
  }
  const options: string[] = [];
  // Below zero the greater number is the one of the smaller digits. Zero itself has no sign.
  if (from < 0) {
    const nearest = Math.max(0, -to);
    options.push(
      ...fractions(nearest, -from, to >= 0 || isBelowMost, isAboveLeast).map((one) => `"-" ${one}`),
    );
  }
  if (to >= 0) options.push(...fractions(Math.max(0, from), to, from >= 0 && isAboveLeast, isBelowMost));
  if (options.length === 0) throw place.impossible("minimum");
  return options.join(" | ");
}

/** Numbers with or without a fraction from one whole number to another, either of which may be left out itself. */
function fractions(from: number, to: number, isAbove: boolean, isBelow: boolean): string[] {
  if (from > to || (from === to && (isAbove || isBelow))) return [];
  const whole = (first: number, last: number): string[] =>
    first > last ? [] : [`(${digits(first, last)}) ("." [0-9]{1,${FRACTION_DIGITS}})?`];
  if (from === to) return [`"${from}" ("." "0"{1,${FRACTION_DIGITS}})?`];
  return [
    ...(isAbove ? [`"${from}" "." [0-9]{0,${FRACTION_DIGITS - 1}} [1-9]`] : whole(from, from)),
    ...whole(from + 1, to - 1),
    ...(isBelow ? [] : [`"${to}" ("." "0"{1,${FRACTION_DIGITS}})?`]),
  ];
}

interface Bounds {
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly isAboveLeast: boolean;
  readonly isBelowMost: boolean;
}

/** The narrower of the bounds that include their value and those that do not. */
function boundsOf(keywords: Keywords, place: Place): Bounds {
  const bound = (keyword: string): number | undefined => {
    const value = keywords.get(keyword);
    if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
    throw place.malformed(keyword, "a number", "数");
  };
  const [least, most] = [bound("minimum"), bound("maximum")];
  const [above, below] = [bound("exclusiveMinimum"), bound("exclusiveMaximum")];
  const isAboveLeast = above !== undefined && (least === undefined || above >= least);
  const isBelowMost = below !== undefined && (most === undefined || below <= most);
  return {
    least: isAboveLeast ? above : least,
    most: isBelowMost ? below : most,
    isAboveLeast,
    isBelowMost,
  };
}

/** The whole numbers from one to another, neither negative, as choices of digits. */
function digits(from: number, to: number): string {
  const options: string[] = [];
  for (let length = String(from).length; length <= String(to).length; length++) {
    const least = length === 1 ? 0n : 10n ** BigInt(length - 1);
    const first = BigInt(from) > least ? BigInt(from) : least;
    const most = 10n ** BigInt(length) - 1n;
    const last = BigInt(to) < most ? BigInt(to) : most;
    options.push(...sameLength(String(first), String(last)));
  }
  return options.join(" | ");
}

function sameLength(first: string, last: string): string[] {
  const [low = "", high = ""] = [first[0], last[0]];
  if (/^0*$/.test(first) && /^9*$/.test(last)) return [anyDigits(first.length)];
  const rest = first.length - 1;
  if (low === high) return sameLength(first.slice(1), last.slice(1)).map((tail) => join(`"${low}"`, tail));
  const options: string[] = [];
  // Whole blocks of the first digit take one choice, what is left over at either end its own.
  const isLowWhole = /^0*$/.test(first.slice(1));
  const isHighWhole = /^9*$/.test(last.slice(1));
  if (!isLowWhole) {
    options.push(...sameLength(first.slice(1), "9".repeat(rest)).map((tail) => join(`"${low}"`, tail)));
  }
  const from = isLowWhole ? Number(low) : Number(low) + 1;
  const to = isHighWhole ? Number(high) : Number(high) - 1;
  if (from <= to) options.push(join(from === to ? `"${from}"` : `[${from}-${to}]`, anyDigits(rest)));
  if (!isHighWhole) {
    options.push(...sameLength("0".repeat(rest), last.slice(1)).map((tail) => join(`"${high}"`, tail)));
  }
  return options;
}

function anyDigits(count: number): string {
  return count === 0 ? "" : `[0-9]${counted(count, count)}`;
}

function join(head: string, tail: string): string {
  return tail === "" ? head : `${head} ${tail}`;
}
