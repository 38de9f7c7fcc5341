import { isJsonObject, type JsonObject } from "../model-folder.ts";
import type { RepositoryReference } from "../parse-reference.ts";
import { hexDigest, safeName } from "../safe-names.ts";
import { huggingFaceCredential, huggingFaceEndpoint } from "../settings.ts";
import { MAIN } from "../stores/hugging-face-cache.ts";
import { lies } from "./errors.ts";
import type { Http, Request } from "./http.ts";
import {
  encodedPath,
  MAX_LIST_BYTES,
  MAX_REMOTE_FILES,
  type RemoteFile,
  type Repository,
} from "./repository.ts";

/**
 * What the Hugging Face hub (or its mirror) says about a repository, in one request: commit, files with sizes and
 * digests, front matter of the card. Source: the hub's `GET /api/models/{name}/revision/{revision}?blobs=true`.
 * A mirror that leaves the sizes out is asked for the tree as well.
 */
export async function huggingFaceRepository(http: Http, reference: RepositoryReference): Promise<Repository> {
  const { name, revision = MAIN } = reference;
  const endpoint = huggingFaceEndpoint();
  const base = endpoint.href.replace(/\/$/, "");
  const credential = huggingFaceCredential(endpoint);
  const request: Request = { what: name, credential };
  const listAddress = `${base}/api/models/${encodedPath(name)}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const info = await http.json(listAddress, request, MAX_LIST_BYTES);
  const from = new URL(listAddress);
  const commit = isJsonObject(info) ? hexDigest(info.sha, 40) : undefined;
  if (!isJsonObject(info) || commit === undefined || !Array.isArray(info.siblings)) {
    throw lies(from, { en: "it is no list of a model's files", zh: "它不是模型的文件列表" });
  }
  let entries = info.siblings.filter(isJsonObject).map(ofSibling);
  if (entries.some(({ bytes }) => bytes === undefined)) {
    const treeAddress = `${base}/api/models/${encodedPath(name)}/tree/${commit}?recursive=true`;
    const tree = await http.json(treeAddress, request, MAX_LIST_BYTES);
    if (Array.isArray(tree)) entries = tree.filter(isJsonObject).filter(isFileOfTree).map(ofTree);
  }
  const files = entries.slice(0, MAX_REMOTE_FILES).map(({ name: file, bytes, ...digests }): RemoteFile => {
    if (typeof file !== "string" || bytes === undefined) {
      throw lies(from, { en: "a file has no name or no size", zh: "有文件缺少名称或大小" });
    }
    const address = `${base}/${encodedPath(name)}/resolve/${commit}/${encodedPath(safeName(name, file))}`;
    return { name: file, bytes, address, ...digests };
  });
  return {
    name,
    address: `${base}/${name}`,
    commit,
    files,
    ...(isJsonObject(info.cardData) ? { cardData: info.cardData } : {}),
    ...(typeof info.downloads === "number" ? { downloads: info.downloads } : {}),
    credential,
  };
}

/** So many models are asked for in a search. */
const MOST_FOUND = 100;

/**
 * The models of a publisher whose names have these words, as `owner/name`, in one request. Source: the hub's
 * `GET /api/models?author=…&search=…`.
 */
export async function searchHuggingFace(http: Http, author: string, search: string): Promise<string[]> {
  const endpoint = huggingFaceEndpoint();
  const query = new URLSearchParams({ author, search, limit: String(MOST_FOUND) });
  const address = `${endpoint.href.replace(/\/$/, "")}/api/models?${query}`;
  const credential = huggingFaceCredential(endpoint);
  const found = await http.json(address, { what: `${author}/${search}`, credential }, MAX_LIST_BYTES);
  if (!Array.isArray(found)) {
    throw lies(new URL(address), { en: "it is no list of models", zh: "它不是模型列表" });
  }
  return found
    .filter(isJsonObject)
    .flatMap(({ id }) => (typeof id === "string" && /^[\w.-]+\/[\w.-]+$/.test(id) ? [id] : []));
}

interface Entry {
  readonly name: unknown;
  readonly bytes: number | undefined;
  readonly sha256?: string;
  readonly gitSha1?: string;
}

function ofSibling({ rfilename, size, blobId, lfs }: JsonObject): Entry {
  const large = isJsonObject(lfs) ? lfs : undefined;
  return entryOf(rfilename, large?.size ?? size, large?.sha256, large === undefined ? blobId : undefined);
}

function ofTree({ path, size, oid, lfs }: JsonObject): Entry {
  const large = isJsonObject(lfs) ? lfs : undefined;
  return entryOf(path, large?.size ?? size, large?.oid, large === undefined ? oid : undefined);
}

function isFileOfTree({ type }: JsonObject): boolean {
  return type === "file";
}

function entryOf(name: unknown, size: unknown, large: unknown, git: unknown): Entry {
  const sha256 = hexDigest(large, 64);
  const gitSha1 = hexDigest(git, 40);
  return {
    name,
    bytes: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(gitSha1 === undefined ? {} : { gitSha1 }),
  };
}
