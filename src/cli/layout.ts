import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;

/** The text and the spaces that fill it up to a width in columns; a Chinese character takes two. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** The lines of a text in a width. Words stay whole where they fit; Chinese may break anywhere. */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrappedLine(line, width));
}

function wrappedLine(text: string, width: number): string[] {
  // Three columns are kept for closing punctuation (such as 。”), which must not open a line.
  const [first = "", ...others] = wrapAnsi(text, Math.max(2, width - 3), { hard: true, trim: false }).split(
    "\n",
  );
  const lines = [first.trimEnd()];
  for (const other of others) {
    const closing = /^[，。、；：？！…）」』”’》]{1,2}/u.exec(other)?.[0] ?? "";
    lines.push(`${lines.pop()}${closing}`);
    const rest = other.slice(closing.length).trim();
    if (rest !== "") lines.push(rest);
  }
  return lines;
}

/** A label and a text beside it, whose further lines stand under its first. */
export function beside(label: string, labelWidth: number, text: string, width: number): string[] {
  const lines = wrapped(text, Math.min(width, WIDEST) - labelWidth);
  return lines.map((line, i) => padded(i === 0 ? label : "", labelWidth) + line);
}

/** Two blocks of lines as columns, the left one of a fixed width. */
export function columns(left: readonly string[], right: readonly string[], leftWidth: number): string[] {
  const rows = Math.max(left.length, right.length);
  return Array.from({ length: rows }, (_, i) =>
    `${padded(left[i] ?? "", leftWidth)}${right[i] ?? ""}`.trimEnd(),
  );
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A share between 0 and 1 as a bar of at most `width` columns, fine to an eighth of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

/** A probability in percent, with a digit more where it is small. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A number of bytes with three digits that count: `1.42 GiB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 ? value : value.toPrecision(value < 1000 ? 3 : 4)} ${UNITS[power]}`;
}
