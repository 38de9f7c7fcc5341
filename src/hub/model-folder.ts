import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { ModelFiles } from "./model-files.ts";

/** The largest tokenizer configurations, with thousands of added tokens, are some megabytes. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** The value of a JSON object, of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The small files of a model in the Hugging Face layout; what is not there is `undefined`. */
export interface ModelFolder {
  readonly path: string;
  readonly config: JsonObject | undefined;
  readonly generationConfig: JsonObject | undefined;
  readonly tokenizerConfig: JsonObject | undefined;
  readonly addedTokens: JsonObject | undefined;
  readonly specialTokensMap: JsonObject | undefined;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly poolingConfig: JsonObject | undefined;
  /** modules.json of sentence-transformers: what a text passes through, in order. */
  readonly modules: readonly JsonObject[] | undefined;
  readonly hasModules: boolean;
  /** config_sentence_transformers.json: prompts, and whether it embeds or scores pairs (`model_type`). */
  readonly sentenceConfig: JsonObject | undefined;
  /** model_index.json of diffusers: the folder is a pipeline that makes images, video or sound. */
  readonly pipelineIndex: JsonObject | undefined;
  /** adapter_config.json of PEFT: the folder is a LoRA that sits on `base_model_name_or_path`. */
  readonly adapterConfig: JsonObject | undefined;
  /** model.safetensors.index.json: which file holds which tensor (`weight_map`). */
  readonly safetensorsIndex: JsonObject | undefined;
  /** README.md, the model card: YAML front matter, then text. */
  readonly card: string | undefined;
  readonly template: string | undefined;
  /** The template for conversations with tools, where there is one of its own (`tool_use`). */
  readonly toolTemplate: string | undefined;
}

/**
 * Reads a model's small files. Throws `BadFileError` naming the first that is not the JSON it should be or is too
 * large, and what `files.text` throws.
 */
export async function readModelFolder(files: ModelFiles): Promise<ModelFolder> {
  const text = (name: string): Promise<string | undefined> => files.text(name, MAX_FILE_BYTES);
  const json = async (name: string): Promise<JsonObject | undefined> => {
    const source = await text(name);
    return source === undefined ? undefined : jsonObjectOf(`${files.path}/${name}`, source);
  };
  const [
    config,
    generationConfig,
    tokenizerConfig,
    addedTokens,
    specialTokensMap,
    preprocessorConfig,
    processorConfig,
    poolingConfig,
    modules,
    sentenceConfig,
    pipelineIndex,
    adapterConfig,
    safetensorsIndex,
    card,
    templateFile,
    oldTemplateFile,
    toolTemplateFile,
  ] = await Promise.all([
    json("config.json"),
    json("generation_config.json"),
    json("tokenizer_config.json"),
    json("added_tokens.json"),
    json("special_tokens_map.json"),
    json("preprocessor_config.json"),
    json("processor_config.json"),
    json("1_Pooling/config.json"),
    text("modules.json"),
    json("config_sentence_transformers.json"),
    json("model_index.json"),
    json("adapter_config.json"),
    json("model.safetensors.index.json"),
    text("README.md"),
    text("chat_template.jinja"),
    json("chat_template.json"),
    text("additional_chat_templates/tool_use.jinja"),
  ]);
  return {
    path: files.path,
    config,
    generationConfig,
    tokenizerConfig,
    addedTokens,
    specialTokensMap,
    preprocessorConfig: preprocessorConfig ?? processorConfig,
    poolingConfig,
    modules: modules === undefined ? undefined : objectsIn(jsonOf(`${files.path}/modules.json`, modules)),
    hasModules: modules !== undefined,
    sentenceConfig,
    pipelineIndex,
    adapterConfig,
    safetensorsIndex,
    card,
    template:
      templateFile ??
      templateIn(oldTemplateFile?.chat_template) ??
      templateIn(tokenizerConfig?.chat_template),
    toolTemplate: toolTemplateFile ?? toolTemplateIn(tokenizerConfig?.chat_template),
  };
}

/** A template, or the default one among several named ones. */
function templateIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const entries = value.filter(isJsonObject);
  const chosen = entries.find((entry) => entry.name === "default") ?? entries[0];
  return typeof chosen?.template === "string" ? chosen.template : undefined;
}

function toolTemplateIn(value: unknown): string | undefined {
  const named = objectsIn(value).find(({ name }) => name === "tool_use");
  return typeof named?.template === "string" ? named.template : undefined;
}

function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The object in a JSON text; `path` names the file in the error. */
export function jsonObjectOf(path: string, source: string): JsonObject {
  const value = jsonOf(path, source);
  if (!isJsonObject(value)) throw notJson(path, undefined);
  return value;
}

function jsonOf(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw notJson(path, cause);
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notJson(path: string, cause: unknown): BadFileError {
  return new BadFileError(
    path,
    {
      en: `${printable(path)} is not a JSON object. Download it again.`,
      zh: `${printable(path)} 不是 JSON 对象。请重新下载。`,
    },
    { cause },
  );
}
