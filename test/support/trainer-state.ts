import { held, type Readings } from "../../src/train/reading.ts";
import type { Trainer, TrainerState, WeightValues } from "../../src/train/trainer.ts";

const GROUPS = ["weights", "first", "second"] as const;
/** A state as numbers. */
export type StateValues = Readonly<Record<(typeof GROUPS)[number], readonly Float32Array[]>>;

/** A copy of what a trainer has learned. */
export function weightsOf(trainer: Trainer): WeightValues {
  return valuesOf(trainer.weights());
}

/** A copy of readings. */
export function valuesOf(readings: Readings): WeightValues {
  return new Map([...readings].map(([name, { values }]) => [name, values()]));
}

/** A copy of a state. */
export function copied(state: TrainerState): StateValues {
  const group = (name: (typeof GROUPS)[number]) => state[name].map(({ values }) => values());
  return { weights: group("weights"), first: group("first"), second: group("second") };
}

/** The state that such numbers are. */
export function stateOf(values: StateValues): TrainerState {
  const group = (name: (typeof GROUPS)[number]) => values[name].map(held);
  return { weights: group("weights"), first: group("first"), second: group("second") };
}
