import { HubError, NoRangesError } from "../remote/errors.ts";
import type { Credential, Http } from "../remote/http.ts";
import { rangeOf } from "../remote/remote-files.ts";
import type { RemoteFile } from "../remote/repository.ts";
import { CHUNK_BYTES, type PartFile } from "./part-file.ts";

/** Requests for ranges of one file at the same time. */
export const CONNECTIONS = 6;

export interface DownloadOptions {
  /** What the file belongs to, to be named in errors. */
  readonly what: string;
  readonly credential: Credential | undefined;
  /** Called for bytes that have arrived and are in the file. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Fills a part file from its host by ranges, several at a time; a range that breaks off goes on from where it broke,
 * a few times. A host that gives whole files only is read from the start. Throws what `rangeOf` throws.
 */
export async function download(
  http: Http,
  file: RemoteFile,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  try {
    await byRanges(http, file, part, options);
  } catch (error) {
    if (!(error instanceof NoRangesError)) throw error;
    options.onBytes(-part.filledBytes);
    await part.restart();
    await asWhole(http, file, part, options);
  }
}

async function byRanges(
  http: Http,
  file: RemoteFile,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  const numbers = part.filled.map((_, index) => index);
  const missing = numbers.filter((index) => (part.filled[index] ?? 0) < part.chunkBytes(index)).values();
  const stop = new AbortController();
  const place = new Place(file, options);
  const work = async (): Promise<void> => {
    for (const index of missing) {
      if (stop.signal.aborted) return;
      await fillChunk(http, place, part, index, options, stop.signal);
    }
  };
  const workers = Array.from({ length: CONNECTIONS }, () =>
    work().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  // All must have ended before the file is closed; the first failure is the one to tell.
  const failed = (await Promise.allSettled(workers)).find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Fills one chunk, each try going on from where the one before broke. */
async function fillChunk(
  http: Http,
  place: Place,
  part: PartFile,
  index: number,
  { onBytes }: DownloadOptions,
  stop: AbortSignal,
): Promise<void> {
  const whole = part.chunkBytes(index);
  await http.patiently(async () => {
    const held = part.filled[index] ?? 0;
    if (held === whole) return;
    for await (const bytes of place.range(http, index * CHUNK_BYTES + held, whole - held)) {
      await part.append(index, bytes);
      onBytes(bytes.length);
      if (stop.aborted) return;
    }
  });
}

/** Where ranges come from: the address, or once it has redirected, the place that it redirected to. */
class Place {
  readonly #file: RemoteFile;
  readonly #options: DownloadOptions;
  #direct: string | undefined;

  constructor(file: RemoteFile, options: DownloadOptions) {
    this.#file = file;
    this.#options = options;
  }

  async *range(http: Http, offset: number, length: number): AsyncGenerator<Uint8Array> {
    const { what, credential } = this.#options;
    const direct = this.#direct;
    const found = (url: URL): void => {
      if (url.host !== new URL(this.#file.address).host) this.#direct = url.href;
    };
    const file = direct === undefined ? this.#file : { ...this.#file, address: direct };
    try {
      yield* rangeOf(http, file, { what, credential }, offset, length, found);
    } catch (error) {
      const hasExpired = error instanceof HubError && (error.status === 401 || error.status === 403);
      if (direct === undefined || !hasExpired) throw error;
      // A signed address is good for a while only.
      this.#direct = undefined;
      yield* rangeOf(http, this.#file, { what, credential }, offset, length, found);
    }
  }
}

async function asWhole(
  http: Http,
  file: RemoteFile,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  const { what, credential, onBytes } = options;
  let at = 0;
  for await (const bytes of rangeOf(http, file, { what, credential }, 0, file.bytes)) {
    for (let from = 0; from < bytes.length; ) {
      const index = Math.floor(at / CHUNK_BYTES);
      const room = part.chunkBytes(index) - (part.filled[index] ?? 0);
      const piece = bytes.subarray(from, from + room);
      await part.append(index, piece);
      from += piece.length;
      at += piece.length;
    }
    onBytes(bytes.length);
  }
}
