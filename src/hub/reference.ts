import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BadFileError, BadInputError, NotFoundError } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** The models that come with the package. */
export const PACKAGED_MODELS = ["mini-base", "mini-instruct"] as const;
export type PackagedModel = (typeof PACKAGED_MODELS)[number];

/** Where a reference leads: to one model file, or to a folder of Hugging Face files. */
export type Lead =
  | { readonly kind: "file"; readonly reference: string; readonly path: string }
  | { readonly kind: "folder"; readonly reference: string; readonly path: string };

/** One of these makes a folder a model in the Hugging Face layout. */
const MODEL_FILES = ["config.json", "generation_config.json", "tokenizer_config.json", "modules.json"];
/** Enough names for a sentence. */
const MAX_LISTED = 8;

/** A packaged model's file; the package root is two levels up, from `src/hub` as from `dist/hub`. */
export function packagedModelPath(model: PackagedModel): string {
  return fileURLToPath(new URL(`../../models/${model}.gguf`, import.meta.url));
}

/**
 * Finds what a reference leads to on this machine: a packaged model, a file, or a folder.
 * Throws `BadInputError` for an empty reference, `NotFoundError` where nothing is found, and `BadFileError` for a
 * folder that holds no model or several.
 */
export async function resolveReference(reference: string): Promise<Lead> {
  if (reference.trim() === "") {
    throw new BadInputError({
      en: "The reference is empty. Give the path of a .gguf file, or mini-base or mini-instruct.",
      zh: "引用为空。请给出 .gguf 文件的路径，或 mini-base、mini-instruct。",
    });
  }
  const packaged = PACKAGED_MODELS.find((name) => name === reference);
  if (packaged !== undefined) return packagedModel(packaged);
  const kind = await kindOf(reference);
  if (kind === "file") return { kind: "file", reference, path: reference };
  if (kind === "folder") return resolveFolder(reference);
  throw nothingFound(reference);
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
  const models = names.filter(isModelFile);
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

/** A projector lies beside the model it belongs to and is none itself. */
function isModelFile(name: string): boolean {
  return /\.gguf$/i.test(name) && !/^mmproj/i.test(name);
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

function nothingFound(reference: string): NotFoundError {
  const shown = printable(reference);
  const where: Text = /^[\w-]+:/.test(reference)
    ? {
        en: `${shown} is on another program or machine, which basewise cannot reach yet.`,
        zh: `${shown} 位于其他程序或机器上，basewise 目前还无法访问。`,
      }
    : /^[\w.-]+\/[\w.-]+$/.test(reference) && !/\.gguf$/i.test(reference) && !reference.startsWith(".")
      ? {
          en: `${shown} is not on this machine, and basewise cannot download models yet.`,
          zh: `本机上没有 ${shown}，而 basewise 目前还不能下载模型。`,
        }
      : {
          en: `There is no file or folder ${shown}.`,
          zh: `文件或文件夹 ${shown} 不存在。`,
        };
  return new NotFoundError(reference, {
    en: `${where.en} Give the path of a .gguf file, or mini-base or mini-instruct.`,
    zh: `${where.zh}请给出 .gguf 文件的路径，或 mini-base、mini-instruct。`,
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
