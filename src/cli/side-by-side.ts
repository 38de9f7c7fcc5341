import type { Generation, GenerationResult } from "../model/generation.ts";
import { columns, wrapped } from "./layout.ts";
import { modelText } from "./model-text.ts";
import type { Screen } from "./screen.ts";

/** One of two texts that are written beside each other. */
export interface Side {
  readonly heading: string;
  /** What the text continues. */
  readonly before?: string;
  readonly begin: () => Generation;
  /** What to say below the finished text. */
  readonly footer: (result: GenerationResult) => string;
}

/** From this width on a terminal has room for two columns. */
const TWO_COLUMNS_FROM = 80;
const LONGEST_COLUMN = 56;
const GAP = 4;
const LONGEST_LINE = 92;
const INDENT = "  ";

/** Two blocks of lines, each made for the width it gets: side by side on a wide terminal, else one after the other. */
export function printBeside(
  screen: Screen,
  one: (width: number) => readonly string[],
  other: (width: number) => readonly string[],
): void {
  const width = columnWidth(screen);
  const lines =
    width === undefined
      ? [...one(screen.width()), "", ...other(screen.width())]
      : columns(one(width), other(width), width + GAP);
  for (const line of lines) screen.line(line);
}

/**
 * Shows two texts as they are written: side by side on a wide terminal, else one below the other. The second begins
 * when the first is done, because two models that compute at once hinder each other on few cores.
 */
export async function streamBeside(
  screen: Screen,
  one: Side,
  other: Side,
): Promise<readonly [GenerationResult, GenerationResult]> {
  const width = columnWidth(screen);
  if (width !== undefined) return streamColumns(screen, one, other, width);
  const first = await streamBlock(screen, one);
  screen.line();
  return [first, await streamBlock(screen, other)];
}

/** Shows one text as it is written, indented under its heading; a log gets it once it is complete. */
export async function streamBlock(screen: Screen, side: Side): Promise<GenerationResult> {
  const area = new LiveArea(screen);
  const width = Math.min(LONGEST_LINE, screen.width() - INDENT.length);
  const result = await follow(screen, side, width, ([heading = "", ...lines]) => {
    area.show([heading, ...lines.map((line) => INDENT + line)]);
  });
  area.end();
  return result;
}

function columnWidth(screen: Screen): number | undefined {
  if (!screen.isTerminal || screen.width() < TWO_COLUMNS_FROM) return undefined;
  return Math.min(LONGEST_COLUMN, Math.floor((screen.width() - GAP) / 2));
}

async function streamColumns(
  screen: Screen,
  one: Side,
  other: Side,
  width: number,
): Promise<readonly [GenerationResult, GenerationResult]> {
  const area = new LiveArea(screen);
  let left: readonly string[] = [one.heading];
  let right: readonly string[] = [other.heading];
  const show = (): void => area.show(columns(left, right, width + GAP));
  const first = await follow(screen, one, width, (lines) => {
    left = lines;
    show();
  });
  const second = await follow(screen, other, width, (lines) => {
    right = lines;
    show();
  });
  area.end();
  return [first, second];
}

/** Gives the lines of a text again whenever it has grown, its heading and footer included. */
async function follow(
  screen: Screen,
  { heading, before = "", begin, footer }: Side,
  width: number,
  show: (lines: readonly string[]) => void,
): Promise<GenerationResult> {
  let text = before;
  show([heading]);
  const generation = begin();
  for await (const piece of generation) {
    text += modelText(piece, screen);
    show([heading, ...wrapped(text, width)]);
  }
  const result = await generation.result;
  show([heading, ...wrapped(text, width), footer(result)]);
  return result;
}

/** Lines at the bottom of a terminal that are drawn again as they grow; in a log, drawn once at the end. */
class LiveArea {
  readonly #screen: Screen;
  #lines: readonly string[] = [];
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(lines: readonly string[]): void {
    this.#lines = lines;
    if (!this.#screen.isTerminal) return;
    // What has scrolled out of the terminal cannot be drawn again, so only the end is shown while it grows.
    this.#draw(lines.slice(-(this.#screen.height() - 1)));
  }

  end(): void {
    if (this.#screen.isTerminal) this.#draw(this.#lines);
    else for (const line of this.#lines) this.#screen.line(line);
  }

  #draw(lines: readonly string[]): void {
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    this.#screen.write(`${back}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#drawn = lines.length;
  }
}
