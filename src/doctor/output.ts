import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import type { PromptFacts, Reply } from "../stage/symptoms/patient.ts";
import { jsonIn, readExhibit } from "./exhibit-file.ts";
import { endingOf, messageOf } from "./transcript.ts";

/**
 * Reads what came out of a model or a server: a text, an error message or log, a response of an OpenAI-compatible server
 * or of Ollama, token ids, vectors of an embedding route, or scores of a rerank route.
 */
export async function readOutput(path: string): Promise<Reply> {
  const text = await readExhibit(path);
  return replyIn(path, jsonIn(text), text);
}

/** A reply in a response's body. */
export function replyIn(source: string, value: unknown, text: string): Reply {
  const plain: Reply = {
    source,
    text,
    isNull: false,
    thoughts: undefined,
    finish: undefined,
    promptTokens: undefined,
    ids: undefined,
    vectors: undefined,
    scores: undefined,
  };
  if (isIds(value)) return { ...plain, text: "", ids: value };
  const vectors = vectorsIn(value);
  if (vectors.length > 0) return { ...plain, text: "", vectors };
  if (!isJsonObject(value)) return plain;
  const scores = scoresIn(value);
  if (scores.length > 0) return { ...plain, text: "", scores };
  const message = messageOf(value);
  if (message === undefined) return plain;
  const thoughts = [message.reasoning_content, message.reasoning, message.thinking, value.thinking].find(
    (one) => typeof one === "string" && one !== "",
  );
  return {
    ...plain,
    text: typeof message.content === "string" ? message.content : "",
    isNull: message.content === null,
    thoughts: typeof thoughts === "string" ? thoughts : undefined,
    ...endingOf(value),
  };
}

function isIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => Number.isInteger(one) && one >= 0);
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 1 && value.every((one) => typeof one === "number");
}

/** Vectors lie at most so deep: in the entries of a list under `data`. */
const MAX_DEPTH = 4;

function vectorsIn(value: unknown, depth = 0): number[][] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      if (isVector(one) && !isIds(one)) return [one];
      return isJsonObject(one) ? vectorsIn(one, depth + 1) : [];
    });
  }
  if (!isJsonObject(value)) return [];
  if (isVector(value.embedding)) return [value.embedding];
  return [value.data, value.embeddings, value.embedding].flatMap((one) =>
    Array.isArray(one) ? vectorsIn(one, depth + 1) : [],
  );
}

function scoresIn(value: JsonObject): number[] {
  const results = [value.results, value.data].find(Array.isArray) ?? [];
  return results.filter(isJsonObject).flatMap((one) => {
    const score = [one.relevance_score, one.score].find((number) => typeof number === "number");
    return score === undefined ? [] : [score];
  });
}

/** Reads a prompt: token ids (JSON, or numbers with commas or spaces), or a text as it was sent. */
export async function readPrompt(path: string): Promise<PromptFacts> {
  const text = await readExhibit(path);
  const value = jsonIn(text);
  const inside = isJsonObject(value)
    ? [value.prompt, value.input_ids, value.tokens, value.input].find((one) => one !== undefined)
    : value;
  if (isIds(inside)) return { source: path, text: undefined, ids: inside };
  if (typeof inside === "string") return { source: path, text: inside, ids: undefined };
  const numbers = text
    .trim()
    .replace(/^\[|\]$/g, "")
    .split(/[\s,]+/)
    .map(Number);
  if (numbers.length > 1 && isIds(numbers)) return { source: path, text: undefined, ids: numbers };
  return { source: path, text, ids: undefined };
}
