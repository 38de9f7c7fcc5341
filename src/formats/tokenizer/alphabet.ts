/**
 * The byte alphabet of GPT-2: a printable character for each byte, so that any bytes can be written as a JSON string.
 * Printable Latin-1 stands for itself; the other 68 bytes take the characters from U+0100 on, in byte order.
 * Source: `bytes_to_unicode` in openai/gpt-2, src/encoder.py.
 */
export const BYTE_ALPHABET: readonly string[] = byteAlphabet();

const BYTES: ReadonlyMap<string, number> = new Map(BYTE_ALPHABET.map((character, byte) => [character, byte]));

/** The bytes that a token spells; undefined where a character is not of the byte alphabet. */
export function bytesOf(token: string): number[] | undefined {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTES.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

function byteAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

function isPrintable(byte: number): boolean {
  // U+00AD, the soft hyphen, is the one invisible character between ¡ and ÿ.
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
}
