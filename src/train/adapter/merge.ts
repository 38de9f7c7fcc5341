import type { StoredWeight } from "../stored-weights.ts";
import type { WeightValues } from "../trainer.ts";
import { type AdapterConfig, PARTS, rowLengths, scaleOf } from "./adapter.ts";

/**
 * A weight with its adapter added, as f32: W + s·BA, for DoRA each row then of its learned length, and with the rows that
 * were learned for some tokens in their places; W itself where the adapter does not change it.
 */
export function mergedValues(
  { name, sizes: [columns = 1], floats }: StoredWeight,
  adapter: AdapterConfig,
  learned: WeightValues,
): Float32Array {
  const values = floats();
  const rows = learned.get(`${name}.${PARTS.rows}`);
  for (const [i, row] of (rows === undefined ? [] : (adapter.rows ?? [])).entries()) {
    values.set(rows?.subarray(i * columns, (i + 1) * columns) ?? [], row * columns);
  }
  const [a, b] = [learned.get(`${name}.${PARTS.a}`), learned.get(`${name}.${PARTS.b}`)];
  if (a === undefined || b === undefined) return values;
  const { rank } = adapter;
  const factor = scaleOf(adapter);
  for (let row = 0; row * columns < values.length; row++) {
    for (let r = 0; r < rank; r++) {
      const share = factor * (b[row * rank + r] ?? 0);
      const [at, from] = [row * columns, r * columns];
      for (let i = 0; i < columns; i++) values[at + i] = (values[at + i] ?? 0) + share * (a[from + i] ?? 0);
    }
  }
  const magnitude = learned.get(`${name}.${PARTS.magnitude}`);
  if (magnitude === undefined) return values;
  const lengths = rowLengths(values, columns);
  return values.map((value, i) => {
    const row = Math.floor(i / columns);
    return (value * (magnitude[row] ?? 0)) / Math.max(lengths[row] ?? 0, Number.MIN_VALUE);
  });
}
