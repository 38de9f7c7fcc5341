/** The last characters of a reply are looked at, so many, after every so many new ones. */
const TAIL = 800;
const EVERY = 100;
/** They are a loop where they repeat a passage of at most so many characters: eight times or more. */
const LONGEST_PASSAGE = TAIL / 8;

/** Notices that a reply only repeats itself, which models do that are sampled greedily or badly quantised. */
export class LoopWatch {
  #tail = "";
  #sinceLook = 0;

  /** Whether the reply, gone on by this piece, is in a loop. */
  push(piece: string): boolean {
    this.#tail = (this.#tail + piece).slice(-TAIL);
    this.#sinceLook += piece.length;
    if (this.#tail.length < TAIL || this.#sinceLook < EVERY) return false;
    this.#sinceLook = 0;
    // A line of dashes or a run of spaces is layout.
    return periodOf(this.#tail) <= LONGEST_PASSAGE && /[\p{L}\p{N}]/u.test(this.#tail);
  }
}

/** The length of the shortest passage whose repetition is the text (Knuth, Morris and Pratt 1977). */
function periodOf(text: string): number {
  const borders = [0];
  for (let at = 1, border = 0; at < text.length; at++) {
    while (border > 0 && text[at] !== text[border]) border = borders[border - 1] ?? 0;
    if (text[at] === text[border]) border++;
    borders.push(border);
  }
  return text.length - (borders.at(-1) ?? 0);
}
