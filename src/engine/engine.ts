import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";

/** How the next token is drawn. A temperature of 0 takes the most likely one and needs nothing else. */
export interface Sampling {
  readonly temperature: number;
  /** How many of the most likely tokens stay; 0 is all. */
  readonly topK?: number;
  /** The share of probability that stays. */
  readonly topP?: number;
  /** The least probability that stays, as a share of the highest. */
  readonly minP?: number;
  /** An integer below 2³²: the same seed draws the same tokens. */
  readonly seed?: number;
}

/** One generated token; its bytes may be a part of a character. */
export interface Token {
  readonly id: number;
  readonly bytes: Uint8Array;
}

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
  readonly contextSize: number;
  readonly vocabularySize: number;
  /** Ids after which generation ends. */
  readonly endTokens: readonly number[];
  /** Tokens outside ordinary text, by their text. */
  readonly addedTokens: ReadonlyMap<string, number>;
  /** Of those, the ids that ordinary text never becomes. */
  readonly controlTokens: ReadonlySet<number>;
  /** The token that every text begins with, where the model wants one. */
  readonly beginToken?: number;
}

export interface GenerateOptions {
  readonly maxTokens: number;
  readonly sampling: Sampling;
  /** Ids that end the generation and are not given out; the model's own end tokens unless stated. */
  readonly stopTokens?: readonly number[];
  readonly signal?: AbortSignal;
}

/** Why a generation ended. */
export type FinishReason = "stop" | "length" | "aborted";

/** What models run on: token ids in, tokens and probabilities out. One request is computed at a time, in order. */
export interface Engine extends AsyncDisposable {
  readonly model: EngineModel;
  /** Text to ids; control tokens spelled in the text stay text. */
  tokenize(text: string): Promise<number[]>;
  /** The bytes of tokens. */
  bytes(ids: readonly number[]): Promise<Uint8Array[]>;
  /** Tokens that follow the prompt, one by one; the generator returns why it ended. */
  generate(prompt: readonly number[], options: GenerateOptions): AsyncGenerator<Token, FinishReason>;
  /** What may follow the prompt: the `top` most likely tokens and the probabilities of the ids `of`. */
  next(prompt: readonly number[], options: { top: number; of?: readonly number[] }): Promise<Distribution>;
  /** ln p of every token after the first, given those before it: ids.length - 1 values. */
  score(ids: readonly number[]): Promise<Float64Array>;
}

/** A prompt that leaves no room in the context. */
export class PromptTooLongError extends BasewiseError {
  override readonly name = "PromptTooLongError";
  readonly exitCode: ExitCode = EXIT.badInput;
  readonly promptTokens: number;
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

/** The process that computes ended by itself: a defect of the native library or a file that breaks it. */
export class EngineCrashedError extends BasewiseError {
  override readonly name = "EngineCrashedError";
  readonly exitCode: ExitCode = EXIT.failed;
  readonly path: string;
  /** The last lines that the process wrote. */
  readonly detail: string;

  constructor(path: string, how: string, detail: string) {
    super({
      en: `The native library stopped (${how}) while it ran ${path}; the file may be damaged: try another copy or quantisation.`,
      zh: `运行 ${path} 时原生库终止（${how}）；文件可能已损坏：请尝试另一副本或另一量化版本。`,
    });
    this.path = path;
    this.detail = detail;
  }
}
