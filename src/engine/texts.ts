import type { Text } from "../language.ts";
import type { FinishReason, GenerateOptions, Sampling } from "./engine.ts";

/** What a server is given that tokenises and lays out by itself: a text to continue, or a conversation to answer. */
export type Words = { readonly text: string } | ServedTalk;

/** A conversation in the shapes of OpenAI's interface. */
export interface ServedTalk {
  readonly messages: readonly ServedMessage[];
  /** The functions that may be called. */
  readonly tools?: readonly object[];
  /** Whether to think first; as the model does by itself unless stated. */
  readonly thinking?: boolean;
}

export interface ServedMessage {
  readonly role: string;
  readonly content: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
  readonly name?: string;
}

/** What not every server can be asked for in a conversation. */
export type TalkOption = "tools" | "thinking";

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
  /** What a conversation can be asked for with. */
  readonly talks: readonly TalkOption[];
  /** What it can be told that a text must be. */
  constrains(words: Words): readonly Constraint[];
  /**
   * Pieces of text as they come; the generator returns how they ended. Thoughts and calls that the server keeps in fields
   * of their own stand in the text, in `<think>` and `<tool_call>`. Throws ServerError.
   */
  write(words: Words, options: WriteOptions): AsyncGenerator<string, TextEnd>;
  /** The most likely tokens after a text. Throws UnsupportedByServerError where the server does not tell. */
  next(text: string, top: number): Promise<TextCandidate[]>;
  /** How likely each token of a text is. Throws UnsupportedByServerError where the server does not tell. */
  score(text: string): Promise<ScoredText[]>;
}
