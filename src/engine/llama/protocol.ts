import type { Text } from "../../language.ts";
import type { Candidate, EngineModel, FinishReason, Sampling } from "../engine.ts";

/** What the host is asked to do; it answers under the same id. */
export type Request =
  | { readonly kind: "load"; readonly path: string; readonly contextSize?: number; readonly threads: number }
  | { readonly kind: "tokenize"; readonly text: string }
  | { readonly kind: "bytes"; readonly ids: readonly number[] }
  | {
      readonly kind: "generate";
      readonly prompt: readonly number[];
      readonly maxTokens: number;
      readonly sampling: Sampling;
      readonly stopTokens: readonly number[];
    }
  | {
      readonly kind: "next";
      readonly prompt: readonly number[];
      readonly top: number;
      readonly of: readonly number[];
    }
  | { readonly kind: "score"; readonly ids: readonly number[] };

/** What a request comes to. */
export interface Results {
  load: EngineModel & { readonly chatTemplate?: string };
  tokenize: number[];
  bytes: Uint8Array[];
  generate: FinishReason;
  next: { top: Candidate[]; of: number[] };
  score: Float64Array;
}

export type ToHost =
  | { readonly id: number; readonly request: Request }
  | { readonly id: number; readonly cancel: true };

export type FromHost =
  | { readonly id: number; readonly token: { readonly id: number; readonly bytes: Uint8Array } }
  | { readonly id: number; readonly result: Results[Request["kind"]] }
  | { readonly id: number; readonly error: { readonly name: string; readonly text: Text } };
