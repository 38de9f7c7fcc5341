import { TextTooLongError, type VectorEngine } from "../engine/vectors.ts";
import { BadInputError } from "../errors.ts";
import type { EmbeddingSettings, TextPooling } from "../stage/embedding.ts";
import type { CutText, EmbedOptions } from "./embedding-model.ts";

/** What makes vectors of texts as they are to be read, prompts included. */
export interface TextVectors extends AsyncDisposable {
  /** Tells its vectors from those of another model. */
  readonly identity: string;
  /** Most tokens of a text, with what is written around it; infinite where a server does not tell. */
  readonly mostTokens: number;
  /** Numbers of a vector, where that is known before the first one. */
  readonly size: number | undefined;
  /** Whether texts that are too long can be cut, and how vectors of tokens become one be chosen. */
  readonly isHere: boolean;
  /**
   * The vectors, as the model gives them. Throws TextTooLongError, and UnsupportedByServerError for what of the options a
   * server cannot be asked for.
   * @param first the place of the first text among all that are embedded
   */
  embed(texts: readonly string[], options: EmbedOptions, first: number): Promise<MadeVectors>;
  /**
   * The tokens that the vector of each text is made of; of a longer one as many as `most`. Throws
   * UnsupportedByServerError where a server tokenises.
   */
  tokens(texts: readonly string[], most: number): Promise<readonly (readonly number[])[]>;
}

export interface MadeVectors {
  readonly vectors: readonly Float32Array[];
  /** Undefined where a server does not count. */
  readonly tokens: number | undefined;
  readonly cut: readonly CutText[];
  /** Null where a server decides. */
  readonly pooling: TextPooling | null;
}

/** By a model on this machine, which is asked in tokens. */
export class TokenVectors implements TextVectors {
  readonly isHere = true;
  readonly #engine: VectorEngine;
  readonly #settings: EmbeddingSettings;
  readonly #endToken: number | undefined;

  constructor(engine: VectorEngine, settings: EmbeddingSettings) {
    this.#engine = engine;
    this.#settings = settings;
    const { value } = settings.endToken;
    this.#endToken = value === null ? undefined : engine.model.addedTokens.get(value);
  }

  get identity(): string {
    return this.#engine.model.identity;
  }

  get size(): number {
    return this.#engine.model.vectorSize;
  }

  get mostTokens(): number {
    return Math.min(this.#engine.model.contextSize, this.#settings.mostTokens ?? Number.POSITIVE_INFINITY);
  }

  async embed(texts: readonly string[], options: EmbedOptions, first: number): Promise<MadeVectors> {
    const { truncate = false, signal, layer, pooling = this.#settings.pooling.value } = options;
    const framed = await Promise.all(texts.map((text, i) => this.#framed(first + i, text, truncate)));
    const vectors = await this.#engine.embed(
      framed.map(({ tokens }) => tokens),
      { pooling, ...(layer === undefined ? {} : { layer }), ...(signal === undefined ? {} : { signal }) },
    );
    return {
      vectors,
      tokens: framed.reduce((sum, { tokens }) => sum + tokens.length, 0),
      cut: framed.flatMap(({ cut }) => cut ?? []),
      pooling,
    };
  }

  async tokens(texts: readonly string[], most: number): Promise<readonly (readonly number[])[]> {
    const framed = await Promise.all(texts.map((text, i) => this.#framed(i, text, true, most)));
    return framed.map(({ tokens }) => tokens);
  }

  /** The tokens of a text as in training: in the tokenizer's frame, and ended as the model wants it. */
  async #framed(
    index: number,
    text: string,
    truncate: boolean,
    most = Number.POSITIVE_INFINITY,
  ): Promise<{ readonly tokens: readonly number[]; readonly cut?: CutText }> {
    const { before, behind } = this.#engine.model.frame;
    const end = this.#endToken === undefined || behind.at(-1) === this.#endToken ? [] : [this.#endToken];
    const ids = await this.#engine.tokenize(text);
    const around = before.length + behind.length + end.length;
    const length = ids.length + around;
    if (length === 0) throw emptyText(index);
    const room = Math.min(most, this.mostTokens);
    if (length <= room) return { tokens: [...before, ...ids, ...behind, ...end] };
    if (!truncate) throw new TextTooLongError(index, length, room);
    const kept = ids.slice(0, Math.max(0, room - around));
    return {
      tokens: [...before, ...kept, ...behind, ...end],
      cut: { index, textTokens: length, keptTokens: room },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

export function emptyText(index: number): BadInputError {
  return new BadInputError({
    en: `Text ${index + 1} is empty, and this model puts no token around it; leave it out.`,
    zh: `第 ${index + 1} 条文本为空，且该模型不会在其前后添加词元；请去掉它。`,
  });
}
