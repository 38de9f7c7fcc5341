import type { Text } from "../language.ts";
import type { Kind } from "./kinds.ts";
import type { Stage } from "./stage.ts";

/** What a signal reads. */
export const SOURCES = [
  "metadata",
  "name",
  "catalogue",
  "card",
  "config",
  "generation config",
  "tokenizer",
  "template",
  "modules",
  "adapter",
  "tensors",
  "behaviour",
] as const;
export type Source = (typeof SOURCES)[number];

/** The sources that a file's author cannot simply claim: what the model does, and the weights themselves. */
export type ProofSource = Extract<Source, "behaviour" | "tensors">;

/** One observation about the stage. */
export interface Evidence {
  /** What was read. */
  readonly source: Source;
  /** Which observation it is, in a few fixed words; scripts may compare it. */
  readonly signal: string;
  /** The stage it speaks for. */
  readonly says: Stage;
  /** Other stages that the observation fits just as well; they gain the same weight. */
  readonly fitsToo: readonly Stage[];
  /** Log-odds (natural logarithm) that the observation adds to the stages it speaks for. */
  readonly weight: number;
  /** The observation as a sentence. */
  readonly text: Text;
  /** For `other`: what it is instead, such as a vision model. */
  readonly kind?: Kind;
}

/** Evidence of a source that can verify. */
export type Proof = Evidence & { readonly source: ProofSource };

export function isProof(evidence: Evidence): evidence is Proof {
  return evidence.source === "behaviour" || evidence.source === "tensors";
}

/** Whether an observation speaks for this stage, by name or because it fits it just as well. */
export function speaksFor(evidence: Evidence, stage: Stage): boolean {
  return evidence.says === stage || evidence.fitsToo.includes(stage);
}
