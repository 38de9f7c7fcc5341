import { BadInputError } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { fitsOf } from "../stage/fit.ts";
import type { Stage } from "../stage/stage.ts";
import { stageText } from "../stage/words.ts";
import { type CutText, UNCOUNTED } from "./embedding-model.ts";
import type { Inspection } from "./inspect.ts";
import type { Ranker } from "./pair-ranker.ts";

/** How to rerank. */
export interface RerankOptions {
  /** What a document must do to be relevant, in words, for a model that reads an instruction. */
  readonly instruction?: string;
  /** Cuts documents that are too long at their end, and says so in the result; else they are an error. */
  readonly truncate?: boolean;
  /** Ends the work early, with its reason as the error. */
  readonly signal?: AbortSignal;
}

/** Documents by how well they answer the query. */
export interface RerankResult {
  /** The best first; `index` is the document's place among those given. */
  readonly results: readonly { readonly index: number; readonly score: number }[];
  /** What a score is made of: a head of the model, how likely it says yes against no, or what a server does. */
  readonly by: Ranker["by"];
  /** Tokens of all pairs together. */
  readonly usage: { readonly tokens: number };
  /** The texts that were too long, and how much of them counts. */
  readonly cut: readonly CutText[];
  /** The stage of the model; null where it is not known. */
  readonly stage: Stage | null;
  /** What to mind about these scores. */
  readonly warnings: readonly Text[];
}

export interface RankingParts {
  readonly ranker: Ranker;
  readonly inspection: Inspection;
}

/** A model that tells how well documents answer a query. Dispose it (`await using`) to free its memory. */
export abstract class RankingModel implements AsyncDisposable {
  /** What the model is; null where it is not known. */
  abstract readonly stage: Stage | null;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;
  readonly #ranker: Ranker;

  constructor({ ranker, inspection }: RankingParts) {
    this.inspection = inspection;
    this.#ranker = ranker;
  }

  /** By which it was opened. */
  get reference(): string {
    return this.inspection.reference;
  }

  /** What stands in every result of this model. */
  protected get warnings(): readonly Text[] {
    return [];
  }

  /**
   * Scores every document against the query, each by itself: 0 to 1, or behind a server in its own measure. Throws
   * TextTooLongError (its index is the document's) where one is too long and `truncate` is not set, BadInputError for an
   * empty query or an instruction that the model does not read, UnsupportedByServerError for what a server cannot be
   * asked for, and the signal's reason.
   */
  async rerank(
    query: string,
    documents: readonly string[],
    options: RerankOptions = {},
  ): Promise<RerankResult> {
    if (query.trim() === "") throw noQuery();
    const { scores, tokens, cut } = await this.#ranker.rank(query, documents, options);
    return {
      results: scores
        .map((score, index) => ({ index, score }))
        .sort((one, other) => other.score - one.score || one.index - other.index),
      by: this.#ranker.by,
      usage: { tokens: tokens ?? 0 },
      cut,
      stage: this.stage,
      warnings: tokens === undefined ? [...this.warnings, UNCOUNTED] : this.warnings,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ranker[Symbol.asyncDispose]();
  }
}

/** A model that was trained to score pairs of a query and a document. */
export class RerankerModel extends RankingModel {
  /** Always `reranker`. */
  override readonly stage = "reranker";
}

/** A model that was not trained to rerank and is asked all the same; every result says so. */
export class UnprovenRerankerModel extends RankingModel {
  /** What it is instead; null where that is not known. */
  override readonly stage: Exclude<Stage, "reranker"> | null;

  constructor(parts: RankingParts, stage: Exclude<Stage, "reranker"> | null) {
    super(parts);
    this.stage = stage;
  }

  protected override get warnings(): readonly Text[] {
    const { reason } = fitsOf(this.inspection).rerank;
    const words = stageText(this.stage);
    const shown = printable(this.reference);
    return [
      {
        en: `${shown} is ${words.en}, asked whether each document answers the query. ${reason.en}`,
        zh: `${shown} 是${words.zh}，这里逐一询问它文档是否回答了查询。${reason.zh}`,
      },
    ];
  }
}

function noQuery(): BadInputError {
  return new BadInputError({
    en: "The query is empty; give the words to compare the documents with.",
    zh: "查询为空；请给出用于与文档比较的文字。",
  });
}
