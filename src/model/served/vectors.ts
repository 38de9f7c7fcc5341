import { createHash } from "node:crypto";
import { PromptTooLongError } from "../../engine/engine.ts";
import type { Answers } from "../../engine/remote/ask/answers.ts";
import type { ServerConnection } from "../../engine/remote/connection.ts";
import { UnsupportedByServerError } from "../../engine/remote/errors.ts";
import { ranksFrom, type ServerVectors, vectorsFrom } from "../../engine/remote/vectors.ts";
import { TextTooLongError } from "../../engine/vectors.ts";
import type { Text } from "../../language.ts";
import type { EmbedOptions } from "../embedding-model.ts";
import type { Ranked, Ranker } from "../pair-ranker.ts";
import type { RerankOptions } from "../reranker-model.ts";
import { emptyText, type MadeVectors, type TextVectors } from "../text-vectors.ts";

/** Texts of one request. */
const AT_ONCE = 64;
/** Documents of one request: each is scored by itself, so that requests do not change the order. */
const DOCUMENTS_AT_ONCE = 256;

/** By a server, which tokenises, pools and normalises by itself. */
export class ServedVectors implements TextVectors {
  readonly isHere = false;
  readonly size = undefined;
  readonly identity: string;
  readonly mostTokens: number;
  readonly #server: ServerConnection;
  readonly #answers: Answers;

  constructor(server: ServerConnection, answers: Answers) {
    this.#server = server;
    this.#answers = answers;
    const { program, model, file, root, context, trainedContext } = answers;
    const told = JSON.stringify([server.url, program, model, file, root]);
    this.identity = createHash("sha256").update(told).digest("hex");
    this.mostTokens = context ?? trainedContext ?? Number.POSITIVE_INFINITY;
  }

  async embed(texts: readonly string[], options: EmbedOptions, first: number): Promise<MadeVectors> {
    const { program } = this.#answers;
    if (options.pooling !== undefined) throw refused(program, "a choice of pooling", "池化方式的选择");
    if (options.layer !== undefined) throw refused(program, "the states of a layer", "某一层的状态");
    if (options.normalize === false)
      throw refused(program, "vectors that are not normalised", "未归一化的向量");
    if (options.truncate === true)
      throw refused(program, "texts that are cut and named", "截断并逐一说明的文本");
    const empty = texts.indexOf("");
    if (empty !== -1) throw emptyText(first + empty);
    const vectors: Float32Array[] = [];
    let tokens: number | undefined = 0;
    for (let start = 0; start < texts.length; start += AT_ONCE) {
      const some = texts.slice(start, start + AT_ONCE);
      const found = await this.#ask(some, first + start, options.signal);
      vectors.push(...found.vectors);
      tokens = tokens === undefined || found.tokens === undefined ? undefined : tokens + found.tokens;
    }
    return { vectors, tokens, cut: [], pooling: null };
  }

  async tokens(): Promise<never> {
    throw refused(this.#answers.program, "the tokens of texts", "文本的词元");
  }

  /** Where one of several texts is too long, they are asked for one by one, to tell which. */
  async #ask(
    texts: readonly string[],
    first: number,
    signal: AbortSignal | undefined,
  ): Promise<ServerVectors> {
    try {
      return await vectorsFrom(this.#server, this.#answers, texts, signal);
    } catch (error) {
      if (!(error instanceof PromptTooLongError)) throw error;
      if (texts.length === 1) throw new TextTooLongError(first, error.promptTokens, error.contextSize);
      const found: ServerVectors[] = [];
      for (const [i, text] of texts.entries()) found.push(await this.#ask([text], first + i, signal));
      return {
        vectors: found.flatMap(({ vectors }) => vectors),
        tokens: found.reduce<number | undefined>(
          (sum, { tokens }) => (sum === undefined || tokens === undefined ? undefined : sum + tokens),
          0,
        ),
      };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** By a server, which lays the query and the document out by itself. */
export class ServedRanker implements Ranker {
  readonly by = "server";
  readonly #server: ServerConnection;
  readonly #answers: Answers;

  constructor(server: ServerConnection, answers: Answers) {
    this.#server = server;
    this.#answers = answers;
  }

  async rank(
    query: string,
    documents: readonly string[],
    { instruction, truncate, signal }: RerankOptions,
  ): Promise<Ranked> {
    const { program } = this.#answers;
    if (instruction !== undefined) throw refused(program, "a choice of instruction", "指令的选择");
    if (truncate === true) throw refused(program, "documents that are cut and named", "截断并逐一说明的文档");
    const scores: number[] = [];
    let tokens: number | undefined = 0;
    for (let start = 0; start < documents.length; start += DOCUMENTS_AT_ONCE) {
      const some = documents.slice(start, start + DOCUMENTS_AT_ONCE);
      const found = await ranksFrom(this.#server, this.#answers, query, some, signal);
      scores.push(...found.scores);
      tokens = tokens === undefined || found.tokens === undefined ? undefined : tokens + found.tokens;
    }
    return { scores, tokens, cut: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function refused(program: string, en: Text["en"], zh: Text["zh"]): UnsupportedByServerError {
  return new UnsupportedByServerError(program, { en, zh });
}
