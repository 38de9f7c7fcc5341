import { isJsonObject, type JsonObject } from "../../../hub/model-folder.ts";
import type { ServerConnection } from "../connection.ts";
import { type Answers, listOf, numberOf, textOf } from "./answers.ts";

/**
 * What Ollama tells: `/api/version` proves it, `/api/ps` and `/api/tags` name its models, `/api/show` holds the Go
 * template, the parameters and the GGUF's metadata. Source: its `docs/api.md` and `api/types.go`.
 */
export async function askOllama(
  server: ServerConnection,
  wanted: string | undefined,
): Promise<Answers | undefined> {
  const version = await server.json("/api/version");
  if (!isJsonObject(version) || textOf(version.version) === undefined) return undefined;
  const [tags, running] = await Promise.all([server.json("/api/tags"), server.json("/api/ps")]);
  const models = namesIn(tags);
  const loaded = isJsonObject(running) ? listOf(running.models).filter(isJsonObject) : [];
  const plain = wanted?.replace(/^ollama:/, "");
  const model =
    models.find((name) => name === plain || name === `${plain}:latest`) ??
    (loaded[0] === undefined ? undefined : textOf(loaded[0].name)) ??
    models[0];
  const shown = model === undefined ? undefined : await server.json("/api/show", { model });
  const show: JsonObject = isJsonObject(shown) ? shown : {};
  const info: JsonObject = isJsonObject(show.model_info) ? show.model_info : {};
  const parameters = parametersIn(textOf(show.parameters) ?? "");
  const number = (name: string): number | undefined =>
    numberOf(Number(parameters.get(name)?.[0] ?? Number.NaN));
  const own = loaded.find((one) => one.name === model);
  const architecture = textOf(info["general.architecture"]);
  return {
    program: "Ollama",
    model,
    models,
    architecture,
    metadata: info,
    template: textOf(info["tokenizer.chat_template"]),
    goTemplate: textOf(show.template),
    hasFileTemplate: hasTemplate(show, info),
    stops: parameters.get("stop") ?? [],
    temperature: number("temperature"),
    topP: number("top_p"),
    topK: number("top_k"),
    repetitionPenalty: number("repeat_penalty"),
    context: numberOf(own?.context_length) ?? number("num_ctx"),
    trainedContext: numberOf(info[`${architecture}.context_length`]),
    capabilities: listOf(show.capabilities).filter((one) => typeof one === "string"),
  };
}

/** Newer versions say which template counts (`template_source`); the metadata holds a template of its own or null. */
function hasTemplate(show: JsonObject, info: JsonObject): boolean | undefined {
  if (textOf(show.template_source) === "gguf_chat_template") return true;
  return "tokenizer.chat_template" in info ? true : undefined;
}

function namesIn(tags: unknown): string[] {
  const models = isJsonObject(tags) ? listOf(tags.models).filter(isJsonObject) : [];
  return models.flatMap((one) => textOf(one.name) ?? []);
}

/** Lines of a name and a value, which may be in quotes; a name may come again. */
function parametersIn(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name, value = ""] = /^\s*(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = /^".*"$/s.test(value) ? value.slice(1, -1) : value;
    found.set(name, [...(found.get(name) ?? []), plain]);
  }
  return found;
}
