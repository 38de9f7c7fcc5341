import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterAll } from "vitest";

/** A request that came, as far as tests look at it. */
export interface Seen {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

/** A way to answer wrongly; each rule looks at a request and may take it over or bend it. */
export interface Mischief {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body, then nothing more. */
  readonly stallAfter?: number;
  /** What `Content-Range` says in place of the truth. */
  readonly contentRange?: string;
  readonly ignoreRange?: boolean;
  /** Another body in place of the true one, of which a range is still answered. */
  readonly body?: Uint8Array;
  /** Milliseconds between pieces of 64 KiB. */
  readonly slowMs?: number;
}

interface StoredFile {
  readonly content: Uint8Array;
  readonly large: boolean;
}

interface StoredModel {
  readonly commit: string;
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly cardData: object | undefined;
  readonly downloads: number | undefined;
  /** Whether the list tells sizes and digests, as some mirrors do not. */
  readonly tellsBlobs: boolean;
}

export interface ModelOptions {
  readonly cardData?: object;
  readonly downloads?: number;
  readonly tellsBlobs?: boolean;
  /** Files that lie in large storage, behind a redirect to the second server; weights by default. */
  readonly large?: RegExp;
}

const LARGE = /\.(gguf|safetensors|bin)$/;

export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
export const gitSha1 = (content: Uint8Array): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

/**
 * A hub on this machine that speaks what basewise asks of the Hugging Face hub, of ModelScope and of Ollama's registry,
 * with a second server for large files, as the real ones have. It records what it is asked, and misbehaves on demand.
 */
export class LocalHub {
  readonly seen: Seen[] = [];
  /** Tried in order; the first that answers bends the answer. */
  readonly mischief: ((request: Seen) => Mischief | undefined)[] = [];
  readonly #models = new Map<string, StoredModel>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, string>();
  readonly #hub: Server;
  readonly #storage: Server;

  private constructor() {
    this.#hub = createServer((request, response) => this.#serve("hub", request, response));
    this.#storage = createServer((request, response) => this.#serve("storage", request, response));
  }

  /** Starts both servers; they end with the test file. */
  static async start(): Promise<LocalHub> {
    const hub = new LocalHub();
    for (const server of [hub.#hub, hub.#storage]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    afterAll(() => {
      for (const server of [hub.#hub, hub.#storage]) {
        server.closeAllConnections();
        server.close();
      }
    });
    return hub;
  }

  get origin(): string {
    return originOf(this.#hub);
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  get storageOrigin(): string {
    return originOf(this.#storage);
  }

  /** Forgets requests and mischief. */
  reset(): void {
    this.seen.length = 0;
    this.mischief.length = 0;
  }

  /** Publishes a model; its commit follows from its contents. */
  publish(
    name: string,
    files: Readonly<Record<string, string | Uint8Array>>,
    options: ModelOptions = {},
  ): string {
    const stored = new Map(
      Object.entries(files).map(([path, content]): [string, StoredFile] => {
        const bytes = typeof content === "string" ? Buffer.from(content) : content;
        const large = (options.large ?? LARGE).test(path);
        if (large) this.#blobs.set(sha256(bytes), bytes);
        return [path, { content: bytes, large }];
      }),
    );
    const digest = createHash("sha1").update(name);
    for (const [path, { content }] of stored) digest.update(path).update(content);
    const commit = digest.digest("hex");
    this.#models.set(name, {
      commit,
      files: stored,
      cardData: options.cardData,
      downloads: options.downloads,
      tellsBlobs: options.tellsBlobs ?? true,
    });
    return commit;
  }

  /** Publishes an Ollama model under `namespace/model:tag` from its layers by kind. */
  publishOllama(name: string, layers: Readonly<Record<string, string | Uint8Array>>): void {
    const listed = Object.entries(layers).map(([kind, content]) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      this.#blobs.set(sha256(bytes), bytes);
      return {
        mediaType: `application/vnd.ollama.image.${kind}`,
        digest: `sha256:${sha256(bytes)}`,
        size: bytes.length,
      };
    });
    this.publishManifest(name, { schemaVersion: 2, layers: listed });
  }

  publishManifest(name: string, manifest: object): void {
    this.#manifests.set(name, JSON.stringify(manifest));
  }

  #serve(server: Seen["server"], request: IncomingMessage, response: ServerResponse): void {
    const { authorization, cookie, range } = request.headers;
    const seen: Seen = {
      server,
      method: request.method ?? "",
      path: request.url ?? "",
      range,
      authorization,
      cookie,
    };
    this.seen.push(seen);
    const mischief = this.mischief.map((rule) => rule(seen)).find((one) => one !== undefined);
    if (mischief?.status !== undefined) {
      response.writeHead(mischief.status, mischief.headers);
      response.end(mischief.body);
      return;
    }
    const url = new URL(seen.path, "http://hub");
    const path = decodeURIComponent(url.pathname);
    if (server === "storage") {
      this.#blob(request, response, path.replace("/blob/", ""), mischief);
      return;
    }
    const isServed =
      this.#api(response, path, url) ||
      this.#modelScope(request, response, path, url, mischief) ||
      this.#ollama(response, path) ||
      this.#resolve(request, response, path, mischief);
    if (!isServed) notFound(response, "RepoNotFound");
  }

  #api(response: ServerResponse, path: string, url: URL): boolean {
    if (path === "/api/models") {
      const [author = "", search = ""] = ["author", "search"].map((key) => url.searchParams.get(key) ?? "");
      const names = [...this.#models.keys()].filter(
        (name) => name.startsWith(`${author}/`) && name.toLowerCase().includes(search.toLowerCase()),
      );
      return json(
        response,
        names.map((id) => ({ id, modelId: id })),
      );
    }
    const [, name = "", rest = ""] = /^\/api\/models\/([^/]+\/[^/]+)(.*)$/.exec(path) ?? [];
    if (name === "") return false;
    const model = this.#models.get(name);
    if (model === undefined) return notFound(response, "RepoNotFound");
    const [, route = "revision", revision = "main"] = /^\/(revision|tree)\/(.+)$/.exec(rest) ?? [];
    if (revision !== "main" && revision !== model.commit) return notFound(response, "RevisionNotFound");
    const files = [...model.files];
    if (route === "tree") {
      return json(
        response,
        files.map(([file, { content, large }]) => ({
          type: "file",
          path: file,
          size: content.length,
          oid: gitSha1(content),
          ...(large ? { lfs: { oid: sha256(content), size: content.length, pointerSize: 134 } } : {}),
        })),
      );
    }
    const withBlobs = url.searchParams.get("blobs") === "true" && model.tellsBlobs;
    const siblings = files.map(([rfilename, { content, large }]) => ({
      rfilename,
      ...(withBlobs ? { size: content.length, blobId: gitSha1(content) } : {}),
      ...(withBlobs && large
        ? { lfs: { sha256: sha256(content), size: content.length, pointerSize: 134 } }
        : {}),
    }));
    const { commit: sha, cardData, downloads } = model;
    const optional = { ...(cardData ? { cardData } : {}), ...(downloads === undefined ? {} : { downloads }) };
    return json(response, { id: name, modelId: name, sha, siblings, ...optional });
  }

  #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    mischief: Mischief | undefined,
  ): boolean {
    const [, name = "", revision = "", file = ""] =
      /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const model = this.#models.get(name);
    if (model === undefined) return false;
    if (revision !== "main" && revision !== model.commit) return notFound(response, "RevisionNotFound");
    const stored = model.files.get(file);
    if (stored === undefined) return notFound(response, "EntryNotFound", { "x-repo-commit": model.commit });
    const common = { "x-repo-commit": model.commit };
    const { content, large } = stored;
    if (large) {
      response.writeHead(302, {
        ...common,
        location: `${this.storageOrigin}/blob/${sha256(content)}`,
        "x-linked-size": String(content.length),
        "x-linked-etag": `"${sha256(content)}"`,
        "content-length": "0",
      });
      response.end();
    } else {
      const headers = { ...common, etag: `"${gitSha1(content)}"`, ...mischief?.headers };
      send(request, response, content, headers, mischief);
    }
    return true;
  }

  #modelScope(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    url: URL,
    mischief: Mischief | undefined,
  ): boolean {
    const [, name = "", route = ""] =
      /^\/api\/v1\/models\/([^/]+\/[^/]+)\/(repo|repo\/files)$/.exec(path) ?? [];
    if (name === "") return false;
    const model = this.#models.get(name);
    if (model === undefined) return notFound(response, undefined);
    if (route === "repo/files") {
      const Files = [...model.files].map(([Path, { content }]) => ({
        Path,
        Name: Path.split("/").at(-1),
        Type: "blob",
        Size: content.length,
        Sha256: sha256(content),
      }));
      return json(response, { Code: 200, Success: true, Data: { Files } });
    }
    const stored = model.files.get(url.searchParams.get("FilePath") ?? "");
    if (stored === undefined) return notFound(response, undefined);
    send(request, response, stored.content, {}, mischief);
    return true;
  }

  #ollama(response: ServerResponse, path: string): boolean {
    const [, model = "", route = "", last = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (model === "") return false;
    if (route === "blobs") {
      response.writeHead(307, { location: `${this.storageOrigin}/blob/${last.replace("sha256:", "")}` });
      response.end();
      return true;
    }
    const manifest = this.#manifests.get(`${model}:${last}`);
    if (manifest === undefined) return notFound(response, undefined);
    response.writeHead(200, { "content-type": "application/vnd.docker.distribution.manifest.v2+json" });
    response.end(manifest);
    return true;
  }

  #blob(
    request: IncomingMessage,
    response: ServerResponse,
    digest: string,
    mischief: Mischief | undefined,
  ): void {
    const content = this.#blobs.get(digest);
    if (content === undefined) notFound(response, undefined);
    else send(request, response, content, { etag: `"${digest.slice(0, 32)}"` }, mischief);
  }
}

/** Answers with a file or with the range that was asked for, bent by mischief. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  headers: Readonly<Record<string, string>>,
  mischief: Mischief = {},
): void {
  const body = mischief.body ?? content;
  const asked = mischief.ignoreRange ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const from = Number(asked?.[1] ?? 0);
  const to = Math.min(body.length - 1, asked?.[2] ? Number(asked[2]) : body.length - 1);
  if (asked !== null && from >= body.length) {
    response.writeHead(416, { "content-range": `bytes */${body.length}` });
    response.end();
    return;
  }
  const part = body.subarray(from, to + 1);
  const range = mischief.contentRange ?? `bytes ${from}-${to}/${body.length}`;
  response.writeHead(asked === null ? 200 : 206, {
    "accept-ranges": "bytes",
    "content-length": String(part.length),
    ...(asked === null ? {} : { "content-range": range }),
    ...headers,
    ...mischief.headers,
  });
  if (request.method === "HEAD") response.end();
  else void pour(response, part, mischief);
}

const PIECE = 65_536;

async function pour(response: ServerResponse, part: Uint8Array, mischief: Mischief): Promise<void> {
  const end = mischief.cutAfter ?? mischief.stallAfter ?? part.length;
  for (let at = 0; at < Math.min(end, part.length); at += PIECE) {
    if (response.destroyed) return;
    const flowing = response.write(part.subarray(at, Math.min(at + PIECE, end)));
    if (!flowing) await drained(response);
    if (mischief.slowMs !== undefined) await new Promise((resolve) => setTimeout(resolve, mischief.slowMs));
  }
  if (mischief.cutAfter !== undefined && mischief.cutAfter < part.length) {
    // What was written must arrive before the connection is cut.
    setTimeout(() => response.destroy(), 20);
  } else if (mischief.stallAfter === undefined) response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

function json(response: ServerResponse, value: unknown): true {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
  return true;
}

function notFound(
  response: ServerResponse,
  code: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(404, { ...headers, ...(code === undefined ? {} : { "x-error-code": code }) });
  response.end(JSON.stringify({ error: "not found" }));
  return true;
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the hub is not listening");
  return `http://127.0.0.1:${address.port}`;
}
