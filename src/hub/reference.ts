import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BadFileError, BadInputError, NotFoundError } from "../errors.ts";
import { printable } from "../printable.ts";
import { isModelGguf } from "./gguf-choices.ts";
import { findLocal } from "./local-models.ts";
import {
  type PackagedModel,
  type ParsedReference,
  parseReference,
  type ServerReference,
} from "./parse-reference.ts";
import { type LocalModel, MODEL_FILES } from "./stores/local-model.ts";

/** Where a reference leads on this machine: to one model file, or to a folder of Hugging Face files. */
export interface Lead {
  readonly kind: "file" | "folder";
  readonly reference: string;
  readonly path: string;
  /** What the publisher calls it, where it came from a hub. */
  readonly published?: string;
}

/** A reference that is well formed and not on this machine. */
export interface Absent {
  readonly kind: "absent";
  readonly reference: string;
  readonly parsed: Exclude<ParsedReference, { kind: "packaged" | "path" | "server" }>;
}

/** Enough names for a sentence. */
const MAX_LISTED = 8;

/** A packaged model's file; the package root is two levels up, from `src/hub` as from `dist/hub`. */
export function packagedModelPath(model: PackagedModel): string {
  return fileURLToPath(new URL(`../../models/${model}.gguf`, import.meta.url));
}

/**
 * Finds what a reference leads to on this machine: a packaged model, a file, a folder, or a model in one of the stores.
 * Throws `BadInputError` for an empty reference, a server, or one that leaves a choice open, `NotFoundError` where nothing is
 * found, and `BadFileError` for a folder that holds no model or several.
 */
export async function resolveReference(reference: string): Promise<Lead> {
  const found = await locate(reference);
  if (found.kind !== "absent") return found;
  const shown = printable(reference, Number.POSITIVE_INFINITY);
  throw new NotFoundError(reference, {
    en: `${printable(reference)} is not on this machine. Download it with basewise pull ${shown}, or give the path of a .gguf file, or mini-base or mini-instruct.`,
    zh: `本机上没有 ${printable(reference)}。请用 basewise pull ${shown} 下载，或给出 .gguf 文件的路径，或 mini-base、mini-instruct。`,
  });
}

/** The server that a reference is the address of; undefined for one that names a model or file. */
export function serverOf(reference: string): ServerReference | undefined {
  const parsed = parseReference(reference);
  return parsed.kind === "server" ? parsed : undefined;
}

/** As `resolveReference`, but a model that is elsewhere is no error. */
export async function locate(reference: string): Promise<Lead | Absent> {
  const parsed = parseReference(reference);
  if (parsed.kind === "packaged") return packagedModel(parsed.name);
  const kind = await kindOf(reference);
  if (kind === "file") return { kind: "file", reference, path: reference };
  if (kind === "folder") return resolveFolder(reference);
  if (parsed.kind === "path") throw nothingAt(reference);
  if (parsed.kind === "server") throw isServer(reference);
  const [model, ...others] = await findLocal(parsed);
  if (model === undefined) return { kind: "absent", reference, parsed };
  if (others.length > 0) throw severalLocal(reference, [model, ...others]);
  return { kind: model.kind, reference, path: model.path, published: model.name };
}

async function packagedModel(name: PackagedModel): Promise<Lead> {
  const path = packagedModelPath(name);
  if ((await kindOf(path)) === "file") return { kind: "file", reference: name, path };
  throw new NotFoundError(name, {
    en: `The packaged model ${name} is missing (${path}). Install basewise again, or make it with npm run make:models.`,
    zh: `缺少随包提供的模型 ${name}（${path}）。请重新安装 basewise，或运行 npm run make:models 生成。`,
  });
}

async function resolveFolder(reference: string): Promise<Lead> {
  const names = await namesIn(reference);
  const models = names.filter(isModelGguf);
  const [first, ...others] = firstParts(models);
  if (first !== undefined && others.length === 0) {
    return { kind: "file", reference, path: join(reference, first) };
  }
  if (first !== undefined) throw severalModels(reference, [first, ...others]);
  if (MODEL_FILES.some((file) => names.includes(file))) {
    return { kind: "folder", reference, path: reference };
  }
  throw new BadFileError(reference, {
    en: `The folder ${printable(reference)} holds no model. Give one with a .gguf file, or with a config.json.`,
    zh: `文件夹 ${printable(reference)} 中没有模型。请给出含 .gguf 文件或 config.json 的文件夹。`,
  });
}

/** Of a model in several files, the first stands for all. */
function firstParts(names: readonly string[]): string[] {
  return names.filter((name) => {
    const part = /-(\d{5})-of-\d{5}\.gguf$/i.exec(name)?.[1];
    return part === undefined || part === "00001";
  });
}

function severalModels(reference: string, names: readonly string[]): BadFileError {
  const listed = names.slice(0, MAX_LISTED).map((name) => printable(name));
  const more = names.length > MAX_LISTED ? ", …" : "";
  const example = printable(join(reference, listed[0] ?? ""), Number.POSITIVE_INFINITY);
  return new BadFileError(reference, {
    en: `The folder ${printable(reference)} holds ${names.length} models: ${listed.join(", ")}${more}. Name one, such as ${example}.`,
    zh: `文件夹 ${printable(reference)} 中有 ${names.length} 个模型：${listed.join("、")}${more}。请指定其一，例如 ${example}。`,
  });
}

function severalLocal(reference: string, models: readonly LocalModel[]): BadInputError {
  const listed = models.slice(0, MAX_LISTED).map((model) => printable(model.reference));
  const more = models.length > MAX_LISTED ? ", …" : "";
  return new BadInputError({
    en: `${printable(reference)} is on this machine in ${models.length} versions: ${listed.join(", ")}${more}. Name one.`,
    zh: `本机上的 ${printable(reference)} 有 ${models.length} 个版本：${listed.join("、")}${more}。请指定其一。`,
  });
}

function isServer(reference: string): BadInputError {
  const shown = printable(reference);
  return new BadInputError({
    en: `${shown} is a running server, and this needs the model's files. Give a .gguf file, a folder, or owner/name.`,
    zh: `${shown} 是运行中的服务器，而此操作需要模型文件。请给出 .gguf 文件、文件夹或 owner/name。`,
  });
}

function nothingAt(reference: string): NotFoundError {
  const shown = printable(reference);
  return new NotFoundError(reference, {
    en: `There is no file or folder ${shown}. Give the path of a .gguf file, a model as owner/name, or mini-base or mini-instruct.`,
    zh: `文件或文件夹 ${shown} 不存在。请给出 .gguf 文件的路径、owner/name 形式的模型，或 mini-base、mini-instruct。`,
  });
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (cause) {
    throw new BadFileError(
      path,
      {
        en: `The folder ${printable(path)} cannot be read. Check its permissions.`,
        zh: `无法读取文件夹 ${printable(path)}。请检查权限。`,
      },
      { cause },
    );
  }
}

/** The name that a path ends in, without `.gguf`. */
export function nameOfPath(path: string): string {
  return basename(path).replace(/\.gguf$/i, "");
}
