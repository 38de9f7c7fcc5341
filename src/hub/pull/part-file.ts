import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isAlive } from "../../formats/partial-file.ts";
import type { RemoteFile } from "../remote/repository.ts";
import { BusyError } from "./errors.ts";

/** Large enough that a chunk's request costs little beside its bytes. */
export const CHUNK_BYTES = 16 * 2 ** 20;
const SAVE_EVERY_MS = 1000;

const stateSchema = z.object({
  bytes: z.number().int().nonnegative(),
  /** What makes the file the same one: its digest, or what else its host says. */
  identity: z.string(),
  chunkBytes: z.literal(CHUNK_BYTES),
  /** Bytes that each chunk holds from its start on. */
  filled: z.array(z.number().int().nonnegative().max(CHUNK_BYTES)),
});

/**
 * A file that is being downloaded: its bytes in `<final>.basewise.incomplete`, and which of them are there in
 * `….incomplete.json`, written about once a second, so that a process that was killed loses no more than that. The
 * names are not those of other programs, which would take the file to hold everything up to its end.
 */
export class PartFile {
  /** Bytes that each chunk holds from its start on. */
  readonly filled: number[];
  readonly path: string;
  readonly bytes: number;
  readonly #identity: string;
  readonly #handle: FileHandle;
  #savedAt = Date.now();
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, file: RemoteFile, handle: FileHandle, filled: number[]) {
    this.path = path;
    this.bytes = file.bytes;
    this.filled = filled;
    this.#identity = identityOf(file);
    this.#handle = handle;
  }

  /** How many bytes of a file an earlier download left behind. */
  static async kept(final: string, file: RemoteFile): Promise<number> {
    return sum((await stateOf(partPath(final), file)) ?? []);
  }

  /** Opens what an earlier download left behind, or a new file. Throws `BusyError` while another process has it. */
  static async open(final: string, file: RemoteFile): Promise<PartFile> {
    const path = partPath(final);
    await mkdir(dirname(path), { recursive: true });
    await takeLock(`${path}.lock`, path);
    try {
      const filled = (await stateOf(path, file)) ?? new Array<number>(chunksOf(file)).fill(0);
      const handle = await open(path, sum(filled) > 0 ? "r+" : "w+");
      await handle.truncate(file.bytes);
      return new PartFile(path, file, handle, filled);
    } catch (error) {
      await rm(`${path}.lock`, { force: true });
      throw error;
    }
  }

  get filledBytes(): number {
    return sum(this.filled);
  }

  /** How many bytes the chunk of this number has when it is whole. */
  chunkBytes(index: number): number {
    return Math.min(CHUNK_BYTES, this.bytes - index * CHUNK_BYTES);
  }

  /** Puts bytes at the end of what a chunk holds. */
  async append(index: number, bytes: Uint8Array): Promise<void> {
    const held = this.filled[index] ?? 0;
    let written = 0;
    while (written < bytes.length) {
      const at = index * CHUNK_BYTES + held + written;
      written += (await this.#handle.write(bytes, written, bytes.length - written, at)).bytesWritten;
    }
    this.filled[index] = held + bytes.length;
    if (Date.now() - this.#savedAt > SAVE_EVERY_MS) await this.save();
  }

  /** Forgets what is there. */
  async restart(): Promise<void> {
    this.filled.fill(0);
    await this.save();
  }

  /** Writes down what is there; called by several at once, one after the other. */
  async save(): Promise<void> {
    this.#savedAt = Date.now();
    const state: z.infer<typeof stateSchema> = {
      bytes: this.bytes,
      identity: this.#identity,
      chunkBytes: CHUNK_BYTES,
      filled: this.filled,
    };
    const text = JSON.stringify(state);
    this.#saving = this.#saving.then(async () => {
      await writeFile(`${this.path}.json.new`, text);
      await rename(`${this.path}.json.new`, `${this.path}.json`);
    });
    return this.#saving;
  }

  /** Keeps what is there for another time. */
  async keep(): Promise<void> {
    await this.save();
    await this.#close();
  }

  /** Gives the whole file over: the bytes stay under `path` for the caller to rename. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#saving;
    await this.#close();
    await rm(`${this.path}.json`, { force: true });
  }

  /** Removes everything. */
  async discard(): Promise<void> {
    await this.#saving;
    await this.#close();
    await rm(this.path, { force: true });
    await rm(`${this.path}.json`, { force: true });
  }

  async #close(): Promise<void> {
    await this.#handle.close();
    await rm(`${this.path}.lock`, { force: true });
  }
}

function partPath(final: string): string {
  return `${final}.basewise.incomplete`;
}

/** A file without a digest is the same one as long as its address, size and version are. */
function identityOf({ sha256, gitSha1, address, version }: RemoteFile): string {
  return sha256 ?? gitSha1 ?? `${address} ${version ?? ""}`;
}

function chunksOf({ bytes }: RemoteFile): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** What the chunks of a part file hold; undefined where there is none, or one of another file. */
async function stateOf(path: string, file: RemoteFile): Promise<number[] | undefined> {
  try {
    const { bytes, identity, filled } = stateSchema.parse(JSON.parse(await readFile(`${path}.json`, "utf8")));
    const { size } = await stat(path);
    const isSame = bytes === file.bytes && identity === identityOf(file);
    return isSame && size === bytes && filled.length === chunksOf(file) ? filled : undefined;
  } catch {
    return undefined;
  }
}

/** A lock whose process is gone is nobody's. */
async function takeLock(lock: string, path: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const owner = Number(await readFile(lock, "utf8").catch(() => ""));
    if (owner > 0 && isAlive(owner)) throw new BusyError(path, owner);
    await rm(lock, { force: true });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
