/**
 * Turns UTF-8 bytes into text as they come: a character whose last bytes are still missing is held back, since a token
 * often ends inside one. Bytes that can never become a character give U+FFFD; a byte order mark is kept.
 */
export class Utf8Stream {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The text that is complete by now. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What was still held back: nothing, or U+FFFD for a character that was never finished. Ready for a new text. */
  end(): string {
    return this.#decoder.decode();
  }
}
