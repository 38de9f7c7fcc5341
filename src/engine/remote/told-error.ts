import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";

/** What a server says of an error. */
export interface ToldError {
  readonly message: string | undefined;
  readonly status?: number;
  readonly promptTokens?: number;
  readonly contextSize?: number;
}

/**
 * An error as servers write it: `{error: {message, type, code, n_prompt_tokens, n_ctx}}` (OpenAI, llama-server),
 * `{error: "…"}` (Ollama), `{object: "error", message}` (vLLM). Only llama-server gives the counts of a prompt that is
 * too long in fields; vLLM and OpenAI write them in a sentence.
 */
export function errorIn(event: JsonObject): ToldError | undefined {
  const { error } = event;
  if (typeof error === "string") return { message: error, ...countsIn(error) };
  const told = isJsonObject(error) ? error : event.object === "error" ? event : undefined;
  if (told === undefined) return undefined;
  const message = typeof told.message === "string" ? told.message : undefined;
  const status = typeof told.code === "number" && told.code >= 400 ? { status: told.code } : {};
  const { n_prompt_tokens: promptTokens, n_ctx: contextSize } = told;
  if (typeof promptTokens === "number" && typeof contextSize === "number") {
    return { message, ...status, promptTokens, contextSize };
  }
  return { message, ...status, ...countsIn(message ?? "") };
}

function countsIn(message: string): { promptTokens?: number; contextSize?: number } {
  const context = /maximum context length is (\d{1,9}) tokens/.exec(message)?.[1];
  const prompt =
    /(\d{1,9}) (?:tokens )?in the messages|(?:has|contains?|least) (\d{1,9}) (?:input )?tokens/.exec(message);
  const tokens = prompt?.[1] ?? prompt?.[2];
  return context === undefined || tokens === undefined
    ? {}
    : { promptTokens: Number(tokens), contextSize: Number(context) };
}
