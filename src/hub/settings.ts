import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Credential } from "./remote/http.ts";

/**
 * What the environment says about hubs and the places of models. The variables are those of the programs whose places
 * they are (huggingface_hub, Ollama, LM Studio, modelscope), so that all agree.
 */
const environment: Readonly<Record<string, string | undefined>> = process.env;

/** Whether the network must be left alone. */
export function isOffline(): boolean {
  const { BASEWISE_OFFLINE, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE } = environment;
  return [BASEWISE_OFFLINE, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE].some((value) =>
    /^(1|true|yes|on)$/i.test(value ?? ""),
  );
}

/** The Hugging Face hub, or the mirror that `HF_ENDPOINT` names. */
export function huggingFaceEndpoint(): URL {
  return endpointOf("HF_ENDPOINT", environment.HF_ENDPOINT || "https://huggingface.co");
}

/** ModelScope, or what `MODELSCOPE_ENDPOINT` or `MODELSCOPE_DOMAIN` names. */
export function modelScopeEndpoint(): URL {
  const { MODELSCOPE_ENDPOINT, MODELSCOPE_DOMAIN } = environment;
  const domain = MODELSCOPE_DOMAIN || "www.modelscope.cn";
  return endpointOf("MODELSCOPE_ENDPOINT", MODELSCOPE_ENDPOINT || `https://${domain}`);
}

/** `HF_TOKEN`, or the token that `hf auth login` stored. */
export function huggingFaceCredential(endpoint: URL): Credential | undefined {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN } = environment;
  const stored = (): string | undefined =>
    /^(1|true|yes|on)$/i.test(HF_HUB_DISABLE_IMPLICIT_TOKEN ?? "")
      ? undefined
      : firstLine(HF_TOKEN_PATH || join(huggingFaceHome(), "token"));
  const token = (HF_TOKEN || HUGGING_FACE_HUB_TOKEN || stored() || "").trim();
  return isHeaderValue(token)
    ? { host: endpoint.host, header: "authorization", value: `Bearer ${token}` }
    : undefined;
}

/** `MODELSCOPE_API_TOKEN`, sent as modelscope's own client does: as its session cookie. */
export function modelScopeCredential(endpoint: URL): Credential | undefined {
  const token = (environment.MODELSCOPE_API_TOKEN ?? "").trim();
  return isHeaderValue(token)
    ? { host: endpoint.host, header: "cookie", value: `m_session_id=${token}` }
    : undefined;
}

/** Where Hugging Face libraries keep repositories. */
export function huggingFaceCache(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = environment;
  return resolve(expanded(HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(huggingFaceHome(), "hub")));
}

/** Where Ollama keeps manifests and blobs; a system service has a home of its own. */
export function ollamaFolders(): string[] {
  const { OLLAMA_MODELS } = environment;
  if (OLLAMA_MODELS) return [resolve(OLLAMA_MODELS)];
  const own = join(homedir(), ".ollama", "models");
  return process.platform === "linux" ? [own, "/usr/share/ollama/.ollama/models"] : [own];
}

/** Where LM Studio keeps models, by its pointer file or its usual places. */
export function lmStudioFolders(): string[] {
  const pointed = firstLine(join(homedir(), ".lmstudio-home-pointer"));
  const homes = [pointed, join(homedir(), ".lmstudio"), join(homedir(), ".cache", "lm-studio")];
  return unique(homes.filter((home) => home !== undefined).map((home) => join(home, "models")));
}

/** Where modelscope keeps repositories, in its newer and its older layout. */
export function modelScopeFolders(): string[] {
  const { MODELSCOPE_CACHE } = environment;
  const cache = resolve(MODELSCOPE_CACHE || join(homedir(), ".cache", "modelscope"));
  return [join(cache, "hub", "models"), join(cache, "models"), join(cache, "hub")];
}

/** Where basewise keeps what has no other home. */
export function ownStore(): string {
  return join(ownHome(), "models");
}

/** Where basewise keeps what was read of long prompts. */
export function ownPromptCache(): string {
  return join(ownHome(), "prompts");
}

function ownHome(): string {
  const { BASEWISE_HOME } = environment;
  return resolve(expanded(BASEWISE_HOME || join(cacheHome(), "basewise")));
}

/** Where conversations are kept: no cache, since nothing could bring them back. */
export function conversationFile(): string {
  return join(dataHome(), "conversations.sqlite");
}

/** Where basewise notes in which folders trainings ran. */
export function runsFolder(): string {
  return join(dataHome(), "runs");
}

function dataHome(): string {
  const { BASEWISE_HOME, XDG_DATA_HOME } = environment;
  const ofUser = XDG_DATA_HOME || join(homedir(), ".local", "share");
  return resolve(expanded(BASEWISE_HOME || join(ofUser, "basewise")));
}

/** The reference of the embedding model that finds memories. */
export function memoryEmbedder(): string | undefined {
  return environment.BASEWISE_EMBEDDER || undefined;
}

/** Folders in which people keep GGUF files by hand. */
export function looseFolders(): string[] {
  return unique([resolve("."), resolve("models"), join(homedir(), "models")]);
}

function huggingFaceHome(): string {
  return expanded(environment.HF_HOME || join(cacheHome(), "huggingface"));
}

function cacheHome(): string {
  return environment.XDG_CACHE_HOME || join(homedir(), ".cache");
}

function expanded(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").slice(0, 4096).split("\n")[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

function isHeaderValue(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

function endpointOf(variable: string, value: string): URL {
  try {
    const url = new URL(value);
    if (url.protocol === "https:" || url.protocol === "http:") return url;
  } catch {}
  throw new BadInputError({
    en: `${variable} is "${printable(value)}", which is no http(s) address. Write it like https://hf-mirror.com.`,
    zh: `${variable} 的值“${printable(value)}”不是 http(s) 网址。请写成 https://hf-mirror.com 的形式。`,
  });
}
