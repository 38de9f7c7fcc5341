import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** What a JSON text from a stranger may hold at most. */
export interface JsonLimits {
  /** Arrays and objects inside each other. */
  readonly depth: number;
  /** Values of all kinds; each takes memory that its few characters do not show. */
  readonly values: number;
}

/** Why a text was not read as JSON. */
export class JsonError extends Error {
  readonly text: Text;

  constructor(text: Text, options?: ErrorOptions) {
    super(text.en, options);
    this.text = text;
  }
}

/**
 * Reads JSON as `JSON.parse` does, but refuses before it takes memory what is nested or counted beyond the limits, and
 * refuses objects with the same key twice, of which every reader keeps another one. Throws {@link JsonError}.
 */
export function parseJson(text: string, limits: JsonLimits): unknown {
  checkStructure(text, limits);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonError({ en: "it is not JSON", zh: "不是 JSON" }, { cause });
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Checks what the marks of structure announce, whether or not the text is valid JSON. */
function checkStructure(text: string, limits: JsonLimits): void {
  /** The keys of the objects that are open; arrays have none. */
  const open: (Set<string> | undefined)[] = [];
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (codeAfterSpace(text, end + 1) === COLON) addKey(open.at(-1), text.slice(at, end + 1));
      at = end;
    } else if (code === COMMA) values++;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      values++;
      open.push(code === OPEN_OBJECT ? new Set() : undefined);
      if (open.length > limits.depth) throw tooDeep(limits.depth);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop();
    if (values > limits.values) throw tooMany(limits.values);
  }
}

/** @param key in its quotes. */
function addKey(keys: Set<string> | undefined, key: string): void {
  if (keys === undefined) return;
  const plain = key.includes("\\") ? unescaped(key) : key;
  if (keys.has(plain)) throw twice(plain);
  keys.add(plain);
}

/** The same key may be spelled with other escapes; one that is none is left for the parser to refuse. */
function unescaped(key: string): string {
  try {
    return JSON.stringify(JSON.parse(key));
  } catch {
    return key;
  }
}

/** Where the string that opens at `start` closes; the end of the text where it does not. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

/** The first character from `at` on that is no white space. */
function codeAfterSpace(text: string, at: number): number {
  let position = at;
  while (text.charCodeAt(position) <= 0x20) position++;
  return text.charCodeAt(position);
}

function tooDeep(limit: number): JsonError {
  return new JsonError({ en: `it is nested deeper than ${limit} levels`, zh: `嵌套超过 ${limit} 层` });
}

function tooMany(limit: number): JsonError {
  return new JsonError({ en: `it holds more than ${limit} values`, zh: `包含的值超过 ${limit} 个` });
}

function twice(key: string): JsonError {
  const shown = printable(key);
  return new JsonError({ en: `the key ${shown} appears twice`, zh: `键 ${shown} 出现了两次` });
}
