import { isJsonObject } from "../model-folder.ts";
import type { RepositoryReference } from "../parse-reference.ts";
import { hexDigest, safeName } from "../safe-names.ts";
import { modelScopeCredential, modelScopeEndpoint } from "../settings.ts";
import { lies } from "./errors.ts";
import type { Http } from "./http.ts";
import {
  encodedPath,
  MAX_LIST_BYTES,
  MAX_REMOTE_FILES,
  type RemoteFile,
  type Repository,
} from "./repository.ts";

/** ModelScope's name for the main branch. */
const MASTER = "master";

/**
 * What ModelScope says about a repository, in one request. Source: the routes that modelscope's own client uses,
 * `GET /api/v1/models/{name}/repo/files` for the list and `…/repo?FilePath=` for a file.
 */
export async function modelScopeRepository(http: Http, reference: RepositoryReference): Promise<Repository> {
  const { name, revision = MASTER } = reference;
  const endpoint = modelScopeEndpoint();
  const base = endpoint.href.replace(/\/$/, "");
  const credential = modelScopeCredential(endpoint);
  const repo = `${base}/api/v1/models/${encodedPath(name)}/repo`;
  const listAddress = `${repo}/files?${new URLSearchParams({ Revision: revision, Recursive: "true" })}`;
  const answer = await http.json(listAddress, { what: name, credential }, MAX_LIST_BYTES);
  const data = isJsonObject(answer) && isJsonObject(answer.Data) ? answer.Data : {};
  if (!Array.isArray(data.Files)) {
    throw lies(new URL(listAddress), { en: "it is no list of a model's files", zh: "它不是模型的文件列表" });
  }
  const entries = data.Files.filter(isJsonObject).filter(({ Type }) => Type !== "tree");
  const files = entries.slice(0, MAX_REMOTE_FILES).map(({ Path, Size, Sha256 }): RemoteFile => {
    if (typeof Path !== "string" || typeof Size !== "number" || !Number.isSafeInteger(Size) || Size < 0) {
      throw lies(new URL(listAddress), {
        en: "a file has no name or no size",
        zh: "有文件缺少名称或大小",
      });
    }
    const sha256 = hexDigest(Sha256, 64);
    const query = new URLSearchParams({ Revision: revision, FilePath: safeName(name, Path) });
    return {
      name: Path,
      bytes: Size,
      address: `${repo}?${query}`,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  });
  return { name, address: `${base}/models/${name}`, files, credential };
}
