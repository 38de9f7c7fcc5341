import type { Text } from "../../language.ts";
import type { Patient } from "./patient.ts";

/** Every case by its name, in the groups and the order of docs/symptoms.md. */
export const SYMPTOM_IDS = [
  "base-in-chat",
  "base-mislabelled-as-chat",
  "instruct-as-base",
  "instruct-without-template",
  "template-hurts-eval",
  "fim-wrong-stage",
  "embedding-in-chat",
  "chat-as-embedding",
  "embedder-not-recognised",
  "reranker-as-llm",
  "template-on-base",
  "no-template",
  "template-lost-in-pipeline",
  "template-empty-import",
  "wrong-template",
  "train-serve-template-skew",
  "no-generation-prompt",
  "double-bos",
  "phantom-bos",
  "system-role",
  "default-system-prompt",
  "tools-path-only",
  "template-will-not-render",
  "eos-disagree",
  "base-eos-kept-after-sft",
  "chat-eos-on-base",
  "eos-masked",
  "eos-never-appended",
  "second-stop-missing",
  "leak-after-endoftext",
  "greedy-thinking-loop",
  "sampling-defaults-differ",
  "untrained-control-tokens",
  "new-tokens-not-trained",
  "tied-weights-collapse",
  "adapter-on-wrong-parent",
  "merge-vocab-mismatch",
  "double-bos-in-training",
  "trainer-aligns-silently",
  "sft-kills-thinking",
  "exported-format-breaks",
  "think-off-but-tags",
  "content-null",
  "think-open-tag-in-prompt",
  "eos-inside-think",
  "budget-cut-in-think",
  "wrong-think-tags-for-stage",
  "context-overflow-silent",
  "special-token-injection",
  "embedding-truncated",
  "wrong-pooling",
  "embedding-eos-missing",
  "query-instruction-missing",
  "post-pooling-layers-skipped",
] as const;
/** The id of a symptom, as docs/symptoms.md lists them. */
export type SymptomId = (typeof SYMPTOM_IDS)[number];

/** How sure a finding is: shown by what was read, or what usually is behind it, or worth a look. */
export const SURENESSES = ["certain", "likely", "suspicion"] as const;
/** How sure a finding is. */
export type Sureness = (typeof SURENESSES)[number];

/** What a user can bring to the doctor. */
export const EXHIBITS = [
  "model",
  "parent",
  "transcript",
  "output",
  "prompt",
  "training config",
  "training data",
  "server",
] as const;
/** Something that was looked at for a diagnosis, such as the model's files or a transcript. */
export type Exhibit = (typeof EXHIBITS)[number];

/** One fact that speaks for a finding, and where it stands. */
export interface Seen {
  /** The file, server or exhibit. */
  readonly source: string;
  /** The field or key in it. */
  readonly field?: string;
  /** What was seen there. */
  readonly text: Text;
}

/** That a symptom is there, and what shows it. */
export interface Sighting {
  readonly sureness: Sureness;
  readonly seen: readonly Seen[];
  /** The fix for this very model, where it can be said more exactly than in general. */
  readonly fix?: Text;
}

/** One way in which models go wrong: what decides it, how it is recognised, and what to do. */
export interface Symptom {
  readonly id: SymptomId;
  /** What it takes to decide: files alone, token ids or texts of a prompt or an output, or a run of the model. */
  readonly decidedBy: "files" | "ids" | "run" | "weights";
  /** What it is recognised from; each entry is one way, and names all that this way needs. */
  readonly from: readonly (readonly Exhibit[])[];
  /** What is wrong, in a sentence. */
  readonly cause: Text;
  readonly fix: Text;
  /** What follows from it, or milder names for it: not said when this is found to be more than a suspicion. */
  readonly replaces?: readonly SymptomId[];
  readonly look: (patient: Patient) => Sighting | undefined;
}

/** A symptom that was found. */
export interface Finding {
  /** Its id. */
  readonly symptom: SymptomId;
  /** How sure it is. */
  readonly sureness: Sureness;
  /** Why it happens, as a sentence. */
  readonly cause: Text;
  /** Where it was seen. */
  readonly seen: readonly Seen[];
  /** The one thing to do. */
  readonly fix: Text;
}
