import type { Word } from "../text/world.ts";

/** A small string hash (FNV-1a), the same everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}

/** Whether a word of the world is kept for the battery: about one in five, whatever list it stands in. */
export function isReserved(word: Word): boolean {
  return hash(word.en) % 5 === 0;
}

/** Whether a number is kept for the battery. */
export function isReservedNumber(number: number): boolean {
  return number % 5 === 3;
}

/** The words of a list that conversations may use. */
export function taught<Item extends Word>(items: readonly Item[]): Item[] {
  return items.filter((item) => !isReserved(item));
}

/** The words of a list that only the battery uses. */
export function reserved<Item extends Word>(items: readonly Item[]): Item[] {
  return items.filter(isReserved);
}

/** The items of a plain list that conversations may use: all but every fifth. */
export function taughtAt<Item>(items: readonly Item[]): Item[] {
  return items.filter((_, index) => index % 5 !== 4);
}

/** Every fifth item of a plain list, for the battery. */
export function reservedAt<Item>(items: readonly Item[]): Item[] {
  return items.filter((_, index) => index % 5 === 4);
}

/** Whether a sum is kept for the battery. */
export function isReservedSum(n: number, m: number): boolean {
  return (n * 3 + m) % 7 === 5;
}
