import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";

/**
 * How the vectors of a text's tokens become that of the text: their mean, that of the first (`cls`) or of the last; or
 * not at all.
 */
export const POOLINGS = ["mean", "last", "cls", "none"] as const;
export type Pooling = (typeof POOLINGS)[number];

/** What an engine for vectors knows of the loaded model. */
export interface VectorModel {
  /** Tells its weights from those of all other models, as far as can be told. */
  readonly identity: string;
  /** Numbers of a vector. */
  readonly vectorSize: number;
  readonly layers: number;
  /** Most tokens of a text: those that the model was trained for. */
  readonly contextSize: number;
  /** The tokens that the tokenizer's own rules put before and behind every text. */
  readonly frame: { readonly before: readonly number[]; readonly behind: readonly number[] };
  /** Tokens outside ordinary text, by their text. */
  readonly addedTokens: ReadonlyMap<string, number>;
  /** Of those, the ids that text never becomes. */
  readonly controlTokens: ReadonlySet<number>;
  /** What stands between the two texts of a pair, where a head judges both. */
  readonly pairSeparator: readonly number[];
}

/** What turns texts into vectors: token ids in, vectors out. */
export interface VectorEngine extends AsyncDisposable {
  readonly model: VectorModel;
  /** Text to ids without the frame, never a control token. */
  tokenize(text: string): Promise<number[]>;
  /**
   * The vector of each text, as the model gives it: not normalised. With `none` the vectors of all its tokens, one
   * behind the other. With a layer, what comes out of so many layers, without the norm that stands behind the last one.
   * Throws TextTooLongError before anything is computed, BadInputError for a layer that is not there, or that the library
   * does not tell apart from the others in this architecture, and the signal's reason.
   */
  embed(
    texts: readonly (readonly number[])[],
    options: { readonly pooling: Pooling; readonly layer?: number; readonly signal?: AbortSignal },
  ): Promise<Float32Array[]>;
}

/** What scores texts: a model with a classification or ranking head. */
export interface ScoreEngine extends AsyncDisposable {
  readonly model: VectorModel;
  tokenize(text: string): Promise<number[]>;
  /** What the head says of each text, one value a label. Throws as `VectorEngine.embed`. */
  scores(
    texts: readonly (readonly number[])[],
    options: { readonly signal?: AbortSignal },
  ): Promise<Float32Array[]>;
}

/** A text longer than the model reads. */
export class TextTooLongError extends BasewiseError {
  override readonly name = "TextTooLongError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Which of the texts, from 0. */
  readonly index: number;
  /** Tokens of the text. */
  readonly textTokens: number;
  /** Tokens that the model takes. */
  readonly mostTokens: number;

  constructor(index: number, textTokens: number, mostTokens: number) {
    super({
      en: `Text ${index + 1} has ${textTokens} tokens but the model reads ${mostTokens}; shorten it, or allow it to be cut (--truncate).`,
      zh: `第 ${index + 1} 条文本有 ${textTokens} 个词元，而模型最多读取 ${mostTokens} 个；请缩短，或允许截断（--truncate）。`,
    });
    this.index = index;
    this.textTokens = textTokens;
    this.mostTokens = mostTokens;
  }
}
