import { mkdir, rename, statfs } from "node:fs/promises";
import { join } from "node:path";
import { BadInputError } from "../../errors.ts";
import { readGgufHeader } from "../../formats/gguf/header.ts";
import { printable } from "../../printable.ts";
import { isModelGguf } from "../gguf-choices.ts";
import { findLocal } from "../local-models.ts";
import { type ParsedReference, parseReference } from "../parse-reference.ts";
import type { Absent } from "../reference.ts";
import { repositoryOf } from "../remote/find.ts";
import { Http, type HttpOptions } from "../remote/http.ts";
import type { RemoteFile, Repository } from "../remote/repository.ts";
import { requireInside } from "../safe-names.ts";
import { huggingFaceCache, isOffline, ownStore } from "../settings.ts";
import type { Store } from "../stores/local-model.ts";
import { type Choose, chooseFiles } from "./choose.ts";
import { type Destination, huggingFaceDestination, ownDestination } from "./destination.ts";
import { verify } from "./digest.ts";
import { download } from "./download.ts";
import { NoSpaceError, PullInterruptedError } from "./errors.ts";
import { PartFile } from "./part-file.ts";

export type PullEvent =
  /** What will be loaded, and what of it is there from before. */
  | { readonly event: "start"; readonly files: number; readonly bytes: number; readonly keptBytes: number }
  /** Bytes that arrived since the last event; negative where a host made it begin again. */
  | { readonly event: "bytes"; readonly file: string; readonly bytes: number }
  | { readonly event: "verify"; readonly file: string; readonly bytes: number };

export interface PullOptions extends HttpOptions {
  /** Which quantisation or file of several to take. */
  readonly quant?: string;
  /** Asked when there are several and none was named. */
  readonly choose?: Choose | undefined;
  readonly onEvent?: (event: PullEvent) => void;
}

/** A model that is now on this machine. */
export interface Pulled {
  readonly reference: string;
  readonly store: Store;
  /** The GGUF file (the first part of a split one), or the folder. */
  readonly path: string;
  readonly commit: string | null;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    /** Whether its host states a digest, and the contents have it. */
    readonly verified: boolean;
  }[];
  /** Bytes of all files together. */
  readonly bytes: number;
  /** Bytes that this pull loaded. */
  readonly loadedBytes: number;
}

/** Room that is left on a disk beside what is loaded. */
const SPARE_BYTES = 64 * 2 ** 20;
/** Files loaded at the same time, where each is small. */
const SMALL_BYTES = 16 * 2 ** 20;
const SMALL_AT_ONCE = 6;

/**
 * Downloads a model: into the Hugging Face cache, where Python finds it too, or for other hosts into basewise's own
 * store. Contents are checked against their SHA-256 before they get their name; what was loaded when it stops is kept,
 * and the next pull goes on from there. Throws `BadInputError` for a reference to this machine, `ChoiceNeededError`,
 * `NoSpaceError`, `BusyError`, `PullInterruptedError`, and what `repositoryOf` and `download` throw.
 */
export async function pull(reference: string, options: PullOptions = {}): Promise<Pulled> {
  const { quant, choose, onEvent = () => {}, offline = isOffline(), ...rest } = options;
  const parsed = remoteReference(reference);
  if (offline) {
    const here = await alreadyHere(reference, parsed, quant);
    if (here !== undefined) return here;
  }
  const http = new Http({ ...rest, offline });
  let keptBytes = 0;
  try {
    const repository = await repositoryOf(http, parsed);
    const word = quant ?? ("choice" in parsed ? parsed.choice : undefined);
    const isOneModel = parsed.kind === "ollama" || parsed.kind === "url";
    const files = isOneModel
      ? repository.files
      : await chooseFiles(reference, repository.files, word, choose);
    const destination = destinationOf(parsed, repository);
    for (const file of files) await requireInside(destination.root, destination.contentPath(file));
    const missing: RemoteFile[] = [];
    for (const file of files) {
      const path = destination.contentPath(file);
      const isTwin = missing.some((one) => destination.contentPath(one) === path);
      if (!isTwin && !(await destination.has(file))) missing.push(file);
    }
    for (const file of missing) keptBytes += await PartFile.kept(destination.contentPath(file), file);
    const bytes = sizeOf(missing);
    await requireSpace(destination.root, bytes - keptBytes);
    onEvent({ event: "start", files: missing.length, bytes, keptBytes });
    const loadedBefore = http.bytes;
    const load = async (file: RemoteFile): Promise<void> => {
      await loadFile(http, repository, destination, file, (event) => {
        if (event.event === "bytes") keptBytes += event.bytes;
        onEvent(event);
      });
    };
    await inParallel(
      missing.filter((file) => file.bytes < SMALL_BYTES),
      SMALL_AT_ONCE,
      load,
    );
    for (const file of missing.filter((file) => file.bytes >= SMALL_BYTES)) await load(file);
    // Only a model that is there as a whole shows.
    for (const file of files) await destination.show(file);
    await destination.finish(files);
    return {
      reference,
      store: destination.store,
      path: pathOf(destination, files),
      commit: repository.commit ?? null,
      files: files.map((file) => ({
        name: file.name,
        bytes: file.bytes,
        verified: (file.sha256 ?? file.gitSha1) !== undefined,
      })),
      bytes: sizeOf(files),
      loadedBytes: http.bytes - loadedBefore,
    };
  } catch (error) {
    if (rest.signal?.aborted === true) throw new PullInterruptedError(reference, keptBytes);
    throw error;
  }
}

/** Loads one file and gives it its name. What has the wrong contents is removed; what is only unfinished is kept. */
async function loadFile(
  http: Http,
  { name, credential }: Repository,
  destination: Destination,
  file: RemoteFile,
  onEvent: (event: PullEvent) => void,
): Promise<void> {
  const final = destination.contentPath(file);
  const part = await PartFile.open(final, file);
  try {
    await download(http, file, part, {
      what: `${name}/${file.name}`,
      credential,
      onBytes: (bytes) => onEvent({ event: "bytes", file: file.name, bytes }),
    });
  } catch (error) {
    await part.keep();
    throw error;
  }
  onEvent({ event: "verify", file: file.name, bytes: file.bytes });
  try {
    const verified = await verify(part.path, file, http.signal);
    // Without a digest, what can be known is that the file hangs together.
    if (!verified && isModelGguf(file.name)) await readGgufHeader(part.path);
  } catch (error) {
    if (http.signal?.aborted === true) await part.keep();
    else await part.discard();
    throw error;
  }
  await part.finish();
  await rename(part.path, final);
}

function remoteReference(reference: string): Absent["parsed"] {
  const parsed = parseReference(reference);
  if (parsed.kind !== "packaged" && parsed.kind !== "path" && parsed.kind !== "server") return parsed;
  throw new BadInputError({
    en: `${printable(reference)} names no model on a hub. Give owner/name, modelscope:owner/name, ollama:name or an address.`,
    zh: `${printable(reference)} 不是网上的模型。请给出 owner/name、modelscope:owner/name、ollama:name 或网址。`,
  });
}

function destinationOf(parsed: Absent["parsed"], repository: Repository): Destination {
  return parsed.kind === "hugging face"
    ? huggingFaceDestination(huggingFaceCache(), repository, parsed.revision)
    : ownDestination(ownStore(), parsed, repository);
}

async function alreadyHere(
  reference: string,
  parsed: ParsedReference,
  quant: string | undefined,
): Promise<Pulled | undefined> {
  const wanted = quant !== undefined && "name" in parsed ? { ...parsed, choice: quant } : parsed;
  const [model, ...others] = await findLocal(wanted);
  if (model === undefined || others.length > 0) return undefined;
  const { store, path, bytes } = model;
  return { reference, store, path, commit: null, files: [], bytes, loadedBytes: 0 };
}

function pathOf({ folder }: Destination, files: readonly RemoteFile[]): string {
  const weights = files
    .filter(({ name }) => isModelGguf(name))
    .map(({ name }) => name)
    .sort()[0];
  return weights === undefined ? folder : join(folder, ...weights.split("/"));
}

async function requireSpace(root: string, neededBytes: number): Promise<void> {
  if (neededBytes <= 0) return;
  await mkdir(root, { recursive: true });
  const { bavail, bsize } = await statfs(root);
  const freeBytes = bavail * bsize;
  if (neededBytes + SPARE_BYTES > freeBytes)
    throw new NoSpaceError(root, neededBytes + SPARE_BYTES, freeBytes);
}

async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const coming = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of coming) {
      if (failed) return;
      await work(item);
    }
  };
  const outcomes = await Promise.allSettled(
    Array.from({ length: atOnce }, () =>
      worker().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  const rejected = outcomes.find((outcome) => outcome.status === "rejected");
  if (rejected !== undefined) throw rejected.reason;
}

function sizeOf(files: readonly RemoteFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
