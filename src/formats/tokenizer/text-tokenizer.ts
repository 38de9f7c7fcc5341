import type { Vocabulary } from "./vocabulary.ts";

/** Text to tokens and back, such that text never becomes a control token. */
export interface TextTokenizer {
  readonly vocabulary: Vocabulary;
  /** The ids of a text. Never a control token: `<|im_end|>` in a text stays ordinary text. */
  encode(text: string): readonly number[];
  /** The id of a control token, for the template alone. Throws BadInputError where there is none. */
  controlId(text: string): number;
  /** The bytes that a token writes, perhaps a part of a character. None for a control token. */
  bytes(id: number): Uint8Array;
  /** The text of ids. Control tokens have none; a character cut short becomes U+FFFD. */
  decode(ids: Iterable<number>): string;
}
