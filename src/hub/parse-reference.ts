import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import { isSafeName } from "./safe-names.ts";
import { huggingFaceEndpoint } from "./settings.ts";

/** The models that come with the package. */
export const PACKAGED_MODELS = ["mini-base", "mini-instruct"] as const;
export type PackagedModel = (typeof PACKAGED_MODELS)[number];

/** A repository on a hub of repositories. */
export interface RepositoryReference {
  readonly kind: "hugging face" | "modelscope";
  /** `owner/name`; some old ones of Hugging Face have no owner. */
  readonly name: string;
  /** A quantisation (`Q4_K_M`) or a file (`model-q4_k_m.gguf`) among several. */
  readonly choice?: string;
  /** Branch, tag or commit. */
  readonly revision?: string;
}

export interface OllamaReference {
  readonly kind: "ollama";
  /** `registry.ollama.ai` unless named. */
  readonly host: string;
  /** `library` unless named. */
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

/** A running model server, and the model of it that is meant where it serves several. */
export interface ServerReference {
  readonly kind: "server";
  /** Without the fragment that names the model. */
  readonly url: string;
  readonly model?: string;
}

/** What a reference says, before anything is looked for. */
export type ParsedReference =
  | { readonly kind: "packaged"; readonly name: PackagedModel }
  | RepositoryReference
  | OllamaReference
  | { readonly kind: "url"; readonly url: URL }
  | ServerReference
  | { readonly kind: "path"; readonly path: string };

export const OLLAMA_REGISTRY = "registry.ollama.ai";
const OLLAMA_NAMESPACE = "library";

const NAME_PART = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}";
const REPOSITORY = new RegExp(`^(${NAME_PART}/${NAME_PART})(?::([^@]+))?(?:@(.+))?$`);
const UNOWNED = new RegExp(`^(${NAME_PART})(?::([^@]+))?(?:@(.+))?$`);
const WEIGHT_FILE = /\.(gguf|safetensors|bin)$/i;
const OLLAMA = new RegExp(
  `^(?:(?:([A-Za-z0-9.-]+(?::\\d+)?)/)?(${NAME_PART})/)?(${NAME_PART})(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,79}))?$`,
);

/**
 * Takes a reference apart: `mini-base`, `owner/name[:quant or file][@revision]`, `hf:…`, `modelscope:…`,
 * `ollama:[[host/]namespace/]name[:tag]`, the http(s) address of a file or of a server (`http://host:port[/v1][#model]`),
 * and else a path. Throws `BadInputError` for an empty or a malformed one.
 */
export function parseReference(reference: string): ParsedReference {
  const text = reference.trim();
  if (text === "") {
    throw new BadInputError({
      en: "The reference is empty. Give the path of a .gguf file, or mini-base or mini-instruct.",
      zh: "引用为空。请给出 .gguf 文件的路径，或 mini-base、mini-instruct。",
    });
  }
  const packaged = PACKAGED_MODELS.find((name) => name === text);
  if (packaged !== undefined) return { kind: "packaged", name: packaged };
  if (/^https?:\/\//i.test(text)) return parseAddress(text);
  const prefix = /^(hf|modelscope|ollama):/.exec(text);
  if (prefix === null) {
    if (WEIGHT_FILE.test(text) && !text.includes(":")) return { kind: "path", path: reference };
    return parseRepository("hugging face", text, REPOSITORY) ?? { kind: "path", path: reference };
  }
  const rest = text.slice(prefix[0].length);
  const parsed =
    prefix[1] === "ollama"
      ? parseOllama(rest)
      : prefix[1] === "modelscope"
        ? parseRepository("modelscope", rest, REPOSITORY)
        : (parseRepository("hugging face", rest, REPOSITORY) ??
          parseRepository("hugging face", rest, UNOWNED));
  if (parsed === undefined) throw malformed(text);
  return parsed;
}

/** Whether a word could be a model's name without its owner; a path or a file name is none. */
export function isModelName(text: string): boolean {
  const name = text.trim();
  return new RegExp(`^${NAME_PART}$`).test(name) && !name.includes("..") && !WEIGHT_FILE.test(name);
}

/** A repository reference as text; the inverse of `parseReference`. */
export function repositoryText({ kind, name, choice, revision }: RepositoryReference): string {
  const prefix = kind === "modelscope" ? "modelscope:" : name.includes("/") ? "" : "hf:";
  return `${prefix}${name}${choice === undefined ? "" : `:${choice}`}${revision === undefined ? "" : `@${revision}`}`;
}

/** An Ollama reference as text, without what goes without saying. */
export function ollamaText({ host, namespace, model, tag }: OllamaReference): string {
  const owner = namespace === OLLAMA_NAMESPACE ? "" : `${namespace}/`;
  return `ollama:${host === OLLAMA_REGISTRY ? owner : `${host}/${namespace}/`}${model}:${tag}`;
}

function parseRepository(
  kind: RepositoryReference["kind"],
  text: string,
  form: RegExp,
): RepositoryReference | undefined {
  const [, name, choice, revision] = form.exec(text) ?? [];
  if (name === undefined || name.includes("..") || name.includes("--")) return undefined;
  if (choice !== undefined && !isSafeName(choice)) throw malformed(text);
  if (revision !== undefined && !(isSafeName(revision) && /^[\w./-]+$/.test(revision))) throw malformed(text);
  return {
    kind,
    name,
    ...(choice === undefined ? {} : { choice }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function parseOllama(text: string): OllamaReference | undefined {
  const [, host, namespace, model, tag] = OLLAMA.exec(text) ?? [];
  if (model === undefined || text.includes("..")) return undefined;
  return {
    kind: "ollama",
    host: host ?? OLLAMA_REGISTRY,
    namespace: namespace ?? OLLAMA_NAMESPACE,
    model,
    tag: tag ?? "latest",
  };
}

/** An address; one of a file on Hugging Face is that repository's file, whose digest the hub knows. */
function parseAddress(text: string): ParsedReference {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw malformed(text);
  }
  if (url.username !== "" || url.password !== "") {
    throw new BadInputError({
      en: `The address on ${printable(url.host)} carries a password, which would end up in logs. Leave it out.`,
      zh: `${printable(url.host)} 的地址中带有密码，会被记入日志。请将其去掉。`,
    });
  }
  const path = decoded(url.pathname);
  if (url.host === huggingFaceEndpoint().host && path !== undefined) {
    const file = /^\/([^/]+\/[^/]+)\/(?:resolve|blob)\/([^/]+)\/(.+)$/.exec(path);
    const page = /^\/([^/]+\/[^/]+)\/?$/.exec(path);
    const written = file === null ? page?.[1] : `${file[1]}:${file[3]}@${file[2]}`;
    const parsed = written === undefined ? undefined : parseRepository("hugging face", written, REPOSITORY);
    if (parsed !== undefined) return parsed;
  }
  return serverAt(url) ?? { kind: "url", url };
}

/** An address without a path, or with that of an OpenAI-compatible interface, or with a model's name, is a server. */
function serverAt(url: URL): ServerReference | undefined {
  const isServer = /^\/(?:v1\/?)?$|\/v1\/?$/.test(url.pathname) || url.hash.length > 1;
  if (!isServer) return undefined;
  const model = decoded(url.hash.slice(1));
  const address = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return { kind: "server", url: address, ...(model === "" || model === undefined ? {} : { model }) };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function malformed(text: string): BadInputError {
  const shown = printable(text);
  return new BadInputError({
    en: `"${shown}" is no reference. Write owner/name, owner/name:Q4_K_M, modelscope:owner/name, ollama:name:tag, an address, or a path.`,
    zh: `“${shown}”不是有效的引用。请写成 owner/name、owner/name:Q4_K_M、modelscope:owner/name、ollama:name:tag、网址或路径。`,
  });
}
