/** The middle of the values; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** `1,234` of 1234.4: for rates that are read, not parsed. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Mebibytes of a number of bytes. */
export function mebibytes(bytes: number): string {
  return `${whole(bytes / 2 ** 20)} MiB`;
}
