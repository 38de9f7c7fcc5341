import type { TensorType } from "../../native/ggml/tensor.ts";
import type { ModelConfig } from "../arch/config.ts";
import { constantSpecs, EMBEDDING, weightSpecs } from "../arch/weights.ts";
import type { StoredWeight } from "../stored-weights.ts";
import { type AdapterConfig, adaptedWeights, rowLengths, rowsOf } from "./adapter.ts";
import { FIRST_ROWS, SQUARED_LENGTHS } from "./graph.ts";

/** The model that an adapter learns beside, and the adapter. */
export interface FrozenParent {
  readonly weights: ReadonlyMap<string, StoredWeight>;
  readonly adapter: AdapterConfig;
}

/** A tensor that is read and never learned. */
export interface Constant {
  readonly name: string;
  readonly type: TensorType;
  readonly sizes: readonly number[];
  readonly pieces: () => Iterable<Uint8Array>;
}

/** Everything that a graph with an adapter reads: matrices in the type that their file keeps them in, vectors as f32. */
export function frozenConstants(config: ModelConfig, { weights, adapter }: FrozenParent): Constant[] {
  const stored = (name: string): StoredWeight => {
    const weight = weights.get(name);
    if (weight === undefined) throw new RangeError(`the parent has no weight named ${name}`);
    return weight;
  };
  const own = [...weightSpecs(config), ...constantSpecs(config)].map(({ name, sizes }): Constant => {
    const { type, pieces, floats } = stored(name);
    if (sizes.length > 1 || type === "f32") return { name, sizes, type, pieces };
    return { name, sizes, type: "f32", pieces: () => [bytesOf(floats())] };
  });
  const { rows = [] } = adapter;
  if (rows.length > 0) {
    const first = [bytesOf(rowsOf(stored(EMBEDDING), rows))];
    own.push({
      name: `${EMBEDDING}.${FIRST_ROWS}`,
      sizes: [config.hiddenSize, rows.length],
      type: "f32",
      pieces: () => first,
    });
  }
  if (adapter.kind !== "dora") return own;
  const squares = adaptedWeights(config, adapter).map(
    ({ name, sizes: [columns = 1, rows = 1] }): Constant => {
      const pieces = () => [bytesOf(rowLengths(stored(name).floats(), columns).map((length) => length ** 2))];
      return { name: `${name}.${SQUARED_LENGTHS}`, sizes: [rows], type: "f32", pieces };
    },
  );
  return [...own, ...squares];
}

/** The constants of a model whose weights are all learned. */
export function learnedConstants(config: ModelConfig, values: ReadonlyMap<string, Float32Array>): Constant[] {
  return constantSpecs(config).map(({ name, sizes }) => {
    const floats = values.get(name);
    if (floats === undefined) throw new RangeError(`no values for ${name}`);
    return { name, sizes, type: "f32", pieces: () => [bytesOf(floats)] };
  });
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
