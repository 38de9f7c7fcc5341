import { padded } from "./layout.ts";
import type { Paint } from "./screen.ts";

/** Points of one colour. */
export interface Series {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

/** Braille patterns from U+2800: the bit of each dot, two columns of four rows. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const LABEL = 9;

/** The colours of series, in turn. */
export function seriesPaints(paint: Paint): ((text: string) => string)[] {
  return [paint.cyan, paint.yellow, paint.green, paint.magenta, paint.blue, paint.red];
}

/** Series as lines of dots, with the range of both axes. */
export function plotLines(series: readonly Series[], width: number, height: number, paint: Paint): string[] {
  const xs = series.flatMap((one) => one.xs);
  const ys = series.flatMap((one) => one.ys).filter(Number.isFinite);
  const [x0, x1] = rangeOf(xs);
  const [y0, y1] = rangeOf(ys);
  const columns = Math.max(8, width - LABEL - 2);
  const cells = Array.from({ length: height }, () =>
    Array.from({ length: columns }, () => ({ dots: 0, series: 0 })),
  );
  series.forEach((one, which) => {
    one.xs.forEach((x, i) => {
      const y = one.ys[i] ?? Number.NaN;
      if (!Number.isFinite(y)) return;
      const across = Math.round(((x - x0) / (x1 - x0)) * (2 * columns - 1));
      const down = Math.round(((y1 - y) / (y1 - y0)) * (4 * height - 1));
      const cell = cells[down >> 2]?.[across >> 1];
      if (cell === undefined) return;
      cell.dots |= DOTS[across & 1 ? 1 : 0][down & 3] ?? 0;
      cell.series = which;
    });
  });
  const paints = seriesPaints(paint);
  const rows = cells.map((row, i) => {
    const value = i === 0 ? y1 : i === height - 1 ? y0 : undefined;
    const label = (value === undefined ? "" : short(value)).padStart(LABEL);
    const drawn = row.map(({ dots, series: which }) =>
      dots === 0 ? " " : (paints[which % paints.length] ?? String)(String.fromCharCode(0x2800 + dots)),
    );
    return `${label} │${drawn.join("")}`.trimEnd();
  });
  const to = String(Math.round(x1));
  return [
    ...rows,
    `${" ".repeat(LABEL + 1)}└${"─".repeat(columns)}`,
    `${" ".repeat(LABEL + 2)}${padded(String(Math.round(x0)), columns - to.length)}${to}`,
  ];
}

function rangeOf(values: readonly number[]): [number, number] {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return least < most ? [least, most] : [least - 0.5, most + 0.5];
}

function short(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}
