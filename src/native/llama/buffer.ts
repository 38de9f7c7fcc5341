/** Calls a function that fills a buffer and says how many bytes it wanted: negative, or more than there are. */
export function grown(length: number, fill: (buffer: Buffer) => number): Buffer | undefined {
  let buffer = Buffer.alloc(length);
  let wanted = fill(buffer);
  if (wanted === -1) return undefined;
  if (Math.abs(wanted) >= buffer.length) {
    buffer = Buffer.alloc(Math.abs(wanted) + 1);
    wanted = fill(buffer);
  }
  return buffer.subarray(0, Math.max(0, wanted));
}
