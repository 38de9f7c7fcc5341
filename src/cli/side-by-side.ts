import { columns, wrapped } from "./layout.ts";
import { modelText } from "./model-text.ts";
import type { Screen } from "./screen.ts";

/** One of two texts that are written at the same time. */
export interface Side {
  readonly heading: string;
  readonly pieces: AsyncIterable<string>;
  /** What to say below the text; asked for once it is complete. */
  readonly footer: () => Promise<string>;
}

/** From this width on a terminal has room for two columns. */
const TWO_COLUMNS_FROM = 80;
const LONGEST_COLUMN = 56;
const GAP = 4;

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

/** Shows two texts as they are written: side by side on a wide terminal, else one after the other. */
export async function streamBeside(screen: Screen, one: Side, other: Side): Promise<void> {
  const width = columnWidth(screen);
  if (width !== undefined) return streamColumns(screen, one, other, width);
  await streamBlock(screen, one);
  screen.line();
  await streamBlock(screen, other);
}

function columnWidth(screen: Screen): number | undefined {
  if (!screen.isTerminal || screen.width() < TWO_COLUMNS_FROM) return undefined;
  return Math.min(LONGEST_COLUMN, Math.floor((screen.width() - GAP) / 2));
}

/** One text under its heading, indented. */
export async function streamBlock(screen: Screen, { heading, pieces, footer }: Side): Promise<void> {
  if (heading !== "") screen.line(heading);
  screen.write("  ");
  for await (const piece of pieces) screen.write(modelText(piece, screen).replaceAll("\n", "\n  "));
  screen.line();
  screen.line(`  ${await footer()}`);
}

async function streamColumns(screen: Screen, one: Side, other: Side, width: number): Promise<void> {
  const area = new LiveArea(screen);
  const texts = ["", ""];
  const footers = ["", ""];
  const linesOf = ({ heading }: Side, i: number): string[] => [
    heading,
    ...wrapped(texts[i] ?? "", width),
    ...wrapped(footers[i] ?? "", width),
  ];
  const show = (): void => area.show(columns(linesOf(one, 0), linesOf(other, 1), width + GAP));
  const follow = async (side: Side, i: number): Promise<void> => {
    for await (const piece of side.pieces) {
      texts[i] += modelText(piece, screen);
      show();
    }
    footers[i] = await side.footer();
    show();
  };
  show();
  await Promise.all([follow(one, 0), follow(other, 1)]);
  area.end();
}

/** Lines at the bottom of a terminal that are drawn again as they grow. */
class LiveArea {
  readonly #screen: Screen;
  #lines: readonly string[] = [];
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(lines: readonly string[]): void {
    this.#lines = lines;
    // What has scrolled out of the terminal cannot be drawn again, so only the end is shown while it grows.
    this.#draw(lines.slice(-(this.#screen.height() - 1)));
  }

  end(): void {
    this.#draw(this.#lines);
  }

  #draw(lines: readonly string[]): void {
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    this.#screen.write(`${back}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#drawn = lines.length;
  }
}
