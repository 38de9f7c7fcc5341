import { cutShort } from "./problems.ts";

/** Thrown when the part of the file read so far ends before the header does; the reader then reads a larger part. */
export class NeedMoreBytes extends Error {}

const decoder = new TextDecoder();

/**
 * Walks the first bytes of a file, little-endian, and never past their end: what lies beyond the file is a
 * `BadFileError`, what lies beyond the part read so far is `NeedMoreBytes`.
 */
export class Cursor {
  position = 0;
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly #view: DataView;
  readonly #fileBytes: number;

  /** `bytes` are the first bytes of the file at `path`; `fileBytes` is the size of the whole file. */
  constructor(path: string, bytes: Uint8Array, fileBytes: number) {
    this.path = path;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileBytes = fileBytes;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An unsigned 64-bit count or length; a value beyond 2^53 comes out rounded, so it still fails every limit. */
  count(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
  }

  text(byteLength: number): string {
    const at = this.#take(byteLength);
    return decoder.decode(this.bytes.subarray(at, at + byteLength));
  }

  skip(byteLength: number): void {
    this.#take(byteLength);
  }

  /** Checks that this many more bytes are there, without moving. */
  require(byteLength: number): void {
    const end = this.position + byteLength;
    if (end > this.#fileBytes) throw cutShort(this.path, end, this.#fileBytes);
    if (end > this.bytes.length) throw new NeedMoreBytes();
  }

  #take(byteLength: number): number {
    this.require(byteLength);
    const at = this.position;
    this.position += byteLength;
    return at;
  }
}
