import { createHash } from "node:crypto";
import { TextTooLongError, type VectorEngine } from "../engine/vectors.ts";
import { BadInputError } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { EmbeddingSettings, TextKind, TextPooling } from "../stage/embedding.ts";
import { fitsOf } from "../stage/fit.ts";
import type { Stage } from "../stage/stage.ts";
import { stageText } from "../stage/words.ts";
import type { Inspection } from "./inspect.ts";
import { prefixFor } from "./text-prefix.ts";

/** Texts that are sent to the engine at once. */
const AT_ONCE = 256;

/** How to embed. What is left out is as the model was trained, by its files or its family. */
export interface EmbedOptions {
  /** What the texts are to a search, where the model reads both kinds differently; `passage` unless stated. */
  readonly kind?: TextKind;
  /** The task of the queries in words, for a model that reads an instruction before them. */
  readonly instruction?: string;
  /** Dimensions that are kept (Matryoshka): the first ones, normalised again. */
  readonly dimensions?: number;
  /** How the vectors of tokens become one; with `none` each text's vectors stand one behind the other. */
  readonly pooling?: TextPooling;
  /** Whether vectors are given the length 1, so that their dot product is their cosine. */
  readonly normalize?: boolean;
  /** Cuts texts that are too long at their end, and says so in the result; else they are an error. */
  readonly truncate?: boolean;
  readonly signal?: AbortSignal;
}

/** A text that was too long and was cut. */
export interface CutText {
  /** Which of the texts, from 0. */
  readonly index: number;
  readonly textTokens: number;
  readonly keptTokens: number;
}

/** Vectors, with how they were made. */
export interface EmbedResult {
  /** In the order of the texts. */
  readonly vectors: readonly Float32Array[];
  /** Numbers of one vector. */
  readonly dimensions: number;
  readonly usage: { readonly tokens: number };
  readonly pooling: TextPooling;
  readonly normalized: boolean;
  /** What was written before every text. */
  readonly prefix: string;
  readonly cut: readonly CutText[];
  /** The stage of the model; null where it is not known. */
  readonly stage: Stage | null;
  readonly warnings: readonly Text[];
}

export interface RepresentingParts {
  readonly engine: VectorEngine;
  readonly inspection: Inspection;
  readonly settings: EmbeddingSettings;
}

/** A model that turns texts into vectors. Dispose it (`await using`) to free its memory. */
export abstract class RepresentingModel implements AsyncDisposable {
  abstract readonly stage: Stage | null;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;
  /** How the model is asked, unless told otherwise, and who says so. */
  readonly settings: EmbeddingSettings;
  readonly #engine: VectorEngine;
  readonly #endToken: number | undefined;

  constructor({ engine, inspection, settings }: RepresentingParts) {
    this.inspection = inspection;
    this.settings = settings;
    this.#engine = engine;
    const { value } = settings.endToken;
    this.#endToken = value === null ? undefined : engine.model.addedTokens.get(value);
  }

  get reference(): string {
    return this.inspection.reference;
  }

  /** Tells its vectors, as they are unless otherwise asked for, from those of every other model. */
  get identity(): string {
    const { pooling, normalizes, prompts, endToken } = this.settings;
    const asked = [pooling, normalizes, prompts, endToken].map(({ value }) => value);
    return createHash("sha256")
      .update(JSON.stringify([this.#engine.model.identity, asked]))
      .digest("hex");
  }

  /** Most tokens of a text, with what is written around it. */
  get mostTokens(): number {
    return Math.min(this.#engine.model.contextSize, this.settings.mostTokens ?? Number.POSITIVE_INFINITY);
  }

  /** What stands in every result of this model. */
  protected get warnings(): readonly Text[] {
    return [];
  }

  /**
   * The vectors of texts. Throws TextTooLongError where one is too long and `truncate` is not set, BadInputError for
   * an empty text, an instruction that the model does not read or dimensions that it does not have, and the signal's
   * reason.
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<EmbedResult> {
    const { kind = "passage", instruction, dimensions, truncate = false, signal } = options;
    const { settings } = this;
    const pooling = options.pooling ?? settings.pooling.value;
    const normalized = options.normalize ?? settings.normalizes.value;
    const size = this.#engine.model.vectorSize;
    if (
      dimensions !== undefined &&
      !(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= size)
    ) {
      throw badDimensions(dimensions, size);
    }
    const prefix = prefixFor(this.reference, settings.prompts.value[kind], kind, instruction);
    const cut: CutText[] = [];
    const vectors: Float32Array[] = [];
    let tokens = 0;
    for (let start = 0; start < texts.length; start += AT_ONCE) {
      const some = await Promise.all(
        texts.slice(start, start + AT_ONCE).map(async (text, i) => {
          const ids = await this.#framed(start + i, prefix + text, truncate);
          if (ids.cut !== undefined) cut.push(ids.cut);
          tokens += ids.tokens.length;
          return ids.tokens;
        }),
      );
      const found = await this.#engine.embed(some, { pooling, ...(signal === undefined ? {} : { signal }) });
      vectors.push(...found.map((vector) => shaped(vector, size, dimensions ?? size, normalized)));
    }
    return {
      vectors,
      dimensions: dimensions ?? size,
      usage: { tokens },
      pooling,
      normalized,
      prefix,
      cut: cut.sort((one, other) => one.index - other.index),
      stage: this.stage,
      warnings: [...this.warnings, ...this.#warningsOf(pooling, dimensions, size)],
    };
  }

  /** The tokens of a text as in training: in the tokenizer's frame, and ended as the model wants it. */
  async #framed(
    index: number,
    text: string,
    truncate: boolean,
  ): Promise<{ readonly tokens: readonly number[]; readonly cut?: CutText }> {
    const { before, behind } = this.#engine.model.frame;
    const end = this.#endToken === undefined || behind.at(-1) === this.#endToken ? [] : [this.#endToken];
    const ids = await this.#engine.tokenize(text);
    const around = before.length + behind.length + end.length;
    const length = ids.length + around;
    if (length === 0) throw emptyText(index);
    if (length <= this.mostTokens) return { tokens: [...before, ...ids, ...behind, ...end] };
    if (!truncate) throw new TextTooLongError(index, length, this.mostTokens);
    const kept = ids.slice(0, this.mostTokens - around);
    return {
      tokens: [...before, ...kept, ...behind, ...end],
      cut: { index, textTokens: length, keptTokens: this.mostTokens },
    };
  }

  #warningsOf(pooling: TextPooling, dimensions: number | undefined, size: number): Text[] {
    const { settings } = this;
    const found: Text[] = [];
    if (pooling !== settings.pooling.value && settings.pooling.from !== "usual") {
      found.push({
        en: `The model was trained with the pooling "${settings.pooling.value}"; with "${pooling}" its vectors mean little.`,
        zh: `该模型训练时的池化方式是“${settings.pooling.value}”；用“${pooling}”得到的向量意义不大。`,
      });
    }
    const least = settings.leastDimensions.value;
    if (dimensions !== undefined && dimensions < size && (least === null || dimensions < least)) {
      found.push(
        least === null
          ? {
              en: "Nothing says that the model was trained to have its vectors cut; expect worse results.",
              zh: "没有资料表明该模型经过可截断向量的训练；效果可能变差。",
            }
          : {
              en: `The model was trained for vectors of at least ${least} dimensions; expect worse results.`,
              zh: `该模型训练时的向量至少有 ${least} 维；效果可能变差。`,
            },
      );
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** A model that was trained to give vectors in which like texts lie near each other. */
export class EmbeddingModel extends RepresentingModel {
  override readonly stage = "embedding";

  protected override get warnings(): readonly Text[] {
    if (this.settings.pooling.from !== "usual") return [];
    const { value } = this.settings.pooling;
    return [
      {
        en: `Neither its files nor its family tell how it pools; "${value}" is a guess, state another with --pooling.`,
        zh: `其文件和所属系列都没有说明池化方式；“${value}”只是推测，可用 --pooling 另行指定。`,
      },
    ];
  }
}

/** A model that was not trained to give vectors, such as a base; every result says what to expect. */
export class UnprovenEmbeddingModel extends RepresentingModel {
  override readonly stage: Exclude<Stage, "embedding"> | null;

  constructor(parts: RepresentingParts, stage: Exclude<Stage, "embedding"> | null) {
    super(parts);
    this.stage = stage;
  }

  protected override get warnings(): readonly Text[] {
    const { reason } = fitsOf(this.inspection).embed;
    const words = stageText(this.stage);
    const shown = printable(this.reference);
    return [
      {
        en: `${shown} is ${words.en}, not an embedding model. ${reason.en} Similarities crowd together: compare them with each other, never with a threshold.`,
        zh: `${shown} 是${words.zh}，不是嵌入模型。${reason.zh}相似度会挤在一起：只宜相互比较，不要与阈值比较。`,
      },
    ];
  }
}

/** A vector, or several one behind the other, with its first dimensions alone and of length 1 where wanted. */
function shaped(vectors: Float32Array, size: number, dimensions: number, normalized: boolean): Float32Array {
  const rows = vectors.length / size;
  const found = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    const part = vectors.subarray(row * size, row * size + dimensions);
    // A vector of zeros has no direction; it stays.
    const length = normalized ? Math.hypot(...part) || 1 : 1;
    found.set(
      part.map((value) => value / length),
      row * dimensions,
    );
  }
  return found;
}

function emptyText(index: number): BadInputError {
  return new BadInputError({
    en: `Text ${index + 1} is empty, and this model puts no token around it; leave it out.`,
    zh: `第 ${index + 1} 条文本为空，且该模型不会在其前后添加词元；请去掉它。`,
  });
}

function badDimensions(dimensions: number, size: number): BadInputError {
  return new BadInputError({
    en: `The vectors cannot have ${dimensions} dimensions; the model gives ${size}: ask for a whole number up to that.`,
    zh: `向量不能是 ${dimensions} 维；该模型的向量有 ${size} 维：请给出不超过它的正整数。`,
  });
}
