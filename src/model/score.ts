import { textPromptOf } from "../chat/prompt.ts";
import type { Engine } from "../engine/engine.ts";

/** How likely a text is to the model. */
export interface Score {
  /** Each token and how likely it was. */
  readonly tokens: readonly ScoredToken[];
  /** Σ ln p over the tokens that have one, in nats. */
  readonly logLikelihood: number;
  /** e^(-Σ ln p / tokens that have one); null where none has. Models of other vocabularies do not compare by it. */
  readonly perplexity: number | null;
  /** -Σ log₂ p over the UTF-8 bytes of the tokens that have one; null where none has. Compares any models. */
  readonly bitsPerByte: number | null;
  /** How the text was read. */
  readonly windows: Windows;
}

export interface ScoredToken {
  /** Null where a server does not tell it. */
  readonly id: number | null;
  readonly text: string;
  /** ln p given what stands before it in its window; null for a first token that nothing stands before. */
  readonly logProbability: number | null;
}

/** Stretches in which a text that is longer than the context was read. */
export interface Windows {
  readonly count: number;
  /** Most tokens in one. */
  readonly size: number;
  /** Tokens at the beginning of every further window that only are what the others are judged by. */
  readonly overlap: number;
}

/** A quarter of what stands in a further window has been scored in the one before. */
const OVERLAP = 1 / 4;

/**
 * How likely a model finds a text: each token given all before it, or, where the text is longer than `size` tokens (the
 * context), given those of its window, which are never fewer than the overlap. Source: "Perplexity of fixed-length
 * models" in the documentation of transformers; the token that begins every text begins every window here.
 */
export async function scoreText(
  engine: Engine,
  text: string,
  size: number = engine.model.contextSize,
): Promise<Score> {
  const { beginToken, trainedContext } = engine.model;
  const { tokens: all } = await textPromptOf(engine, text);
  const begin = beginToken === undefined ? [] : [beginToken];
  const tokens = all.slice(begin.length);
  const room = Math.min(size, trainedContext || size) - begin.length;
  const overlap = tokens.length <= room ? 0 : Math.max(1, Math.floor(room * OVERLAP));
  const scores: (number | null)[] = [];
  let count = 0;
  for (let start = 0; scores.length < tokens.length; start += room - overlap, count++) {
    const window = [...begin, ...tokens.slice(start, start + room)];
    const values: (number | null)[] = window.length < 2 ? [] : [...(await engine.score(window))];
    // The first token of a window has no value unless a begin token stands before it.
    const scored = begin.length === 0 ? [null, ...values] : values;
    scores.push(...scored.slice(scores.length - start));
  }
  const bytes = await engine.bytes(tokens);
  const scored = tokens.map((id, at) => ({
    id,
    text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes[at]),
    logProbability: scores[at] ?? null,
  }));
  return {
    ...summed(scored, (at) => bytes[at]?.length ?? 0),
    windows: { count, size: room + begin.length, overlap },
  };
}

/** Tokens and what their ln p come to; `bytesOf` gives the length of a token in UTF-8 by its index. */
export function summed(
  tokens: readonly ScoredToken[],
  bytesOf: (index: number) => number,
): Omit<Score, "windows"> {
  let [nats, count, bytes] = [0, 0, 0];
  for (const [index, { logProbability }] of tokens.entries()) {
    if (logProbability === null) continue;
    nats += logProbability;
    count++;
    bytes += bytesOf(index);
  }
  return {
    tokens,
    logLikelihood: nats,
    perplexity: count === 0 ? null : Math.exp(-nats / count),
    bitsPerByte: bytes === 0 ? null : -nats / Math.LN2 / bytes,
  };
}
