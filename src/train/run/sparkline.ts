const HEIGHTS = "▁▂▃▄▅▆▇█";

/** Numbers as a line of bars, the lowest to the highest of them; more than fit are averaged. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = averaged(values, width);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const step = (most - least) / (HEIGHTS.length - 1);
  return shown.map((value) => HEIGHTS[step > 0 ? Math.round((value - least) / step) : 0]).join("");
}

/** At most so many numbers, each the mean of its stretch. */
export function averaged(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, i) => {
    const part = values.slice(
      Math.floor((i * values.length) / count),
      Math.floor(((i + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
