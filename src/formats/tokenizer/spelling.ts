/** The source of a pattern, for the flag `u`, that finds any of the texts: of two that begin alike the longer one. */
export function spellingOf(texts: readonly string[]): string {
  return [...texts]
    .sort((one, other) => other.length - one.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
    .join("|");
}
