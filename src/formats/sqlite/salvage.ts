import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

/** A value of a row as SQLite keeps it. A column that stands for the row's id holds null. */
export type SqliteValue = null | number | string | Uint8Array;

/** A row of some table: which one, its page does not tell. */
export interface SalvagedRow {
  readonly id: number;
  readonly values: readonly SqliteValue[];
}

const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const USUAL_PAGE_SIZE = 4096;
/** The first page begins with the header of the file. */
const HEADER = 100;
/** The kind of page that holds rows. */
const TABLE_LEAF = 0x0d;
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const MOST_COLUMNS = 64;
/** Longer rows are none of ours. */
const LONGEST_ROW = 64 * 2 ** 20;

/**
 * The rows that stand in the pages of a damaged SQLite file and its write-ahead log, table by page and in no order: every
 * page that holds rows is read by itself, whatever became of those that lead to it. What does not look like a row is passed
 * over. Source: "Database File Format" of sqlite.org, sections 1.3, 1.6, 2.1 and 4.
 */
export function* salvagedRows(path: string): Generator<SalvagedRow> {
  const file = openSync(path, "r");
  const log = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, "r") : undefined;
  try {
    const pages = new Pages(file, log);
    for (let number = 1; number <= pages.count; number++) yield* rowsOf(pages, number);
  } finally {
    closeSync(file);
    if (log !== undefined) closeSync(log);
  }
}

/** The pages as they were last written: from the log where it has them. */
class Pages {
  readonly size: number;
  readonly count: number;
  /** Bytes of a page that hold content. */
  readonly usable: number;
  readonly #file: number;
  readonly #log: number | undefined;
  /** Where in the log the newest copy of a page stands. */
  readonly #logged = new Map<number, number>();

  constructor(file: number, log: number | undefined) {
    this.#file = file;
    this.#log = log;
    const header = read(file, 0, HEADER);
    const told = header.length < HEADER ? 0 : header.readUInt16BE(16);
    const size = told === 1 ? 65536 : told;
    const hasHeader = header.toString("latin1", 0, 15) === "SQLite format 3" && PAGE_SIZES.includes(size);
    this.size = hasHeader ? size : USUAL_PAGE_SIZE;
    this.usable = this.size - (hasHeader ? (header[20] ?? 0) : 0);
    this.#readLog();
    const whole = Math.floor(fstatSync(file).size / this.size);
    this.count = Math.max(whole, ...this.#logged.keys());
  }

  get(number: number): Buffer | undefined {
    const logged = this.#logged.get(number);
    const bytes =
      logged !== undefined && this.#log !== undefined
        ? read(this.#log, logged, this.size)
        : read(this.#file, (number - 1) * this.size, this.size);
    return bytes.length === this.size ? bytes : undefined;
  }

  /** Of the frames of the last writer, those up to the last one that ends a transaction count. */
  #readLog(): void {
    if (this.#log === undefined) return;
    const header = read(this.#log, 0, WAL_HEADER);
    if (header.length < WAL_HEADER || header.readUInt32BE(8) !== this.size) return;
    const salts = header.subarray(16, 24);
    const begun = new Map<number, number>();
    for (let at = WAL_HEADER; ; at += FRAME_HEADER + this.size) {
      const frame = read(this.#log, at, FRAME_HEADER);
      if (frame.length < FRAME_HEADER || !frame.subarray(8, 16).equals(salts)) return;
      begun.set(frame.readUInt32BE(0), at + FRAME_HEADER);
      if (frame.readUInt32BE(4) === 0) continue;
      for (const [number, place] of begun) this.#logged.set(number, place);
      begun.clear();
    }
  }
}

function* rowsOf(pages: Pages, number: number): Generator<SalvagedRow> {
  const page = pages.get(number);
  const start = number === 1 ? HEADER : 0;
  if (page?.[start] !== TABLE_LEAF) return;
  const cells = page.readUInt16BE(start + 3);
  for (let i = 0; i < cells && start + 10 + 2 * i <= page.length; i++) {
    const row = rowAt(pages, page, page.readUInt16BE(start + 8 + 2 * i));
    if (row !== undefined) yield row;
  }
}

/** The row at a place of a page; undefined where none stands there, or a part of it is lost. */
function rowAt(pages: Pages, page: Buffer, at: number): SalvagedRow | undefined {
  try {
    const length = integerAt(page, at);
    const id = integerAt(page, length.end);
    if (length.value < 1 || length.value > LONGEST_ROW) return undefined;
    return { id: id.value, values: valuesOf(payload(pages, page, id.end, length.value)) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a row holds: the beginning in its page, the rest in a chain of others. */
function payload(pages: Pages, page: Buffer, at: number, length: number): Buffer {
  const { usable } = pages;
  const most = usable - 35;
  if (length <= most) return part(page, at, length);
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((length - least) % (usable - 4));
  const here = wanted <= most ? wanted : least;
  const parts = [part(page, at, here)];
  let left = length - here;
  let next = part(page, at + here, 4).readUInt32BE(0);
  while (left > 0) {
    const more = next === 0 ? undefined : pages.get(next);
    if (more === undefined) throw new RangeError("a page is lost");
    const taken = Math.min(left, usable - 4);
    parts.push(part(more, 4, taken));
    left -= taken;
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function valuesOf(record: Buffer): SqliteValue[] {
  const head = integerAt(record, 0);
  const values: SqliteValue[] = [];
  let body = head.value;
  for (let at = head.end; at < head.value; ) {
    const type = integerAt(record, at);
    at = type.end;
    const { value, length } = valueAt(record, body, type.value);
    body += length;
    values.push(value);
    if (values.length > MOST_COLUMNS) throw new RangeError("no row of ours");
  }
  if (body !== record.length) throw new RangeError("no row");
  return values;
}

function valueAt(record: Buffer, at: number, type: number): { value: SqliteValue; length: number } {
  if (type === 0) return { value: null, length: 0 };
  if (type >= 1 && type <= 6) {
    const length = [1, 2, 3, 4, 6, 8][type - 1] ?? 8;
    const bytes = part(record, at, length);
    const value = length === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, length);
    return { value, length };
  }
  if (type === 7) return { value: part(record, at, 8).readDoubleBE(0), length: 8 };
  if (type === 8 || type === 9) return { value: type - 8, length: 0 };
  if (type < 12) throw new RangeError("no type");
  const length = Math.floor((type - 12) / 2);
  const bytes = part(record, at, length);
  return { value: type % 2 === 0 ? Uint8Array.from(bytes) : bytes.toString("utf8"), length };
}

/** A whole number of one to nine bytes, and where it ends. Throws RangeError where there is none. */
function integerAt(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes.readUInt8(at + i);
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  throw new RangeError("larger than any number of ours");
}

/** Throws RangeError where the bytes are not there. */
function part(bytes: Buffer, at: number, length: number): Buffer {
  if (at < 0 || at + length > bytes.length) throw new RangeError("beyond the page");
  return bytes.subarray(at, at + length);
}

function read(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
