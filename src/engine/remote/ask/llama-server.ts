import { isJsonObject } from "../../../hub/model-folder.ts";
import type { ServerConnection } from "../connection.ts";
import { type Answers, listOf, numberOf, textOf } from "./answers.ts";

/**
 * What llama-server tells: `/props` holds the Jinja template, begin and end tokens and the default sampling; the entry in
 * `/v1/models` holds the trained window. Source: `get_res_props` and `get_res_model_info` in its `server-context.cpp`.
 */
export async function askLlamaServer(server: ServerConnection): Promise<Answers | undefined> {
  const props = await server.json("/props");
  if (!isJsonObject(props) || !("default_generation_settings" in props)) return undefined;
  const settings = isJsonObject(props.default_generation_settings) ? props.default_generation_settings : {};
  const params = isJsonObject(settings.params) ? settings.params : settings;
  const listed = await server.json("/v1/models");
  const entries = isJsonObject(listed) ? listOf(listed.data).filter(isJsonObject) : [];
  const meta = isJsonObject(entries[0]?.meta) ? entries[0].meta : {};
  const path = textOf(props.model_path);
  return {
    program: "llama-server",
    model: textOf(props.model_alias) ?? textOf(entries[0]?.id) ?? path,
    models: entries.flatMap((entry) => textOf(entry.id) ?? []),
    file: path,
    template: textOf(props.chat_template),
    bos: textOf(props.bos_token),
    eos: textOf(props.eos_token),
    stops: listOf(params.stop).filter((one) => typeof one === "string"),
    temperature: numberOf(params.temperature),
    topP: numberOf(params.top_p),
    topK: numberOf(params.top_k),
    repetitionPenalty: numberOf(params.repeat_penalty),
    context: numberOf(settings.n_ctx),
    trainedContext: numberOf(meta.n_ctx_train),
    vocabularySize: numberOf(meta.n_vocab),
  };
}
