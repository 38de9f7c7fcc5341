import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";

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
  readonly hasModules: boolean;
  readonly template: string | undefined;
}

/** Reads a model folder's small files. Throws `BadFileError` naming the first that is no JSON object or too large. */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const json = (name: string): Promise<JsonObject | undefined> => readJsonObject(join(path, name));
  const tokenizerConfig = await json("tokenizer_config.json");
  return {
    path,
    config: await json("config.json"),
    generationConfig: await json("generation_config.json"),
    tokenizerConfig,
    addedTokens: await json("added_tokens.json"),
    specialTokensMap: await json("special_tokens_map.json"),
    preprocessorConfig: (await json("preprocessor_config.json")) ?? (await json("processor_config.json")),
    poolingConfig: await json("1_Pooling/config.json"),
    hasModules: (await sizeOf(join(path, "modules.json"))) !== undefined,
    template:
      (await readSmallFile(join(path, "chat_template.jinja"))) ??
      templateIn((await json("chat_template.json"))?.chat_template) ??
      templateIn(tokenizerConfig?.chat_template),
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

async function readJsonObject(path: string): Promise<JsonObject | undefined> {
  const text = await readSmallFile(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notJson(path, cause);
  }
  if (!isJsonObject(value)) throw notJson(path, undefined);
  return value;
}

async function readSmallFile(path: string): Promise<string | undefined> {
  const bytes = await sizeOf(path);
  if (bytes === undefined) return undefined;
  if (bytes > MAX_FILE_BYTES) {
    throw new BadFileError(path, {
      en: `${printable(path)} has ${bytes} bytes (at most ${MAX_FILE_BYTES} are allowed). Download it again.`,
      zh: `${printable(path)} 有 ${bytes} 字节（最多允许 ${MAX_FILE_BYTES}）。请重新下载。`,
    });
  }
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new BadFileError(
      path,
      {
        en: `${printable(path)} cannot be read. Check its permissions.`,
        zh: `无法读取 ${printable(path)}。请检查权限。`,
      },
      { cause },
    );
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const status = await stat(path);
    return status.isFile() ? status.size : undefined;
  } catch {
    return undefined;
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
