import type { Screen } from "../screen.ts";
import { blockLines, blocksOf } from "./markdown.ts";

/** A reply may come in more pieces a second than a terminal can draw. */
const REDRAW_MILLISECONDS = 40;

/**
 * Markdown that is drawn while it is being written: a block that is finished stays as it is, and of the last one only
 * the lines that have changed are drawn anew.
 */
export class LiveMarkdown {
  readonly #screen: Screen;
  /** What is not in finished blocks yet. */
  #text = "";
  /** Its lines, as they stand on the screen. */
  #shown: readonly string[] = [];
  #drawnAt = 0;
  readonly #pause: number;

  /** @param pause milliseconds between drawings */
  constructor(screen: Screen, pause: number = REDRAW_MILLISECONDS) {
    this.#pause = pause;
    this.#screen = screen;
  }

  add(piece: string): void {
    this.#text = (this.#text + piece).replaceAll("\r\n", "\n");
    if (Date.now() - this.#drawnAt >= this.#pause) this.#draw();
  }

  end(): void {
    this.#draw();
    this.#shown = [];
    this.#text = "";
  }

  #draw(): void {
    const { width, paint } = this.#screen;
    // The last column stays free: terminals differ in what follows a character there.
    const blocks = blocksOf(this.#text);
    const last = blocks.findLastIndex(({ type }) => type !== "space");
    const lines = blocks.map((block) => blockLines(block, width() - 1, paint));
    this.#show(lines.flat());
    this.#drawnAt = Date.now();
    // Where the last block begins; the parser drops some spaces, so it is looked for from the end.
    const raw = blocks[last]?.raw.trimEnd() ?? "";
    const start = this.#text.trimEnd().length - raw.length;
    if (last < 1 || !this.#text.startsWith(raw, start)) return;
    this.#shown = this.#shown.slice(lines.slice(0, last).flat().length);
    this.#text = this.#text.slice(start);
  }

  #show(lines: readonly string[]): void {
    const same = lines.findIndex((line, i) => line !== this.#shown[i]);
    const from = same === -1 ? lines.length : same;
    // What has left the screen cannot be drawn anew.
    const up = Math.min(this.#shown.length - from, this.#screen.height() - 1);
    const start = this.#shown.length - Math.max(0, up);
    const back = up > 0 ? `\x1b[${up}A\r\x1b[J` : "";
    const rest = lines.slice(start);
    if (back === "" && rest.length === 0) return;
    this.#screen.write(back + rest.map((line) => `${line}\n`).join(""));
    this.#shown = lines;
  }
}
