import type { Text } from "../language.ts";
import type { FinishReason, GenerateOptions, Sampling } from "./engine.ts";

/** What a server is given that tokenises and lays out by itself: a text to continue, or a conversation to answer. */
export type Words =
  | { readonly text: string }
  | { readonly messages: readonly { readonly role: string; readonly content: string }[] };

export interface WriteOptions
  extends Pick<GenerateOptions, "maxTokens" | "sampling" | "signal" | Constraint> {}

/** What a text can be made to be: a sentence of a grammar, or JSON of a schema. */
export type Constraint = "grammar" | "jsonSchema";

/** How a text ended that was written out of sight. What a server does not tell is undefined. */
export interface TextEnd {
  readonly finishReason: FinishReason;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly warnings: readonly Text[];
}

/** A token and its probability as a server tells them; only some tell the id. */
export interface TextCandidate {
  readonly id: number | null;
  readonly text: string;
  readonly probability: number;
}

/** A token of a text and how likely it was; null for a first one that nothing stands before. */
export interface ScoredText {
  readonly text: string;
  readonly logProbability: number | null;
}

/** What a model is to a server that takes texts and conversations, and keeps its tokens to itself. */
export interface TextEngine {
  /** The kinds of sampling that it takes; the others are left out of a request. */
  readonly takes: readonly (keyof Sampling)[];
  /** What it can be told that a text must be. */
  constrains(words: Words): readonly Constraint[];
  /** Pieces of text as they come; the generator returns how they ended. Throws ServerError. */
  write(words: Words, options: WriteOptions): AsyncGenerator<string, TextEnd>;
  /** The most likely tokens after a text. Throws UnsupportedByServerError where the server does not tell. */
  next(text: string, top: number): Promise<TextCandidate[]>;
  /** How likely each token of a text is. Throws UnsupportedByServerError where the server does not tell. */
  score(text: string): Promise<ScoredText[]>;
}
