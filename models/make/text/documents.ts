import type { Language } from "../../../src/language.ts";
import { CHINESE } from "./chinese/pieces.ts";
import { ENGLISH } from "./english/pieces.ts";
import { PUBLIC_DOMAIN_SOURCE, publicDomainChapters } from "./publicdomain.ts";
import { Random } from "./random.ts";
import { drawScene, type Piece, type Split } from "./scene.ts";

/** One text the base model reads from its first to its last character. */
export interface Document {
  readonly text: string;
  readonly language: Language;
  /** "basewise" for text of our own, else the package the text comes from. */
  readonly source: string;
}

/** The characters of one document. Long, so that a base model rarely sees a text end. */
const LENGTH = { en: [6_500, 12_000], zh: [5_000, 7_000] } as const;

/** Of all documents. A Chinese character takes three bytes, so two documents in seven make two fifths of the bytes. */
const CHINESE_SHARE = 0.28;
const PUBLIC_DOMAIN_SHARE = 0.05;

/** People come and go: after this many pieces a new scene begins. */
const PIECES_PER_SCENE = 8;

function drawPiece(random: Random, shelves: typeof ENGLISH): Piece {
  let left = random.unit();
  for (const { pieces, share } of shelves) {
    if (left < share) return random.pick(pieces);
    left -= share;
  }
  return random.pick(shelves.flatMap(({ pieces }) => pieces));
}

function writtenDocument(random: Random, language: Language, split: Split): Document {
  const shelves = language === "en" ? ENGLISH : CHINESE;
  const [shortest, longest] = LENGTH[language];
  const length = random.between(shortest, longest - 1_000);
  let scene = drawScene(random, language, split);
  let text = "";
  for (let count = 1; text.length < length; count++) {
    text += `${text && "\n\n"}${drawPiece(random, shelves)(scene)}`;
    if (count % PIECES_PER_SCENE === 0) scene = drawScene(random, language, split);
  }
  return { text, language, source: "basewise" };
}

/** A run of consecutive paragraphs from one place of the book. */
function quotedDocument(random: Random, chapters: readonly string[]): Document {
  const [shortest, longest] = LENGTH.en;
  const length = random.between(shortest, longest);
  const start = random.below(chapters.length);
  let text = "";
  for (let offset = 0; text.length < length; offset++) {
    text += `${text && "\n"}${chapters[(start + offset) % chapters.length] ?? ""}`;
  }
  const cut = text.lastIndexOf(". ", length);
  return { text: text.slice(0, cut > 0 ? cut + 1 : length), language: "en", source: PUBLIC_DOMAIN_SOURCE };
}

function* write(random: Random, split: Split): Generator<Document, never> {
  const chapters = publicDomainChapters(split);
  for (;;) {
    if (random.chance(PUBLIC_DOMAIN_SHARE)) yield quotedDocument(random, chapters);
    else yield writtenDocument(random, random.chance(CHINESE_SHARE) ? "zh" : "en", split);
  }
}

/**
 * The text the base model is pretrained on: an endless row of documents of 5,000 to 12,000 characters, about 60 %
 * English and 40 % Chinese by bytes. The same seed gives the same documents.
 */
export function documents(seed: number): Generator<Document, never> {
  return write(new Random(seed), "train");
}

/** A seed of its own; what keeps held-out text apart is the split, not the seed. */
const HELD_OUT_SEED = 0x7e57;

/**
 * Text to measure a base model on: people, towns, pairs of thing and colour, and chapters that `documents` never uses,
 * with whatever its seed.
 */
export function heldOutDocuments(count: number): Document[] {
  const endless = write(new Random(HELD_OUT_SEED), "heldOut");
  return Array.from({ length: count }, () => endless.next().value);
}
