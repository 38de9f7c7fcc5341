import type { Text } from "../../language.ts";
import type {
  Distribution,
  EngineModel,
  FinishReason,
  GeneratedToken,
  Sampling,
  Speculation,
} from "../engine.ts";
import type { Pooling, VectorModel } from "../vectors.ts";
import type { AdapterPlan } from "./adapters.ts";
import type { LlamaEngineOptions } from "./options.ts";

/** What the host can be asked, by name: the arguments, and what it answers under the same id. */
export interface Calls {
  load: {
    ask: Omit<LlamaEngineOptions, "contextSize" | "adapters" | "unloadAfter" | "draft"> & {
      readonly path: string;
      readonly contextSize: number;
      readonly threads: number;
      readonly adapters: readonly AdapterPlan[];
      readonly draft?: { readonly path: string; readonly threads: number };
    };
    answer: EngineModel;
  };
  /** Saves what was read of long prompts. */
  save: { ask: object; answer: undefined };
  tokenize: { ask: { readonly text: string }; answer: number[] };
  bytes: { ask: { readonly ids: readonly number[] }; answer: Uint8Array[] };
  generate: {
    ask: {
      readonly prompt: readonly number[];
      readonly maxTokens: number;
      readonly sampling: Sampling;
      readonly stopTokens: readonly number[];
      /** GBNF, checked. */
      readonly grammar?: string | undefined;
      readonly logprobs?: number | undefined;
      readonly speculation?: Speculation | undefined;
      readonly adapter?: string | undefined;
    };
    answer: FinishReason;
  };
  next: {
    ask: {
      readonly prompt: readonly number[];
      readonly top: number;
      readonly of: readonly number[];
      readonly adapter?: string | undefined;
    };
    answer: Distribution;
  };
  logits: {
    ask: {
      readonly ids: readonly number[];
      readonly positions: readonly number[];
      readonly adapter?: string | undefined;
    };
    answer: Float32Array[];
  };
  loadVectors: {
    ask: {
      readonly path: string;
      readonly gives: "vectors" | "scores";
      readonly threads: number;
      readonly adapter?: AdapterPlan | undefined;
    };
    answer: VectorModel;
  };
  embed: {
    ask: {
      readonly texts: readonly (readonly number[])[];
      readonly pooling: Pooling;
      readonly layer?: number;
    };
    answer: Float32Array[];
  };
  scores: { ask: { readonly texts: readonly (readonly number[])[] }; answer: Float32Array[] };
  score: { ask: { readonly ids: readonly number[] }; answer: Float64Array };
}
export type Call = keyof Calls;

/** One call as it is sent. */
export type Request = { [Name in Call]: { readonly call: Name } & Calls[Name]["ask"] }[Call];
export type Answer = Calls[Call]["answer"];

export type ToHost =
  | { readonly id: number; readonly request: Request }
  | { readonly id: number; readonly cancel: true };

export type FromHost =
  /** Tokens by the request that they belong to. */
  | { readonly tokens: ReadonlyMap<number, readonly GeneratedToken[]> }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure };

/** An error, as data that passes between processes. */
export interface Failure {
  readonly name: string;
  readonly text: Text;
}
