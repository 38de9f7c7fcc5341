import type { ModelFile } from "../model-files.ts";
import type { JsonObject } from "../model-folder.ts";
import type { Credential } from "./http.ts";

/** A file of a repository, and how to get and to check it. */
export interface RemoteFile extends ModelFile {
  readonly address: string;
  /** Digest of the contents, hexadecimal. */
  readonly sha256?: string;
  /** Digest that git gives a file it keeps itself: SHA-1 of `blob <bytes>\0` and the contents. */
  readonly gitSha1?: string;
  /** What its host calls this version of it (`ETag`), where there is no digest. */
  readonly version?: string;
}

/** What a host says about one model, at one moment. */
export interface Repository {
  /** What its publisher calls it: `Qwen/Qwen3-0.6B`. */
  readonly name: string;
  /** Where people look at it. */
  readonly address: string;
  /** The commit, where the host has commits. */
  readonly commit?: string;
  /** Every file's name is safe to be joined to a folder. */
  readonly files: readonly RemoteFile[];
  /** Front matter of its card, where the list of files brings it along. */
  readonly cardData?: JsonObject;
  /** Times fetched in the last month. */
  readonly downloads?: number;
  readonly credential?: Credential | undefined;
}

/** Lists are long for repositories of many parts, and never longer than this. */
export const MAX_LIST_BYTES = 32 * 2 ** 20;
export const MAX_REMOTE_FILES = 20_000;

/** A path with each part encoded. */
export function encodedPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
