import { spellingOf } from "../../formats/tokenizer/spelling.ts";
/** A token that a vocabulary holds beside its ordinary ones. */
export interface AddedToken {
  readonly id: number;
  readonly text: string;
  /** Whether the tokenizer itself keeps it out of text. */
  readonly isControl: boolean;
}

/**
 * Added tokens that have a structural meaning, such as `<think>` or `[TOOL_CALLS]`: in brackets and without spaces.
 * Others are only text that some vocabularies treat as one token, such as runs of spaces.
 */
const MARKUP = /^(<[^\s<>]+>|\[[^\s[\]]+\])$/;

/** Whether only a template may write the token: control tokens, and added ones that look like markup. */
export function isReserved({ text, isControl }: AddedToken): boolean {
  return isControl || MARKUP.test(text);
}

/**
 * Cuts text inside every spelling of the given tokens, after its first character, so that no piece spells one. The
 * library finds added tokens in any text, and some of its tokenizers also merge letters into a control token; only a
 * text that does not spell them is safe.
 */
export class PlainText {
  readonly #spelling: RegExp | undefined;

  /** @param texts what must not be found in a text; single characters are ordinary text. */
  constructor(texts: readonly string[]) {
    const longer = texts.filter((text) => [...text].length > 1);
    this.#spelling = longer.length === 0 ? undefined : new RegExp(spellingOf(longer), "u");
  }

  pieces(text: string): string[] {
    const pieces: string[] = [];
    let rest = text;
    for (let found = this.#search(rest); found !== -1; found = this.#search(rest)) {
      const cut = found + String.fromCodePoint(rest.codePointAt(found) ?? 0).length;
      pieces.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    return rest === "" ? pieces : [...pieces, rest];
  }

  #search(text: string): number {
    return this.#spelling === undefined ? -1 : text.search(this.#spelling);
  }
}
