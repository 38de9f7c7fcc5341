import type { RowChoice } from "./rows.ts";
import type { MatrixFacts, TurnRow } from "./signals/weights.ts";

/** The chosen rows of one matrix, as numbers. */
export interface Rows {
  readonly turns: readonly Float32Array[];
  readonly ordinary: readonly Float32Array[];
  readonly spare: readonly Float32Array[];
}

/** So many ordinary rows are needed to say what is ordinary. */
const ENOUGH_ORDINARY = 8;

/** A row so near to a turn token's is of its kin: most rows are far from each other. */
const NEAR = 0.9;
/** The part of the kin that lies closest together: what was trained among them stays outside. */
const CORE = 0.6;

/** Lengths and similarities of the chosen rows; nothing where too few are ordinary, or a number is none. */
export function measureRows(
  matrix: MatrixFacts["matrix"],
  type: string,
  choice: RowChoice,
  { turns, ordinary, spare }: Rows,
): MatrixFacts | undefined {
  if (ordinary.length < ENOUGH_ORDINARY) return undefined;
  if ([...turns, ...ordinary, ...spare].some((row) => !Number.isFinite(lengthOf(row)))) return undefined;
  const norms = ordinary.map(lengthOf);
  const pairs = ordinary.map((row, i) => cosine(row, ordinary[(i + 1) % ordinary.length] ?? row));
  return {
    matrix,
    type,
    turns: choice.turns.flatMap(({ id, text }, i): TurnRow[] => {
      const row = turns[i];
      if (row === undefined) return [];
      const kin = kinOf(row, [...spare, ...ordinary]);
      return [{ id, text, norm: lengthOf(row), twin: twinOf(i, choice, turns), kin }];
    }),
    ordinary: {
      count: ordinary.length,
      norm: quantile(norms, 0.5),
      lowNorm: quantile(norms, 0.05),
      similarity: quantile(pairs, 0.5),
    },
  };
}

/** The rows that are nearly like a turn token's, how close together they lie, and how far from them it lies. */
function kinOf(row: Float32Array, others: readonly Float32Array[]): TurnRow["kin"] {
  const near = others.filter((other) => cosine(row, other) >= NEAR);
  if (near.length === 0) return undefined;
  const middle = middleOf(near);
  const core = near
    .toSorted((one, other) => cosine(other, middle) - cosine(one, middle))
    .slice(0, Math.ceil(near.length * CORE));
  const center = middleOf(core);
  const distances = core.map((one) => 1 - cosine(one, center));
  return { count: near.length, spread: Math.max(...distances), distance: 1 - cosine(row, center) };
}

function twinOf(index: number, { turns }: RowChoice, rows: readonly Float32Array[]): TurnRow["twin"] {
  const own = rows[index];
  if (own === undefined) return undefined;
  const others = rows.flatMap((row, i) => {
    const text = turns[i]?.text;
    return i === index || text === undefined ? [] : [{ text, similarity: cosine(own, row) }];
  });
  return others.sort((one, other) => other.similarity - one.similarity)[0];
}

function middleOf(rows: readonly Float32Array[]): Float32Array {
  const middle = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows) {
    // Each row counts by its direction alone.
    const length = lengthOf(row);
    if (length > 0) for (const [i, value] of row.entries()) middle[i] = (middle[i] ?? 0) + value / length;
  }
  return middle;
}

function lengthOf(row: Float32Array): number {
  return Math.sqrt(dot(row, row));
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0);
  return sum;
}

function cosine(one: Float32Array, other: Float32Array): number {
  const lengths = lengthOf(one) * lengthOf(other);
  return lengths === 0 ? 0 : dot(one, other) / lengths;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
