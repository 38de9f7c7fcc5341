import type { Text } from "../../language.ts";
import type { DataReport } from "../data/report.ts";
import type { PreferenceMeasure } from "../preference/preference.ts";
import type { PreflightFinding } from "../preflight/finding.ts";

/** What a run tells while it goes on. */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | EvaluationEvent
  | ReferenceEvent
  | CheckpointEvent
  | {
      readonly event: "done";
      readonly step: number;
      /** The step whose weights the files hold: the best on held-out data, or the last. */
      readonly from: number;
      /** Why it ended: all steps are done, or the held-out loss fell no more. */
      readonly reason: "steps" | "patience";
      readonly files: readonly string[];
      /** The card beside them: what the model was made from, how, and how well. */
      readonly card: string;
      /** The most memory that the process has taken, in bytes. */
      readonly peakBytes: number;
    };

/** What a run begins with. */
export interface StartEvent {
  /** Tells events apart. */
  readonly event: "start";
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps that an earlier, interrupted start of this run had done. */
  readonly resumedAt: number;
  /** What became of the data. */
  readonly data: DataReport;
  /** What should be known before it begins. */
  readonly findings: readonly PreflightFinding[];
  /** Bytes that the process is expected to take at its peak; missing where another engine trains. */
  readonly memoryBytes?: number;
  /** Checkpoints that could not be used, the newest first: an older one, or none, was taken. */
  readonly unusable: readonly Text[];
}

/** A state was saved, from which the run can go on. */
export interface CheckpointEvent {
  /** Tells events apart. */
  readonly event: "checkpoint";
  /** Steps done. */
  readonly step: number;
}

/** Preference tuning computes first how likely the starting weights find each answer. */
export interface ReferenceEvent {
  /** Tells events apart. */
  readonly event: "reference";
  /** Answers that are done. */
  readonly done: number;
  /** Answers in all. */
  readonly total: number;
}

/** One optimizer step. */
export interface StepEvent {
  /** Tells events apart. */
  readonly event: "step";
  /** Counts from 1. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Mean loss over trained tokens, pairs of answers or texts; as of `EvaluationEvent`. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The rate of this step. */
  readonly learningRate: number;
  /** Tokens of this step that the loss counts; texts where a head reads them. */
  readonly trainedTokens: number;
  /** Tokens of this step, padding apart, over the time it took. */
  readonly tokensPerSecond: number;
  /** Until the last step, at the speed so far. */
  readonly secondsLeft: number;
  /** What the pairs of this step came to before it, where preferences are learned. */
  readonly preference?: PreferenceMeasure;
  /** How long the step took. */
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What the weights make of data that they never learned from. */
export interface EvaluationEvent {
  /** Tells events apart. */
  readonly event: "evaluation";
  /** Steps done. */
  readonly step: number;
  /**
   * Mean loss over the tokens that would be trained, over pairs of answers, or over the texts that a head reads: in nats,
   * but for a regression the squared error of what was brought to the deviation 1.
   */
  readonly loss: number;
  /**
   * The loss of those tokens in bits, divided by the bytes of the text that they write; of pairs, of the better answers;
   * null where a head reads texts.
   */
  readonly bitsPerByte: number | null;
  /** Held-out tokens, or texts for a head, that were measured. */
  readonly tokens: number;
  /** The same of each held-out file, where there are several. */
  readonly sources: readonly SourceLoss[];
  /** What the pairs came to, where preferences are learned. */
  readonly preference?: PreferenceMeasure;
  /** Whether no evaluation before had a lower loss. */
  readonly isBest: boolean;
  /** What the model writes, most likely token first. */
  readonly samples: readonly Sample[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What text costs: see `EvaluationEvent`. */
export interface TextLossFigures {
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly tokens: number;
}

/** The loss on one held-out file. */
export interface SourceLoss extends TextLossFigures {
  readonly path: string;
}

export interface Sample {
  readonly prompt: string;
  readonly text: string;
  /** Whether it ended its text or turn by itself. */
  readonly isEnded: boolean;
}
