import { type ModelConfig, PROJECTIONS, type Projection } from "../arch/config.ts";
import { EMBEDDING, headName, projectionSizes, type WeightSpec, weightSpecs } from "../arch/weights.ts";
import type { Random } from "../random.ts";
import type { StoredWeight } from "../stored-weights.ts";
import type { WeightValues } from "../trainer.ts";

/**
 * What is added to the frozen weights: `lora` W + s·BA with s = alpha / rank (Hu et al. 2021); `rslora` the same with
 * s = alpha / √rank (Kalajdzievski 2023); `dora` that also learns the length of each row of W + s·BA (Liu et al. 2024).
 */
export const ADAPTER_KINDS = ["lora", "rslora", "dora"] as const;
export type AdapterKind = (typeof ADAPTER_KINDS)[number];

export interface AdapterConfig {
  readonly kind: AdapterKind;
  readonly rank: number;
  readonly alpha: number;
  /** The projections of every layer that get one. */
  readonly targets: readonly Projection[];
  /** Ids of tokens whose rows in embedding and head are learned too, as they stand there; none unless stated. */
  readonly rows?: readonly number[] | undefined;
}

/** All linear layers but the head: what trains best at equal size (Schulman et al. 2025, "LoRA Without Regret"). */
export const DEFAULT_ADAPTER: AdapterConfig = { kind: "lora", rank: 16, alpha: 32, targets: PROJECTIONS };

/** What the product BA is multiplied with. */
export function scaleOf({ kind, alpha, rank }: AdapterConfig): number {
  return kind === "rslora" ? alpha / Math.sqrt(rank) : alpha / rank;
}

/** The tensors of an adapter beside the weight that it changes; `a` and `b` as llama.cpp names them. */
export const PARTS = { a: "lora_a", b: "lora_b", magnitude: "lora_magnitude", rows: "rows" } as const;

/** The names of the matrices that an adapter changes, in file order. */
export function adaptedWeights(config: ModelConfig, { targets }: AdapterConfig): WeightSpec[] {
  return Array.from({ length: config.layers }, (_, i) =>
    PROJECTIONS.filter((part) => targets.includes(part)).map((part) => ({
      name: `blk.${i}.${part}.weight`,
      sizes: projectionSizes(config, part),
    })),
  ).flat();
}

/** The matrices whose rows are learned for some tokens: the embedding, and the head where it is another one. */
export function matricesOfRows(config: ModelConfig, { rows = [] }: AdapterConfig): string[] {
  return rows.length === 0 ? [] : [...new Set([EMBEDDING, headName(config)])];
}

/**
 * Everything that an adapter learns, in file order: A [in, rank], B [rank, out] and for DoRA a length for each row; then
 * the rows [hidden, tokens] of tokens, where it learns some.
 */
export function adapterSpecs(config: ModelConfig, adapter: AdapterConfig): WeightSpec[] {
  const matrices = adaptedWeights(config, adapter).flatMap(({ name, sizes: [inputs = 1, outputs = 1] }) => [
    { name: `${name}.${PARTS.a}`, sizes: [inputs, adapter.rank] },
    { name: `${name}.${PARTS.b}`, sizes: [adapter.rank, outputs] },
    ...(adapter.kind === "dora" ? [{ name: `${name}.${PARTS.magnitude}`, sizes: [outputs] }] : []),
  ]);
  const sizes = [config.hiddenSize, adapter.rows?.length ?? 0];
  const rows = matricesOfRows(config, adapter).map((name) => ({ name: `${name}.${PARTS.rows}`, sizes }));
  return [...matrices, ...rows];
}

/** Everything that a run learns, in file order: an adapter, or all weights. */
export function learnedSpecs(config: ModelConfig, adapter: AdapterConfig | undefined): WeightSpec[] {
  return adapter === undefined ? weightSpecs(config) : adapterSpecs(config, adapter);
}

/**
 * An adapter that changes nothing yet: A uniform in ±1/√in (PEFT's Kaiming-uniform with a = √5), B zero, and the
 * lengths and rows of tokens as the model has them.
 * @param parent a weight of the model.
 */
export function initialAdapter(
  config: ModelConfig,
  adapter: AdapterConfig,
  parent: (weight: string) => StoredWeight,
  random: Random,
): WeightValues {
  return new Map(
    adapterSpecs(config, adapter).map(({ name, sizes }) => {
      const values = new Float32Array(sizes.reduce((a, b) => a * b, 1));
      if (name.endsWith(`.${PARTS.magnitude}`)) {
        const { floats, sizes: [columns = 1] = [] } = parent(weightOf(name));
        return [name, rowLengths(floats(), columns)];
      }
      if (name.endsWith(`.${PARTS.rows}`)) return [name, rowsOf(parent(weightOf(name)), adapter.rows ?? [])];
      if (name.endsWith(PARTS.b)) return [name, values];
      const bound = 1 / Math.sqrt(sizes[0] ?? 1);
      return [name, values.map(() => bound * (2 * random.unit() - 1))];
    }),
  );
}

/** The weight that a part of an adapter belongs to. */
export function weightOf(part: string): string {
  return part.slice(0, part.lastIndexOf("."));
}

/** Some rows of a matrix, one behind the other. */
export function rowsOf(
  { floats, sizes: [columns = 1] }: StoredWeight,
  rows: readonly number[],
): Float32Array {
  const values = floats();
  const found = new Float32Array(columns * rows.length);
  for (const [i, row] of rows.entries())
    found.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  return found;
}

/** The Euclidean length of each row of a matrix [columns, rows]. */
export function rowLengths(values: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: values.length / columns }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += (values[i] ?? 0) ** 2;
    return Math.sqrt(sum);
  });
}
