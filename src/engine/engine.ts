import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";
import type { TextEngine } from "./texts.ts";

/** The GGUF metadata key under which a conversion records how the tokenizer normalises text: `NFC`. */
export const NORMALIZER_KEY = "basewise.normalizer";

/** How the next token is drawn. A temperature of 0 takes the most likely one and needs nothing else. */
export interface Sampling {
  /** Divides the logits; 0 takes the most likely token. */
  readonly temperature: number;
  /** How many of the most likely tokens stay; 0 is all. */
  readonly topK?: number;
  /** The share of probability that stays, 0 to 1. */
  readonly topP?: number;
  /** The least probability that stays, as a share of the highest, 0 to 1. */
  readonly minP?: number;
  /**
   * The share of probability that stays, 0 to 1, of the tokens that surprise about as much as is to be expected there.
   * Source: Meister et al. 2022, "Locally Typical Sampling".
   */
  readonly typicalP?: number;
  /** Makes tokens of the last 64 less likely, prompt included: divides their logits; 1 changes nothing. */
  readonly repetitionPenalty?: number;
  /** Taken off the logits of tokens of the last 64, prompt included. */
  readonly presencePenalty?: number;
  /** Taken off the logits of tokens of the last 64, prompt included, for each time that they are there. */
  readonly frequencyPenalty?: number;
  /** Makes it less likely that a passage is repeated, the more so the longer it is. */
  readonly dry?: Dry;
  /** Added to the logits of tokens, by their ids; -100 keeps a token out. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** A whole number from 0 to 2³² - 2: the same seed draws the same tokens. */
  readonly seed?: number;
}

/**
 * "Don't repeat yourself": a token that would go on with a repetition of so many tokens loses multiplier ×
 * base^(length - allowedLength). Source: p-e-w, text-generation-webui pull request 5677.
 */
export interface Dry {
  /** 0 is off; its author recommends 0.8. */
  readonly multiplier: number;
  /** 1.75 unless stated. */
  readonly base?: number;
  /** The longest repetition, in tokens, that costs nothing; 2 unless stated. */
  readonly allowedLength?: number;
}

/** A token; its bytes may be a part of a character. */
export interface Token {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** One token of a generation. */
export interface GeneratedToken extends Token {
  /** Milliseconds from having the first token of this generation to having this one, where they are computed. */
  readonly elapsed: number;
  /** Where `logprobs` were asked for. */
  readonly likelihood?: Likelihood;
  /** Whether a draft had guessed it, so that it took no step of its own. */
  readonly isDrafted?: true;
  /** Of the first token: how much of the prompt was in memory or on disk, and was not computed again. */
  readonly cachedTokens?: number;
}

/** How likely a token was to the model itself, before sampling made any token more or less so. */
export interface Likelihood {
  /** ln p of the token. */
  readonly logProbability: number;
  /** The most likely tokens there, most likely first. */
  readonly top: readonly (Token & { readonly logProbability: number })[];
}

/**
 * How to guess the next tokens, so that one step confirms several; what is written stays the same. `lookup`: by what
 * followed the last tokens the last time that they were there, in the prompt or the reply.
 */
export const SPECULATIONS = ["lookup"] as const;
/** One of `SPECULATIONS`. */
export type Speculation = (typeof SPECULATIONS)[number];

/** A JSON Schema as parsed JSON. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** A token and the probability that it comes next. */
export interface Candidate extends Token {
  readonly probability: number;
}

/** What may come next: the most likely tokens, and the probabilities of tokens that were asked for. */
export interface Distribution {
  /** Most likely first. */
  readonly top: readonly Candidate[];
  /** In the order of the ids that were asked for. */
  readonly of: readonly number[];
}

/** What an engine knows of the loaded model, without stages or chat. */
export interface EngineModel {
  /** Tokens that the context holds: prompt and reply together. */
  readonly contextSize: number;
  /** Tokens of context that the model was trained for. */
  readonly trainedContext: number;
  readonly vocabularySize: number;
  /** Ids after which generation ends. */
  readonly endTokens: readonly number[];
  /** Tokens outside ordinary text, by their text. */
  readonly addedTokens: ReadonlyMap<string, number>;
  /** Of those, the ids that text never becomes; only a template may write them. */
  readonly controlTokens: ReadonlySet<number>;
  /** Whether a draft model guesses for requests that do not say how to guess. */
  readonly drafts?: boolean;
  /** The token that begins every text, where the model wants one. */
  readonly beginToken?: number;
}

export interface GenerateOptions {
  /** Most tokens to generate. */
  readonly maxTokens: number;
  readonly sampling: Sampling;
  /** Ids that end the generation and are not given out; the model's own end tokens unless stated. */
  readonly stopTokens?: readonly number[];
  /** What is written is a sentence of this grammar, in GBNF with a rule `root`. */
  readonly grammar?: string;
  /** What is written is JSON of this schema. */
  readonly jsonSchema?: JsonSchema;
  /** Tells how likely each token was, and so many of the most likely ones there. */
  readonly logprobs?: number;
  readonly speculation?: Speculation;
  /** The adapter to compute with, by the name under which it was loaded; none unless stated. */
  readonly adapter?: string;
  readonly signal?: AbortSignal;
}

/** Why a generation ended: on a stop token, at the limit of tokens or context, or by the caller's signal. */
export type FinishReason = "stop" | "length" | "aborted";

/** What models run on: token ids in, tokens and probabilities out. Requests made at once are computed at once. */
export interface Engine extends AsyncDisposable {
  readonly model: EngineModel;
  /** How to write where the model is behind a server that keeps its tokens to itself; all below then throws. */
  readonly texts?: TextEngine;
  /** Text to ids, never a control token: where the text spells one, it stays text. */
  tokenize(text: string): Promise<number[]>;
  /** The bytes of tokens; those of a control token spell its name. */
  bytes(ids: readonly number[]): Promise<Uint8Array[]>;
  /**
   * Tokens that follow the prompt, one by one; the generator returns why it ended. It computes ahead of a slow
   * reader, up to `maxTokens`. Control tokens that do not stop it come without bytes. Throws, before anything is
   * computed, PromptTooLongError where the prompt leaves no room, BadInputError for a token that is not in the
   * vocabulary, GrammarError and JsonSchemaError.
   */
  generate(prompt: readonly number[], options: GenerateOptions): AsyncGenerator<GeneratedToken, FinishReason>;
  /** What may follow the prompt: the `top` most likely tokens and the probabilities of the ids `of`. */
  next(
    prompt: readonly number[],
    options: { top: number; of?: readonly number[]; adapter?: string | undefined },
  ): Promise<Distribution>;
  /** The logits of what follows each of these positions: one array of the vocabulary's size a position. */
  logits(ids: readonly number[], positions: readonly number[]): Promise<Float32Array[]>;
  /** ln p of every token after the first, given those before it: ids.length - 1 values. */
  score(ids: readonly number[]): Promise<Float64Array>;
}

/** A prompt that leaves no room in the context. */
export class PromptTooLongError extends BasewiseError {
  override readonly name = "PromptTooLongError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** Tokens that the context holds, prompt and reply together. */
  readonly contextSize: number;

  constructor(promptTokens: number, contextSize: number) {
    super({
      en: `The prompt has ${promptTokens} tokens but the context holds ${contextSize}, the reply included; shorten the prompt.`,
      zh: `提示有 ${promptTokens} 个词元，而上下文连同回复只能容纳 ${contextSize} 个；请缩短提示。`,
    });
    this.promptTokens = promptTokens;
    this.contextSize = contextSize;
  }
}

/** The process that computes ended by itself: a defect of the native library, a file that breaks it, or no memory. */
export class EngineCrashedError extends BasewiseError {
  override readonly name = "EngineCrashedError";
  readonly exitCode: ExitCode = EXIT.failed;
  /** The model file that was run. */
  readonly path: string;
  /** The signal or exit code it ended with. */
  readonly how: string;
  /** The last lines that the process wrote. */
  readonly detail: string;

  constructor(path: string, how: string, detail: string) {
    const shown = printable(path);
    super({
      en: `The native library stopped (${how}) while it ran ${shown}; the file may be damaged or the memory too small: try another copy, or a smaller model.`,
      zh: `运行 ${shown} 时原生库终止（${how}）；文件可能已损坏或内存不足：请尝试另一副本或更小的模型。`,
    });
    this.path = path;
    this.how = how;
    this.detail = detail;
  }
}
