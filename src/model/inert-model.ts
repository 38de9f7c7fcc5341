import type { Stage } from "../stage/stage.ts";
import type { Inspection } from "./inspect.ts";

/** The stages whose models neither write text nor give vectors or ranks. */
export type InertStage = Extract<Stage, "reward" | "guard">;

/** A model that basewise can tell the stage of, and not run yet: it was not loaded. */
export class InertModel<S extends InertStage> implements AsyncDisposable {
  readonly stage: S;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;

  constructor(stage: S, inspection: Inspection) {
    this.stage = stage;
    this.inspection = inspection;
  }

  get reference(): string {
    return this.inspection.reference;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A model that scores replies; it can be inspected, and is not run. */
export type RewardModel = InertModel<"reward">;
/** A model that judges texts as safe or not; it can be inspected, and is not run yet. */
export type GuardModel = InertModel<"guard">;
