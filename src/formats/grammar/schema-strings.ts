import { LAST_CHARACTER } from "./gbnf.ts";
import type { Place } from "./schema-error.ts";
import { counted, type Keywords, sizesOf } from "./schema-keywords.ts";

/** Characters that stand for themselves in a JSON string: no control characters, no surrogates, no `"` and `\`. */
const PLAIN: readonly (readonly [number, number])[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x7e],
  [0xa0, 0xd7ff],
  [0xe000, LAST_CHARACTER],
];
const HEX = "[0-9a-fA-F]";

/** One character of a JSON string, also an escaped one. Each is one character for `maxLength`, hence no surrogates. */
export const CHARACTER: string =
  `${characterClass(PLAIN)} | "\\\\" (["\\\\/bfnrt] | ` +
  `"u" ([0-9a-cefA-CEF] ${HEX}{3} | [dD] [0-7] ${HEX}{2}))`;

const DAY = `("0" [1-9] | "1" [0-9] | "2" [0-8])`;
const LONG_MONTH = `("01" | "03" | "05" | "07" | "08" | "10" | "12")`;
/** The days that every year has. */
const DATE =
  `[0-9]{4} "-" (("0" [1-9] | "1" [0-2]) "-" ${DAY} | ` +
  `("0" [13-9] | "1" [0-2]) "-" ("29" | "30") | ${LONG_MONTH} "-31")`;
const TIME =
  `([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ` +
  `("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])`;
const OCTET = `("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])`;

/** What a string of a format looks like, in GBNF. Sources: RFC 3339, RFC 4122, RFC 2673. */
const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  "date-time": `${DATE} "T" ${TIME}`,
  uuid: `${HEX}{8} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{12}`,
  ipv4: `${OCTET} "." ${OCTET} "." ${OCTET} "." ${OCTET}`,
};

/** Strings with their quotes, in GBNF; `character` is the rule for one character. */
export function strings(keywords: Keywords, place: Place, character: string): string {
  const format = keywords.get("format");
  if (format === undefined) {
    const [least, most] = sizesOf(keywords, "minLength", "maxLength", place);
    return `"\\"" ${character}${counted(least, most)} "\\""`;
  }
  if (typeof format !== "string") throw place.malformed("format", "a string", "字符串");
  const pattern = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (pattern === undefined) throw place.unsupported(`format: ${format}`);
  for (const keyword of ["minLength", "maxLength"]) {
    if (keywords.has(keyword)) throw place.unsupportedBeside(keyword, "format");
  }
  return `"\\"" ${pattern} "\\""`;
}

/**
 * A JSON string, with its quotes, of plain characters that is none of these names: a tree of the names' characters,
 * that is left at the first which leads to none of them. `rule` names a part and gives its name.
 */
export function otherStrings(names: readonly string[], rule: (hint: string, body: string) => string): string {
  const plain = rule("plain", characterClass(PLAIN));
  const from = (ends: readonly (readonly number[])[]): string => {
    const children = new Map<number, (readonly number[])[]>();
    for (const [first, ...rest] of ends) {
      if (first !== undefined) children.set(first, [...(children.get(first) ?? []), rest]);
    }
    const options = [...children].map(
      ([character, below]) => `${characterClass([[character, character]])} ${rule("other-key", from(below))}`,
    );
    const others = without(PLAIN, [...children.keys()]);
    options.push(`${characterClass(others)} ${plain}*`);
    if (!ends.some((end) => end.length === 0)) options.push('""');
    return options.join(" | ");
  };
  const isPlain = (character: number): boolean =>
    PLAIN.some(([first, last]) => first <= character && character <= last);
  // What would need an escape is not written at all.
  const characters = names
    .map((name) => [...name].map((one) => one.codePointAt(0) ?? 0))
    .filter((name) => name.every(isPlain));
  return `"\\"" ${rule("other-key", from(characters))} "\\""`;
}

/** These characters taken out of ranges. */
function without(
  ranges: readonly (readonly [number, number])[],
  characters: readonly number[],
): (readonly [number, number])[] {
  return characters.reduce<(readonly [number, number])[]>(
    (left, character) =>
      left.flatMap(([first, last]) =>
        character < first || character > last
          ? [[first, last] as const]
          : [[first, character - 1] as const, [character + 1, last] as const].filter(([a, b]) => a <= b),
      ),
    [...ranges],
  );
}

/** A text as a literal in GBNF. */
export function literal(text: string): string {
  return `"${[...text].map((one) => (/[\w ]/.test(one) ? one : codePoint(one.codePointAt(0) ?? 0))).join("")}"`;
}

function characterClass(ranges: readonly (readonly [number, number])[]): string {
  const shown = ranges.map(([first, last]) =>
    first === last ? codePoint(first) : `${codePoint(first)}-${codePoint(last)}`,
  );
  return `[${shown.join("")}]`;
}

function codePoint(character: number): string {
  return `\\U${character.toString(16).padStart(8, "0")}`;
}
