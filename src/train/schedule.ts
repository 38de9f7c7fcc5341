/**
 * How the learning rate goes on after its rise. `cosine` and `linear` fall to the final share over all the steps that
 * are left; `constant` stays; `wsd` stays, then falls in the last steps (warm-up, stable, decay: Hu et al. 2024,
 * MiniCPM), by 1 - √progress (Hägele et al. 2024).
 */
export const SCHEDULES = ["cosine", "linear", "constant", "wsd"] as const;
export type ScheduleShape = (typeof SCHEDULES)[number];

export interface Schedule {
  /** The highest learning rate. */
  readonly learningRate: number;
  /** `cosine` unless stated. */
  readonly schedule?: ScheduleShape | undefined;
  /** Steps over which the learning rate rises from 0. */
  readonly warmupSteps: number;
  /** The share of the highest learning rate that is left at the last step; `constant` has no use for it. */
  readonly finalShare: number;
  /** Of `wsd`: the share of all steps in which the rate falls; 0.2 unless stated. */
  readonly decayShare?: number | undefined;
}

/** The learning rate of a step, counted from 0. */
export function learningRateAt(schedule: Schedule, step: number, steps: number): number {
  const { learningRate, warmupSteps, finalShare } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  return learningRate * (finalShare + (1 - finalShare) * heightAt(schedule, step, steps));
}

/** Where the rate stands between its highest, 1, and its final share, 0. */
function heightAt(
  { schedule = "cosine", warmupSteps, decayShare = 0.2 }: Schedule,
  step: number,
  steps: number,
) {
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - 1 - warmupSteps));
  switch (schedule) {
    case "cosine":
      return (1 + Math.cos(Math.PI * progress)) / 2;
    case "linear":
      return 1 - progress;
    case "constant":
      return 1;
    case "wsd": {
      const decaySteps = Math.max(1, Math.round(decayShare * steps));
      return 1 - Math.sqrt(Math.max(0, step + 1 - (steps - decaySteps)) / decaySteps);
    }
  }
}
