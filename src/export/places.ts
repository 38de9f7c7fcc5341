import { type TensorPlace, tensorPlaces } from "../convert/tensor-plan.ts";
import type { ModelConfig } from "../train/arch/config.ts";

/** A tensor's name in Hugging Face's modules. */
export interface Place {
  readonly name: string;
  /** Rows of a head that stand interleaved in GGUF, where they do. */
  readonly interleaved: number | undefined;
}

/** Every tensor's place in Hugging Face's modules, by its name in GGUF: the conversion's own table, read backwards. */
export function placesOf(config: ModelConfig): ReadonlyMap<string, Place> {
  const places = tensorPlaces({ ...config, hasOwnOutput: !config.tied }, "model.");
  return new Map(
    [...places].map(([name, place]: [string, TensorPlace]) => [
      place.name,
      { name, interleaved: place.interleaved },
    ]),
  );
}

/**
 * Rows as Hugging Face's llama has them: of each head, rows 2 i and 2 i + 1 become rows i and i + half. Undoes what the
 * conversion does.
 */
export function withHalves(values: Float32Array, columns: number, rowsPerHead: number): Float32Array {
  const half = rowsPerHead / 2;
  const turned = new Float32Array(values.length);
  for (let row = 0; row * columns < values.length; row++) {
    const within = row % rowsPerHead;
    const from = row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    turned.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return turned;
}

/** Rows as GGUF's llama has them, from those of Hugging Face: undoes `withHalves`. */
export function withPairs(values: Float32Array, columns: number, rowsPerHead: number): Float32Array {
  const half = rowsPerHead / 2;
  const turned = new Float32Array(values.length);
  for (let row = 0; row * columns < values.length; row++) {
    const within = row % rowsPerHead;
    const from = row - within + (within % 2) * half + Math.floor(within / 2);
    turned.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return turned;
}
