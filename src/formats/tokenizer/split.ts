/** What a code point is to the splitter. Zero is left for "not looked up yet". */
const LETTER = 1;
const NUMBER = 2;
const SPACE = 3;
const OTHER = 4;
const END = 5;

const kinds = new Uint8Array(0x110000);

/**
 * Where the pre-token that begins at `start` ends (UTF-16 offsets, `start` < `text.length`). Merges never cross it.
 *
 * The rule is Qwen2's, as llama.cpp runs it for `tokenizer.ggml.pre = "qwen2"`: the first alternative that matches of
 *
 *     (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
 *
 * with ASCII case folding only and `\s` meaning Unicode's White_Space. It is written out by hand because a JavaScript
 * expression reads `\s` differently (U+0085, U+FEFF) and exhausts its backtracking stack on one very long run.
 * `\p{L}` and `\p{N}` are those of the running Node; llama.cpp's tables are of Unicode 15.0, so a letter assigned later
 * can be split differently there (never lost).
 */
export function preTokenEnd(text: string, start: number): number {
  const contraction = contractionEnd(text, start);
  if (contraction !== undefined) return contraction;

  const first = text.codePointAt(start) ?? 0;
  const kind = kindAt(text, start);
  const second = start + (first > 0xffff ? 2 : 1);

  if (kind === NUMBER) return second;
  if (kind === LETTER) return runEnd(text, second, LETTER);

  const next = kindAt(text, second);
  if (next === LETTER && !isLineBreak(first)) return runEnd(text, second, LETTER);
  if (kind === OTHER) return lineBreaksEnd(text, runEnd(text, second, OTHER));
  if (next === OTHER && first === 0x20) return lineBreaksEnd(text, runEnd(text, second, OTHER));
  return spaceEnd(text, start);
}

function contractionEnd(text: string, start: number): number | undefined {
  if (text.charCodeAt(start) !== 0x27) return undefined;
  const first = lowerCase(text.charCodeAt(start + 1));
  if (first === "s" || first === "t" || first === "m" || first === "d") return start + 2;
  const both = first + lowerCase(text.charCodeAt(start + 2));
  return both === "re" || both === "ve" || both === "ll" ? start + 3 : undefined;
}

/** A run of white space: up to its last line break, else all but the one space that leads the next word. */
function spaceEnd(text: string, start: number): number {
  const end = runEnd(text, start, SPACE);
  for (let position = end; position > start; position--) {
    if (isLineBreak(text.charCodeAt(position - 1))) return position;
  }
  return end === text.length || end === start + 1 ? end : end - 1;
}

function runEnd(text: string, start: number, kind: number): number {
  let position = start;
  while (kindAt(text, position) === kind) position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
  return position;
}

function lineBreaksEnd(text: string, start: number): number {
  let position = start;
  while (isLineBreak(text.charCodeAt(position))) position++;
  return position;
}

function isLineBreak(codePoint: number): boolean {
  return codePoint === 0x0a || codePoint === 0x0d;
}

/** The character in lower case if it is an ASCII letter, else nothing: `ſ` is no `s` to llama.cpp. */
function lowerCase(code: number): string {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? String.fromCharCode(lower) : "";
}

function kindAt(text: string, position: number): number {
  const codePoint = text.codePointAt(position);
  return codePoint === undefined ? END : kinds[codePoint] || lookUp(codePoint);
}

function lookUp(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const kind = /\p{L}/u.test(character)
    ? LETTER
    : /\p{N}/u.test(character)
      ? NUMBER
      : /\p{White_Space}/u.test(character)
        ? SPACE
        : OTHER;
  kinds[codePoint] = kind;
  return kind;
}
