import { marked, type Token, type Tokens } from "marked";
import stringWidth from "string-width";
import { columns, wrapped } from "../layout.ts";
import type { Paint } from "../screen.ts";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
/** A table needs so many columns of a terminal for each of its own. */
const NARROWEST_CELL = 4;

/** The blocks of a Markdown text: paragraphs, lists, code … */
export function blocksOf(text: string): Token[] {
  return marked.lexer(text);
}

/** A block of Markdown as lines of a terminal, an empty one behind it. No line is wider than `width`. */
export function blockLines(block: Token, width: number, paint: Paint): string[] {
  const lines = new Renderer(paint).block(block, Math.min(width, WIDEST));
  return lines.length === 0 ? [] : [...lines, ""];
}

class Renderer {
  readonly #paint: Paint;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  block(block: Token, width: number): string[] {
    const paint = this.#paint;
    if (isA(block, "heading")) {
      const text = this.#inline(block.tokens);
      return wrapped(paint.isColorSupported ? paint.bold(text) : `${"#".repeat(block.depth)} ${text}`, width);
    }
    if (isA(block, "code")) {
      const body = block.text
        .replace(/\n$/, "")
        .split("\n")
        .flatMap((line) => hardWrapped(line, Math.max(1, width - 2)));
      return body.map((line) => `${paint.dim("│")} ${paint.cyan(line)}`);
    }
    if (isA(block, "blockquote")) {
      return this.#blocks(block.tokens, width - 2).map((line) => `${paint.dim("▏")} ${paint.italic(line)}`);
    }
    if (isA(block, "list")) return this.#list(block, width);
    if (isA(block, "table")) return this.#table(block, width);
    if (block.type === "hr") return [paint.dim("─".repeat(Math.min(width, 40)))];
    if (block.type === "space" || block.type === "def") return [];
    return wrapped(this.#inline("tokens" in block && block.tokens ? block.tokens : [block]), width);
  }

  #blocks(blocks: readonly Token[], width: number, isTight = false): string[] {
    const parts = blocks.map((block) => this.block(block, width)).filter((lines) => lines.length > 0);
    return parts.flatMap((lines, i) => (i === 0 || isTight ? lines : ["", ...lines]));
  }

  #list({ items, ordered, start, loose }: Tokens.List, width: number): string[] {
    const first = Number(start === "" ? 1 : start);
    const parts = items.map((item, i) => {
      const sign = ordered ? `${first + i}. ` : item.task ? `${item.checked ? "☑" : "☐"} ` : "• ";
      const indent = stringWidth(sign);
      // The box of a task is a token of its own, and drawn already.
      const content = item.tokens.filter(({ type }) => type !== "checkbox");
      const lines = this.#blocks(content, Math.max(8, width - indent), !loose);
      return (lines.length === 0 ? [""] : lines).map(
        (line, row) => (row === 0 ? sign : " ".repeat(indent)) + line,
      );
    });
    return parts.flatMap((lines, i) => (i === 0 || !loose ? lines : ["", ...lines]));
  }

  #table({ header, rows }: Tokens.Table, width: number): string[] {
    const texts = [header, ...rows].map((row) => row.map(({ tokens }) => this.#inline(tokens)));
    const widths = header.map((_, column) => Math.max(...texts.map((row) => stringWidth(row[column] ?? ""))));
    const gaps = (header.length - 1) * 2;
    const room = width - gaps;
    const total = widths.reduce((sum, one) => sum + one, 0);
    const fitted = widths.map((one) =>
      total <= room ? one : Math.max(NARROWEST_CELL, Math.floor((one * room) / total)),
    );
    if (fitted.reduce((sum, one) => sum + one, 0) > room) {
      // Too narrow for columns: each row becomes lines of its own.
      return texts
        .slice(1)
        .flatMap((row) => row.flatMap((cell, i) => wrapped(`${texts[0]?.[i]}: ${cell}`, width)));
    }
    const lines = texts.map((row, i) => {
      const cells = row.map((cell, column) =>
        // `wrapped` keeps three columns for closing punctuation.
        wrapped(i === 0 ? this.#paint.bold(cell) : cell, (fitted[column] ?? 0) + 3),
      );
      return cells.reduceRight<string[]>(
        (right, left, column) =>
          columns(left, right, (fitted[column] ?? 0) + (column === header.length - 1 ? 0 : 2)),
        [],
      );
    });
    const rule = this.#paint.dim(fitted.map((one) => "─".repeat(one)).join("  "));
    return [...(lines[0] ?? []), rule, ...lines.slice(1).flat()];
  }

  #inline(tokens: readonly Token[]): string {
    return tokens.map((token) => this.#piece(token)).join("");
  }

  /** Without colours the signs of emphasis stay, since nothing else would show it. */
  #piece(token: Token): string {
    const paint = this.#paint;
    const inner = (): string => this.#inline("tokens" in token && token.tokens ? token.tokens : []);
    if (token.type === "br") return "\n";
    if (isA(token, "escape")) return token.text;
    if (isA(token, "link")) {
      const text = inner();
      return text === token.href
        ? paint.underline(text)
        : `${paint.underline(text)} ${paint.dim(`(${token.href})`)}`;
    }
    if (isA(token, "image")) return `${token.text} ${paint.dim(`(${token.href})`)}`;
    if (paint.isColorSupported) {
      if (token.type === "strong") return paint.bold(inner());
      if (token.type === "em") return paint.italic(inner());
      if (token.type === "del") return paint.strikethrough(inner());
      if (isA(token, "codespan")) return paint.cyan(token.text);
    }
    if (isA(token, "text")) return token.tokens === undefined ? token.text : this.#inline(token.tokens);
    return token.raw;
  }
}

interface Kinds {
  heading: Tokens.Heading;
  code: Tokens.Code;
  blockquote: Tokens.Blockquote;
  list: Tokens.List;
  table: Tokens.Table;
  escape: Tokens.Escape;
  link: Tokens.Link;
  image: Tokens.Image;
  codespan: Tokens.Codespan;
  text: Tokens.Text;
}

function isA<Kind extends keyof Kinds>(token: Token, kind: Kind): token is Kinds[Kind] {
  return token.type === kind;
}

/** Code keeps its spaces; what is too long goes on in the next line. */
function hardWrapped(line: string, width: number): string[] {
  const lines = [""];
  for (const { segment } of new Intl.Segmenter().segment(line.replace(/\t/g, "    "))) {
    const last = lines.at(-1) ?? "";
    if (stringWidth(last + segment) > width) lines.push(segment);
    else lines[lines.length - 1] = last + segment;
  }
  return lines;
}
