import type { Text } from "../language.ts";

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
  checkCounts(text, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonError({ en: "it is not JSON", zh: "不是 JSON" }, { cause });
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    const shown = twice.length > 80 ? `${twice.slice(0, 80)}…"` : twice;
    throw new JsonError({ en: `the key ${shown} appears twice`, zh: `键 ${shown} 出现了两次` });
  }
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = [0x5b, 0x7b]; // [ {
const CLOSE = [0x5d, 0x7d];
const COMMA = 0x2c;
const COLON = 0x3a;

/** Counts what structure characters announce, valid JSON or not. */
function checkCounts(text: string, limits: JsonLimits): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === COMMA) values++;
    else if (OPEN.includes(code)) {
      values++;
      depth++;
    } else if (CLOSE.includes(code)) depth--;
    if (depth > limits.depth) {
      throw new JsonError({
        en: `it is nested deeper than ${limits.depth} levels`,
        zh: `嵌套超过 ${limits.depth} 层`,
      });
    }
    if (values > limits.values) {
      throw new JsonError({
        en: `it holds more than ${limits.values} values`,
        zh: `包含的值超过 ${limits.values} 个`,
      });
    }
  }
}

/** The first key that an object of this valid JSON text holds twice, in quotes. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (OPEN.includes(code)) open.push(new Set());
    else if (CLOSE.includes(code)) open.pop();
    else if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (nextCode(text, end + 1) === COLON) {
        const raw = text.slice(at, end + 1);
        // The same key may be spelled with other escapes.
        const key = raw.includes("\\") ? JSON.stringify(JSON.parse(raw)) : raw;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end;
    }
  }
  return undefined;
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
function nextCode(text: string, at: number): number {
  let position = at;
  while (text.charCodeAt(position) <= 0x20) position++;
  return text.charCodeAt(position);
}
