import { listedModel } from "../catalog/catalogue.ts";
import type { Sampling } from "../engine/engine.ts";
import { SOURCE_OF_STANDARD, STANDARD_THINKING } from "./sampling.ts";

/** How a chat model answers: its makers recommend another sampling for each way. */
export type AnswerMode = "thinking" | "non-thinking";

/** The advice that was taken for a reply. */
export interface SamplingAdviceTaken {
  /** The mode that it is for. */
  readonly mode: AnswerMode;
  /** `files`: the model's own; `catalogue`: what is known of the model of this name; `server`; `standard`: what is usual. */
  readonly from: "files" | "catalogue" | "server" | "standard";
  /** Where it is from. */
  readonly source: string | null;
}

/** What is known of the model that answers. */
export interface AdviceFacts {
  /** By which the catalogue may know it. */
  readonly names: readonly string[];
  readonly stage: string | null;
  readonly mode: AnswerMode;
  /** What its files recommend, for one mode that they do not name. */
  readonly files: Partial<Sampling>;
  readonly isServed: boolean;
}

/**
 * The sampling that its makers recommend for a model's mode. The files of a hybrid model hold one advice for both modes
 * (Qwen3's is for thinking), so for it the catalogue comes first; for all others its own files do.
 */
export function adviseSampling({ names, stage, mode, files, isServed }: AdviceFacts): {
  readonly sampling: Partial<Sampling>;
  readonly taken: SamplingAdviceTaken;
} {
  const listed = names.map((name) => listedModel(name)).find((model) => model?.stage === stage);
  const advice = listed?.sampling.find((one) => one.mode === mode || one.mode === "default");
  const byFiles = Object.keys(files).length > 0;
  if (advice !== undefined && !isServed && (stage === "hybrid" || !byFiles)) {
    const { mode: _, source, ...sampling } = advice;
    return { sampling, taken: { mode, from: "catalogue", source } };
  }
  if (byFiles) {
    return { sampling: files, taken: { mode, from: isServed ? "server" : "files", source: null } };
  }
  return {
    sampling: mode === "thinking" ? STANDARD_THINKING : {},
    taken: { mode, from: "standard", source: SOURCE_OF_STANDARD },
  };
}
