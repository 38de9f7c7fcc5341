import { NotFoundError } from "../../errors.ts";
import { isJsonObject } from "../../hub/model-folder.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { type Answers, listOf, numberOf } from "./ask/answers.ts";
import type { ServerConnection } from "./connection.ts";
import { ServerError, UnsupportedByServerError } from "./errors.ts";

type Served = Pick<Answers, "program" | "model">;

/** Vectors as a server gives them, in the order of the texts; what it does not count is undefined. */
export interface ServerVectors {
  readonly vectors: readonly Float32Array[];
  readonly tokens: number | undefined;
}

/**
 * The vectors of texts: by Ollama's `/api/embed`, which is asked to cut none, else by `/v1/embeddings`. Sources: Ollama's
 * `docs/api.md`, the OpenAI API reference. Throws UnsupportedByServerError where the server has no such route or says that
 * its model is not served for it, and what `ServerConnection.post` throws.
 */
export async function vectorsFrom(
  server: ServerConnection,
  { program, model }: Served,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ServerVectors> {
  const isOllama = program === "Ollama";
  const path = isOllama ? "/api/embed" : "/v1/embeddings";
  const named = model === undefined ? {} : { model };
  const body = { ...named, input: texts, ...(isOllama ? { truncate: false } : { encoding_format: "float" }) };
  const answer = await asked(server, program, path, body, signal, { en: "vectors", zh: "向量" });
  const told = isJsonObject(answer) ? answer : {};
  const usage = isJsonObject(told.usage) ? told.usage : {};
  const rows = isOllama ? listOf(told.embeddings) : inOrder(listOf(told.data), "embedding");
  const vectors = rows.map((row) => Float32Array.from(listOf(row), (value) => numberOf(value) ?? Number.NaN));
  const size = vectors[0]?.length ?? 0;
  const isWhole =
    vectors.length === texts.length &&
    size > 0 &&
    vectors.every((vector) => vector.length === size && vector.every(Number.isFinite));
  if (!isWhole)
    throw server.broken(path, "it does not hold a vector for every text", "其中没有每条文本的向量");
  return { vectors, tokens: numberOf(isOllama ? told.prompt_eval_count : usage.prompt_tokens) };
}

/**
 * How well each document answers the query, in the server's own measure, by `/v1/rerank` (llama-server, vLLM, and others
 * after Jina's interface). Throws as `vectorsFrom`.
 */
export async function ranksFrom(
  server: ServerConnection,
  { program, model }: Served,
  query: string,
  documents: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly scores: readonly number[]; readonly tokens: number | undefined }> {
  const path = "/v1/rerank";
  const wanted = { en: "ranks", zh: "排序" };
  // It has no such route, and what it says of that is not JSON.
  if (program === "Ollama") throw new UnsupportedByServerError(program, wanted);
  const named = model === undefined ? {} : { model };
  const body = { ...named, query, documents, top_n: documents.length };
  const answer = await asked(server, program, path, body, signal, wanted);
  const told = isJsonObject(answer) ? answer : {};
  const usage = isJsonObject(told.usage) ? told.usage : {};
  const scores = inOrder(listOf(told.results), "relevance_score").map(
    (score) => numberOf(score) ?? Number.NaN,
  );
  if (scores.length !== documents.length || !scores.every(Number.isFinite)) {
    throw server.broken(path, "it does not hold a score for every document", "其中没有每篇文档的分数");
  }
  return { scores, tokens: numberOf(usage.prompt_tokens) ?? numberOf(usage.total_tokens) };
}

async function asked(
  server: ServerConnection,
  program: Served["program"],
  path: string,
  body: object,
  signal: AbortSignal | undefined,
  wanted: Text,
): Promise<unknown> {
  try {
    return await server.post(path, body, { signal });
  } catch (error) {
    if (error instanceof NotFoundError) throw new UnsupportedByServerError(program, wanted);
    // llama-server answers 501 unless it was started with --embeddings or --rerank; vLLM and Ollama say it in words.
    if (
      error instanceof ServerError &&
      (error.status === 501 || /does not support (the )?(embed|rerank|score)/i.test(error.said ?? ""))
    ) {
      const said = error.said === undefined ? "" : ` (${printable(error.said, 200)})`;
      throw new UnsupportedByServerError(program, { en: wanted.en + said, zh: wanted.zh + said });
    }
    throw error;
  }
}

/** One field of entries that tell their place by an `index`, which need not be the order they come in. */
function inOrder(entries: readonly unknown[], field: string): unknown[] {
  const placed = entries.filter(isJsonObject);
  return placed
    .map((entry, i) => ({ index: numberOf(entry.index) ?? i, value: entry[field] }))
    .sort((one, other) => one.index - other.index)
    .filter(({ index }, i) => index === i)
    .map(({ value }) => value);
}
