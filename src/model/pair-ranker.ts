import type { CutText } from "./embedding-model.ts";
import { fittedPair, type PairScorer } from "./pair-scorer.ts";
import type { RerankOptions } from "./reranker-model.ts";

/** Pairs that are asked at once; the engine computes several together. */
const AT_ONCE = 16;

/** What tells how well documents answer a query. */
export interface Ranker extends AsyncDisposable {
  /** What a score is made of: a head of the model, how likely it says yes against no, or what a server does. */
  readonly by: PairScorer["by"] | "server";
  rank(query: string, documents: readonly string[], options: RerankOptions): Promise<Ranked>;
}

export interface Ranked {
  /** In the order of the documents, higher is better. */
  readonly scores: readonly number[];
  /** Undefined where a server does not count. */
  readonly tokens: number | undefined;
  readonly cut: readonly CutText[];
}

/** By a model on this machine, which reads each document beside the query. */
export class PairRanker implements Ranker {
  readonly #scorer: PairScorer;

  constructor(scorer: PairScorer) {
    this.#scorer = scorer;
  }

  get by(): PairScorer["by"] {
    return this.#scorer.by;
  }

  async rank(
    query: string,
    documents: readonly string[],
    { instruction, truncate = false, signal }: RerankOptions,
  ): Promise<Ranked> {
    const scorer = this.#scorer;
    const scores: number[] = [];
    const cut: CutText[] = [];
    let tokens = 0;
    for (let start = 0; start < documents.length; start += AT_ONCE) {
      signal?.throwIfAborted();
      const pairs = await Promise.all(
        documents.slice(start, start + AT_ONCE).map((document, i) => {
          const tokensOf = (kept: string) => scorer.prompt(query, kept, instruction);
          return fittedPair(tokensOf, document, start + i, scorer.mostTokens, truncate);
        }),
      );
      tokens += pairs.reduce((sum, pair) => sum + pair.tokens.length, 0);
      cut.push(...pairs.flatMap((pair) => pair.cut ?? []));
      const found = await scorer.score(
        pairs.map((pair) => pair.tokens),
        signal,
      );
      scores.push(...found);
    }
    return { scores, tokens, cut };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scorer[Symbol.asyncDispose]();
  }
}
