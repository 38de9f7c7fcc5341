import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SavedState, StateStore } from "./batcher.ts";
import type { Job } from "./job.ts";
import type { PromptCacheOptions } from "./options.ts";
import { commonLength } from "./sequences.ts";

const MOST_BYTES = 4 * 2 ** 30;
/** Fewer tokens are as quick to read again. */
const WORTH_SAVING = 64;
const MAGIC = "basewise prompt state 1\n";
const MOST_HEAD = 4096;
const MOST_TOKENS = 2 ** 24;

const headSchema = z.object({
  /** The model, library and plan that it belongs to. */
  belongsTo: z.string(),
  adapter: z.string(),
  tokens: z.int().min(1).max(MOST_TOKENS),
  stateBytes: z.int().min(1),
  /** SHA-256 of the tokens and the state. */
  digest: z.string(),
});

interface Entry {
  readonly path: string;
  readonly adapter: string;
  readonly tokens: readonly number[];
}

/**
 * What was read of long prompts, on disk: one file for each, written under another name first, with a digest, and read
 * back only where it belongs to the same model file, library and plan. A damaged or foreign file is left out (a damaged
 * one is removed); where the disk fails, prompts are just read again.
 */
export class PromptCache implements StateStore {
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #belongsTo: string;
  #entries: Entry[] = [];
  readonly #ready: Promise<void>;
  #writing: Promise<void> = Promise.resolve();

  /** @param belongsTo names the model, library and plan. */
  constructor({ folder, mostBytes = MOST_BYTES }: PromptCacheOptions, belongsTo: string) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#belongsTo = createHash("sha256").update(belongsTo).digest("hex");
    this.#ready = this.#list().catch(() => {});
  }

  async find(job: Job, held: number): Promise<SavedState | undefined> {
    await this.#ready;
    let best: Entry | undefined;
    let most = held + WORTH_SAVING - 1;
    for (const entry of this.#entries) {
      if (entry.adapter !== (job.adapter?.id ?? "") || entry.tokens.length > job.mostTokens) continue;
      const common = commonLength(entry.tokens, job.tokens, job.firstOutput);
      if (common > most) [best, most] = [entry, common];
    }
    return best === undefined ? undefined : this.#read(best);
  }

  save(
    tokens: readonly number[],
    adapter: { readonly id: string } | undefined,
    state: () => Uint8Array,
  ): void {
    const id = adapter?.id ?? "";
    const alike = this.#entries.filter((entry) => entry.adapter === id);
    if (tokens.length < WORTH_SAVING) return;
    if (alike.some((entry) => commonLength(entry.tokens, tokens, tokens.length) === tokens.length)) return;
    const entry = { path: this.#pathOf(tokens, id), adapter: id, tokens: [...tokens] };
    const superseded = alike.filter(
      (other) => commonLength(other.tokens, tokens, tokens.length) === other.tokens.length,
    );
    const bytes = this.#file(entry, state());
    this.#entries.push(entry);
    this.#writing = this.#writing
      .then(() => this.#write(entry, bytes, superseded))
      .catch(() => this.#drop(entry));
  }

  /** Waits until all that was to be saved is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #list(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#folder);
    for (const name of names.filter((one) => one.startsWith(this.#prefix) && one.endsWith(".state"))) {
      const path = join(this.#folder, name);
      const entry = await this.#headOf(path).catch(() => undefined);
      if (entry !== undefined) this.#entries.push(entry);
    }
  }

  async #headOf(path: string): Promise<Entry | undefined> {
    await using file = await open(path);
    const start = Buffer.alloc(MOST_HEAD);
    const { bytesRead } = await file.read(start, 0, MOST_HEAD, 0);
    const found = parseHead(start.subarray(0, bytesRead));
    if (found?.head.belongsTo !== this.#belongsTo) return undefined;
    const tokens = Buffer.alloc(4 * found.head.tokens);
    const read = await file.read(tokens, 0, tokens.length, found.length);
    if (read.bytesRead < tokens.length) return undefined;
    return { path, adapter: found.head.adapter, tokens: tokensIn(tokens) };
  }

  async #read(entry: Entry): Promise<SavedState | undefined> {
    await this.#writing;
    const bytes = await readFile(entry.path).catch(() => undefined);
    const found = bytes && parseHead(bytes);
    if (!bytes || found?.head.belongsTo !== this.#belongsTo) {
      await this.#drop(entry);
      return undefined;
    }
    const body = bytes.subarray(found.length);
    const { head } = found;
    const isWhole = body.length === 4 * head.tokens + head.stateBytes && digestOf(body) === head.digest;
    if (!isWhole) {
      await this.#drop(entry);
      return undefined;
    }
    const now = new Date();
    await utimes(entry.path, now, now).catch(() => {});
    return { tokens: tokensIn(body.subarray(0, 4 * head.tokens)), state: body.subarray(4 * head.tokens) };
  }

  #file({ adapter, tokens }: Entry, state: Uint8Array): readonly Uint8Array[] {
    const ids = Buffer.alloc(4 * tokens.length);
    for (const [i, token] of tokens.entries()) ids.writeInt32LE(token, 4 * i);
    const digest = createHash("sha256").update(ids).update(state).digest("hex");
    const head: z.infer<typeof headSchema> = {
      belongsTo: this.#belongsTo,
      adapter,
      tokens: tokens.length,
      stateBytes: state.length,
      digest,
    };
    return [Buffer.from(`${MAGIC}${JSON.stringify(head)}\n`), ids, state];
  }

  async #write(entry: Entry, parts: readonly Uint8Array[], superseded: readonly Entry[]): Promise<void> {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > this.#mostBytes) return this.#drop(entry);
    const part = `${entry.path}.${randomBytes(6).toString("hex")}.part`;
    try {
      await using file = await open(part, "wx", 0o600);
      for (const piece of parts) await file.writeFile(piece);
      await file.sync();
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await rename(part, entry.path);
    for (const old of superseded) await this.#drop(old);
    await this.#bound();
  }

  /** Removes the longest unused files until all together are small enough. */
  async #bound(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => /\.(state|part)$/.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        const found = await stat(path).catch(() => undefined); // another process may have removed it
        return { path, size: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
    );
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((one, other) => one.used - other.used)) {
      if (total <= this.#mostBytes) return;
      total -= size;
      await rm(path, { force: true });
      this.#entries = this.#entries.filter((entry) => entry.path !== path);
    }
  }

  async #drop(entry: Entry): Promise<void> {
    this.#entries = this.#entries.filter((other) => other !== entry);
    await rm(entry.path, { force: true }).catch(() => {});
  }

  get #prefix(): string {
    return `${this.#belongsTo.slice(0, 16)}-`;
  }

  #pathOf(tokens: readonly number[], adapter: string): string {
    const name = createHash("sha256")
      .update(`${adapter}\n${tokens.join(" ")}`)
      .digest("hex");
    return join(this.#folder, `${this.#prefix}${name.slice(0, 32)}.state`);
  }
}

function parseHead(bytes: Buffer): { head: z.infer<typeof headSchema>; length: number } | undefined {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  const end = bytes.indexOf("\n", MAGIC.length);
  if (end === -1 || end > MOST_HEAD) return undefined;
  try {
    const head = headSchema.parse(JSON.parse(bytes.toString("utf8", MAGIC.length, end)));
    return { head, length: end + 1 };
  } catch {
    return undefined; // not ours, or damaged
  }
}

function tokensIn(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
}

function digestOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
