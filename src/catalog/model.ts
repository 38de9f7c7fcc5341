import type { Stage } from "../stage/stage.ts";
import type { Quantization } from "./quantization.ts";
import type { ModelShape } from "./shape.ts";

/** What a licence lets one do, most first. Legal texts decide; this is for choosing. */
export const LICENCE_KINDS = ["permissive", "conditions", "research"] as const;
export type LicenceKind = (typeof LICENCE_KINDS)[number];

/** What a model can do beside its stage. `fim` is infilling (fill in the middle). */
export const CAPABILITIES = ["tools", "thinking", "fim", "vision", "code", "maths"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What its makers advise for one way of using it. A setting that they leave open is missing. */
export interface SamplingAdvice {
  readonly mode: "completion" | "non-thinking" | "thinking" | "default";
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly presencePenalty?: number;
  readonly repetitionPenalty?: number;
  readonly source: string;
}

/** Where it is published as GGUF. */
export interface GgufPublication {
  readonly repository: string;
  readonly quantizations: readonly Quantization[];
  readonly source: string;
}

/** A released model, as far as it matters for choosing one. */
export interface CatalogueModel {
  /** On Hugging Face: `owner/name`. */
  readonly reference: string;
  readonly family: string;
  readonly stage: Stage;
  /** Year and month. */
  readonly released: string;
  readonly shape: ModelShape;
  /** Tokens of context that its makers promise without stretching it. */
  readonly context: number;
  /** ISO 639-1 codes of the languages that its makers name; English first. */
  readonly languages: readonly string[];
  readonly licence: { readonly name: string; readonly kind: LicenceKind };
  readonly capabilities: readonly Capability[];
  /** The base it was tuned from. */
  readonly base?: string;
  readonly sampling: readonly SamplingAdvice[];
  readonly gguf?: GgufPublication;
  /** Where the facts are from, and which of them were written from memory. */
  readonly source: string;
  readonly fromMemory?: readonly string[];
}
