import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from "@photostructure/sqlite";
import { z } from "zod";
import { StoreError, type StoreProblem } from "./errors.ts";
import { APPLICATION_ID, STEPS } from "./schema.ts";

/** How long a process waits for another one's write. */
const BUSY_MILLISECONDS = 10_000;

/** What a statement takes. */
export type Value = string | number | null | Uint8Array;

/**
 * The SQLite file of the store. Readers and one writer at a time go side by side (write-ahead log), and what a
 * transaction wrote is on the disk when it ends (`synchronous = FULL`), so that neither a killed program nor a power cut
 * loses it. Deleted content is overwritten. Throws StoreError.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #db: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();

  constructor(path: string) {
    this.path = path;
    this.#db = this.#safely(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      createPrivately(path);
      return new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
    });
    try {
      this.#safely(() => this.#prepareFile());
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** The rows that a query finds, each of which must be what `row` says. */
  all<Row extends z.ZodType>(row: Row, sql: string, ...values: Value[]): z.infer<Row>[] {
    return this.#safely(() => z.array(row).parse(this.#statement(sql).all(...values)));
  }

  /** The first row that a query finds. */
  first<Row extends z.ZodType>(row: Row, sql: string, ...values: Value[]): z.infer<Row> | undefined {
    return this.all(row, sql, ...values)[0];
  }

  /** Runs a statement that changes something; gives the id of what it added and how many rows it changed. */
  run(sql: string, ...values: Value[]): { readonly id: number; readonly changes: number } {
    return this.#safely(() => {
      const { lastInsertRowid, changes } = this.#statement(sql).run(...values);
      return { id: Number(lastInsertRowid), changes: Number(changes) };
    });
  }

  /** All that the work writes is there when it ends, or nothing of it if it throws. */
  transaction<Result>(work: () => Result): Result {
    this.#exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk has ended the transaction already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Writes the log into the file and empties it, so that what was deleted stands in neither. */
  emptyLog(): void {
    this.#exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    // The library lets the file go only when its statements are collected, so the log is emptied here.
    try {
      this.emptyLog();
    } catch {} // what is in the log is safe there
    this.#statements.clear();
    this.#db.close();
  }

  #prepareFile(): void {
    this.#requireOurs();
    this.#startLog();
    this.#db.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
    if (this.#number("user_version") === STEPS.length) return;
    this.transaction(() => {
      // Another process may have done it since.
      for (const step of STEPS.slice(this.#number("user_version"))) this.#db.exec(step);
      this.#db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length}`);
    });
  }

  #requireOurs(): void {
    const version = this.#number("user_version");
    const isNew =
      version === 0 && this.#db.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() === undefined;
    if (!isNew && this.#number("application_id") !== APPLICATION_ID)
      throw new StoreError(this.path, "foreign");
    if (version > STEPS.length) {
      throw new StoreError(this.path, "newer", `${version} > ${STEPS.length}`);
    }
  }

  /** SQLite does not wait by itself where several processes start the log of a new file at once. */
  #startLog(): void {
    for (const end = Date.now() + BUSY_MILLISECONDS; ; ) {
      try {
        this.#db.exec("PRAGMA journal_mode = WAL");
        return;
      } catch (error) {
        if (problemOf(error) !== "busy" || Date.now() > end) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }
    }
  }

  #number(pragma: string): number {
    return Number(z.record(z.string(), z.number()).parse(this.#db.prepare(`PRAGMA ${pragma}`).get())[pragma]);
  }

  #exec(sql: string): void {
    this.#safely(() => this.#db.exec(sql));
  }

  #statement(sql: string): StatementSyncInstance {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #safely<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      throw new StoreError(this.path, problem, reasonOf(error), { cause: error });
    }
  }
}

/**
 * Conversations are nobody else's business. A file that is there is not even opened: closing it would end the locks that
 * another connection of this process holds on it.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** A text as the file can hold it: no halves of characters, and no NUL, which would end it. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** What a failure says of the file; undefined where it says nothing of it. */
function problemOf(error: unknown): StoreProblem | undefined {
  if (error instanceof z.ZodError) return "damaged";
  if (!(error instanceof Error) || error instanceof StoreError) return undefined;
  if ("code" in error && error.code === "ENOSPC") return "full";
  // Of the functions of node:fs.
  if ("syscall" in error) return "unwritable";
  if (!("code" in error) || error.code !== "ERR_SQLITE_ERROR") return undefined;
  // What a part of SQLite says in its own words, it also says by a result code.
  const words = "errstr" in error ? `${error.message} ${String(error.errstr)}` : error.message;
  return MESSAGES.find(([, pattern]) => pattern.test(words))?.[0];
}

/** The texts of SQLite's result codes; the library does not always give the code itself. */
const MESSAGES: readonly (readonly [StoreProblem, RegExp])[] = [
  ["busy", /\b(locked|busy)\b/],
  ["damaged", /malformed|not a database/],
  ["full", /disk is full/],
  ["unwritable", /readonly|unable to open|access permission|disk I\/O error/],
];

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
