import { createHash } from "node:crypto";
import { BadInputError } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { EmbeddingSettings, TextKind, TextPooling } from "../stage/embedding.ts";
import { fitsOf } from "../stage/fit.ts";
import type { Stage } from "../stage/stage.ts";
import { stageText } from "../stage/words.ts";
import type { Inspection } from "./inspect.ts";
import { prefixFor } from "./text-prefix.ts";
import type { MadeVectors, TextVectors } from "./text-vectors.ts";

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
  /**
   * Takes what comes out of so many layers, from 1, in place of what comes out of all; the last one's, before the norm that
   * stands behind it. No model was trained to be read there.
   */
  readonly layer?: number;
  /** Whether vectors are given the length 1, so that their dot product is their cosine. */
  readonly normalize?: boolean;
  /** Cuts texts that are too long at their end, and says so in the result; else they are an error. */
  readonly truncate?: boolean;
  /** Ends the work early, with its reason as the error. */
  readonly signal?: AbortSignal;
}

/** A text that was too long and was cut. */
export interface CutText {
  /** Which of the texts, from 0. */
  readonly index: number;
  /** Tokens that the text has. */
  readonly textTokens: number;
  /** Tokens of it that count. */
  readonly keptTokens: number;
}

/** Vectors, with how they were made. */
export interface EmbedResult {
  /** In the order of the texts. */
  readonly vectors: readonly Float32Array[];
  /** Numbers of one vector. */
  readonly dimensions: number;
  /** Tokens of all texts together. */
  readonly usage: { readonly tokens: number };
  /** Null where a server decides. */
  readonly pooling: TextPooling | null;
  /** The layer whose states the vectors are made of; null where all layers count. */
  readonly layer: number | null;
  /** Whether each vector has the length 1. */
  readonly normalized: boolean;
  /** What was written before every text. */
  readonly prefix: string;
  /** The texts that were too long, and how much of them counts. */
  readonly cut: readonly CutText[];
  /** The stage of the model; null where it is not known. */
  readonly stage: Stage | null;
  /** What to mind about these vectors. */
  readonly warnings: readonly Text[];
}

export interface RepresentingParts {
  readonly vectors: TextVectors;
  readonly inspection: Inspection;
  readonly settings: EmbeddingSettings;
}

/** A model that turns texts into vectors. Dispose it (`await using`) to free its memory. */
export abstract class RepresentingModel implements AsyncDisposable {
  /** What the model is; null where it is not known. */
  abstract readonly stage: Stage | null;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;
  /** How the model is asked, unless told otherwise, and who says so. */
  readonly settings: EmbeddingSettings;
  readonly #vectors: TextVectors;

  constructor({ vectors, inspection, settings }: RepresentingParts) {
    this.inspection = inspection;
    this.settings = settings;
    this.#vectors = vectors;
  }

  /** By which it was opened. */
  get reference(): string {
    return this.inspection.reference;
  }

  /** Tells its vectors, as they are unless otherwise asked for, from those of every other model. */
  get identity(): string {
    const { pooling, normalizes, prompts, endToken } = this.settings;
    const asked = [pooling, normalizes, prompts, endToken].map(({ value }) => value);
    return createHash("sha256")
      .update(JSON.stringify([this.#vectors.identity, asked]))
      .digest("hex");
  }

  /** Most tokens of a text, with what is written around it; infinite where a server does not tell. */
  get mostTokens(): number {
    return this.#vectors.mostTokens;
  }

  /** Whether it runs on this machine: only then can texts be cut, and the pooling be chosen. */
  get isHere(): boolean {
    return this.#vectors.isHere;
  }

  /** What stands in every result of this model. */
  protected get warnings(): readonly Text[] {
    return [];
  }

  /**
   * The vectors of texts. Throws TextTooLongError where one is too long and `truncate` is not set, BadInputError for
   * an empty text, an instruction that the model does not read or dimensions that it does not have,
   * UnsupportedByServerError for what a server cannot be asked for, and the signal's reason.
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<EmbedResult> {
    const { kind = "passage", instruction, dimensions } = options;
    const normalized = options.normalize ?? this.settings.normalizes.value;
    requireDimensions(dimensions, this.#vectors.size);
    const prefix = prefixFor(this.reference, this.settings.prompts.value[kind], kind, instruction);
    const made: MadeVectors[] = [];
    for (let start = 0; start < texts.length; start += AT_ONCE) {
      const some = texts.slice(start, start + AT_ONCE).map((text) => prefix + text);
      made.push(await this.#vectors.embed(some, options, start));
    }
    const whole = made.flatMap(({ vectors }) => vectors);
    const pooling = made[0]?.pooling ?? null;
    // Not pooled, a text has a vector for every token: only the engine knows their size.
    const known = this.#vectors.size ?? whole[0]?.length;
    requireDimensions(dimensions, known);
    const size = known ?? 0;
    const isCounted = made.every(({ tokens }) => tokens !== undefined);
    return {
      vectors: whole.map((vector) => shaped(vector, size, dimensions ?? size, normalized)),
      dimensions: dimensions ?? size,
      usage: { tokens: made.reduce((sum, { tokens = 0 }) => sum + tokens, 0) },
      pooling,
      layer: options.layer ?? null,
      normalized,
      prefix,
      cut: made.flatMap(({ cut }) => cut).sort((one, other) => one.index - other.index),
      stage: this.stage,
      warnings: [
        ...this.warnings,
        ...(isCounted ? [] : [UNCOUNTED]),
        ...(options.layer === undefined ? [] : [layerWarning(options.layer)]),
        ...this.#warningsOf(pooling, dimensions, size),
      ],
    };
  }

  /**
   * The tokens that are read of each text as a passage, with all that is written around it; of a longer one as many as
   * `most`. Throws UnsupportedByServerError for a model behind a server, whose tokens nobody knows.
   */
  async tokens(texts: readonly string[], most = this.mostTokens): Promise<readonly (readonly number[])[]> {
    const prefix = this.settings.prompts.value.passage;
    return this.#vectors.tokens(
      texts.map((text) => prefix + text),
      most,
    );
  }

  #warningsOf(pooling: TextPooling | null, dimensions: number | undefined, size: number): Text[] {
    const { settings } = this;
    const found: Text[] = [];
    if (pooling !== null && pooling !== settings.pooling.value && settings.pooling.from !== "usual") {
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
    await this.#vectors[Symbol.asyncDispose]();
  }
}

/** A model that was trained to give vectors in which like texts lie near each other. */
export class EmbeddingModel extends RepresentingModel {
  /** Always `embedding`. */
  override readonly stage = "embedding";

  protected override get warnings(): readonly Text[] {
    if (!this.isHere || this.settings.pooling.from !== "usual") return [];
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
  /** What it is instead; null where that is not known. */
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

function layerWarning(layer: number): Text {
  return {
    en: `The vectors are the states after layer ${layer}, which no training made for this: how well they serve differs by layer and model, so measure it on texts of your own.`,
    zh: `向量取自第 ${layer} 层之后的状态，没有任何训练以此为目标：效果因层和模型而异，请用自己的文本衡量。`,
  };
}

/** @param size unknown before the first vector of a server */
function requireDimensions(dimensions: number | undefined, size: number | undefined): void {
  if (dimensions === undefined || size === undefined) return;
  if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= size)) {
    throw badDimensions(dimensions, size);
  }
}

export const UNCOUNTED: Text = {
  en: "The server told no counts of tokens; they are given as 0.",
  zh: "服务器没有给出词元数，记为 0。",
};

function badDimensions(dimensions: number, size: number): BadInputError {
  return new BadInputError({
    en: `The vectors cannot have ${dimensions} dimensions; the model gives ${size}: ask for a whole number up to that.`,
    zh: `向量不能是 ${dimensions} 维；该模型的向量有 ${size} 维：请给出不超过它的正整数。`,
  });
}
