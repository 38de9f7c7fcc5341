import { isJsonObject } from "../../../hub/model-folder.ts";
import type { ServerConnection } from "../connection.ts";
import { type Answers, listOf, numberOf, textOf } from "./answers.ts";

/**
 * What any OpenAI-compatible server tells: the list of its models. vLLM says more: which weights (`root`), the window
 * (`max_model_len`), and itself (`owned_by`). Source: the OpenAI API reference, and vLLM's `ModelCard`.
 */
export async function askOpenAI(
  server: ServerConnection,
  wanted: string | undefined,
): Promise<Answers | undefined> {
  const listed = await server.json("/v1/models");
  if (!isJsonObject(listed)) return undefined;
  const entries = listOf(listed.data).filter(isJsonObject);
  const own = entries.find((entry) => entry.id === wanted) ?? entries[0];
  return {
    program: own?.owned_by === "vllm" || "max_model_len" in (own ?? {}) ? "vLLM" : "OpenAI-compatible",
    model: textOf(own?.id),
    models: entries.flatMap((entry) => textOf(entry.id) ?? []),
    root: textOf(own?.root),
    context: numberOf(own?.max_model_len),
  };
}
