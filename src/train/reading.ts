import { elementCount, type Tensor } from "../native/ggml/tensor.ts";
import { readTensor } from "../native/ggml/values.ts";

/** Numbers that are copied when they are asked for, so that not all of a model's are in memory twice. */
export interface Reading {
  /** How many. */
  readonly length: number;
  /** @param into where they may be put, at least so many: then the next reading may put its own there. */
  readonly values: (into?: Float32Array) => Float32Array;
}

/** Readings of a model by name. */
export type Readings = ReadonlyMap<string, Reading>;

/** What a tensor of f32 holds at the time that it is read. */
export function readingOf(tensor: Tensor): Reading {
  const length = elementCount(tensor.shape);
  return {
    length,
    values: (into) => readTensor(tensor, into?.subarray(0, length) ?? new Float32Array(length)),
  };
}

/** Numbers that are in memory. */
export function held(values: Float32Array): Reading {
  return { length: values.length, values: () => values };
}

/** The values of a model by name, one by one: what is not in memory at once. */
export interface WeightReader {
  /** @param into as of `Reading`. */
  readonly get: (name: string, into?: Float32Array) => Float32Array | undefined;
}

/** Readings as values. */
export function readerOf(readings: Readings): WeightReader {
  return { get: (name, into) => readings.get(name)?.values(into) };
}
