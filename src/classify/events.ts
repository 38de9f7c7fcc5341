import type { CheckpointEvent, EvaluationEvent, StartEvent, StepEvent } from "../train/run/events.ts";
import type { RowCounts } from "./examples.ts";
import type { ClassifyReport, RegressReport } from "./measure.ts";

/** What training a head tells while it goes on. */
export type HeadEvent =
  | { readonly event: "rows"; readonly rows: RowCounts; readonly learned: number; readonly measured: number }
  | { readonly event: "features"; readonly done: number; readonly total: number }
  /** A penalty was tried: the loss on rows that were held out to choose it. */
  | { readonly event: "tried"; readonly l2: number; readonly loss: number }
  | HeadStartEvent
  | StepEvent
  | EvaluationEvent
  | CheckpointEvent
  | {
      readonly event: "done";
      readonly l2: number;
      readonly temperature: number;
      readonly report: ClassifyReport | RegressReport;
      /** Where an adapter was learned too: what the head alone came to, and the step that did best. */
      readonly alone?: ClassifyReport | RegressReport;
      readonly from?: number;
      readonly files: readonly string[];
    };

/** What learning an adapter begins with. */
export interface HeadStartEvent
  extends Pick<StartEvent, "event" | "parameters" | "steps" | "resumedAt" | "unusable"> {
  /** Bytes that the process is expected to take at its peak. */
  readonly memoryBytes: number;
  /** What the head alone came to. */
  readonly alone: ClassifyReport | RegressReport;
  /** Texts to learn from that are longer than a row, and were cut. */
  readonly cut: number;
}
