import { createHash } from "node:crypto";

/** Slots of a sketch; their number that agrees estimates how alike two texts are (Jaccard), to about ±0.06. */
const SLOTS = 64;
/** A band is a group of slots that must all agree for two texts to be compared: 16 bands of 4 find 0.8 with 99.99 %. */
const BAND = 4;
/** Characters of a shingle: words differ by language, characters are everywhere. */
const SHINGLE = 8;
/** Texts with fewer shingles are too short to be alike by chance of wording. */
const FEWEST_SHINGLES = 24;
const ALIKE = 0.8;
/** Characters of a text that are compared. */
const COMPARED = 20_000;
/** Texts that others are compared with, about 60 MB of them; behind these only whole repetitions are found. */
const MOST_SKETCHES = 100_000;

/** Two rows that are alike: where each was found. */
export interface AlikePair {
  readonly one: string;
  readonly other: string;
}

/** Rows that repeat what came before. */
export interface Repeats {
  /** The same but for case, width and white space. */
  readonly exact: number;
  /** The same in at least about four fifths of its stretches of eight characters. */
  readonly near: number;
  readonly examples: readonly AlikePair[];
}

const MAX_EXAMPLES = 3;

/** What of a text is kept to know it again. */
export interface TextPrint {
  /** Of the text without case, width and white space. */
  readonly hash: string;
  /** Undefined for a text that is too short to be nearly another, or comes after very many. */
  readonly sketch?: Uint32Array;
}

/** A print and where its text stands. */
export interface PlacedPrint {
  readonly print: TextPrint;
  readonly place: string;
}

/** @param count texts before this one. */
export function printOf(text: string, count: number): TextPrint {
  const plain = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const hash = createHash("sha1").update(plain).digest("base64");
  const sketch = count < MOST_SKETCHES ? sketchOf(plain.slice(0, COMPARED)) : undefined;
  return { hash, ...(sketch === undefined ? {} : { sketch }) };
}

/** Knows texts again: whole by a hash, and nearly the same by MinHash sketches (Broder 1997), one permutation (Li et al. 2012). */
export class TextIndex {
  readonly #exact = new Map<string, string>();
  readonly #bands = new Map<number, number[]>();
  readonly #sketched: { readonly sketch: Uint32Array; readonly place: string }[] = [];

  /** Remembers texts, and counts those that repeat an earlier one. */
  add(prints: Iterable<PlacedPrint>): Repeats {
    return repeatsOf(prints, (one) => {
      const seen = this.#find(one.print);
      this.#remember(one, seen !== undefined);
      return seen;
    });
  }

  /** Counts texts of another set that repeat those that were added. */
  overlap(prints: Iterable<PlacedPrint>): Repeats {
    return repeatsOf(prints, ({ print }) => this.#find(print));
  }

  #remember({ print: { hash, sketch }, place }: PlacedPrint, isKnown: boolean): void {
    if (!this.#exact.has(hash)) this.#exact.set(hash, place);
    if (sketch === undefined || isKnown) return;
    const index = this.#sketched.push({ sketch, place }) - 1;
    for (const band of bandsOf(sketch)) {
      const known = this.#bands.get(band);
      if (known === undefined) this.#bands.set(band, [index]);
      // Boilerplate puts thousands into one band; the first few stand for them.
      else if (known.length < 20) known.push(index);
    }
  }

  #find({ hash, sketch }: TextPrint): Seen | undefined {
    const exact = this.#exact.get(hash);
    if (exact !== undefined) return { place: exact, isExact: true };
    if (sketch === undefined) return undefined;
    const candidates = new Set(bandsOf(sketch).flatMap((band) => this.#bands.get(band) ?? []));
    for (const index of candidates) {
      const other = this.#sketched[index];
      if (other !== undefined && likeness(sketch, other.sketch) >= ALIKE)
        return { place: other.place, isExact: false };
    }
    return undefined;
  }
}

/** Where a text, or one like it, was first. */
interface Seen {
  readonly place: string;
  readonly isExact: boolean;
}

function repeatsOf(prints: Iterable<PlacedPrint>, find: (one: PlacedPrint) => Seen | undefined): Repeats {
  const examples: AlikePair[] = [];
  let [exact, near] = [0, 0];
  for (const one of prints) {
    const seen = find(one);
    if (seen === undefined) continue;
    if (seen.isExact) exact++;
    else near++;
    if (examples.length < MAX_EXAMPLES) examples.push({ one: seen.place, other: one.place });
  }
  return { exact, near, examples };
}

const EMPTY = 0xffffffff;

/** The least hash of a text's shingles in each slot; undefined where it has too few to tell. */
function sketchOf(text: string): Uint32Array | undefined {
  if (text.length - SHINGLE + 1 < FEWEST_SHINGLES) return undefined;
  const sketch = new Uint32Array(SLOTS).fill(EMPTY);
  for (let at = 0; at + SHINGLE <= text.length; at++) {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = at; i < at + SHINGLE; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    const slot = hash % SLOTS;
    const value = Math.floor(hash / SLOTS);
    if (value < (sketch[slot] ?? EMPTY)) sketch[slot] = value;
  }
  // A slot that no shingle fell into takes the next one's (Shrivastava & Li 2014).
  return sketch.map((value, slot) => {
    let from = slot;
    while (sketch[from % SLOTS] === EMPTY && from < slot + SLOTS) from++;
    return from === slot ? value : ((sketch[from % SLOTS] ?? 0) + (from - slot) * 0x9e3779b1) >>> 0;
  });
}

/** Each band as one number; that two may share one by chance only costs a comparison. */
function bandsOf(sketch: Uint32Array): number[] {
  return Array.from({ length: SLOTS / BAND }, (_, band) => {
    let hash = band;
    for (const value of sketch.subarray(band * BAND, (band + 1) * BAND))
      hash = Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15);
    return hash;
  });
}

function likeness(one: Uint32Array, other: Uint32Array): number {
  let same = 0;
  for (let slot = 0; slot < SLOTS; slot++) if (one[slot] === other[slot]) same++;
  return same / SLOTS;
}
