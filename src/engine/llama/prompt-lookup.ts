/** Guesses the tokens that come next. */
export interface Drafter {
  /** At most so many tokens that may follow; none where there is no good guess. */
  propose(tokens: readonly number[], most: number): readonly number[];
}

/** How many tokens must be the same for what followed them to be a guess. */
const MATCH = 3;

/**
 * Guesses what followed the last tokens the last time that they were there: right where a text repeats or copies, free
 * where it does not. Source: Saxena 2023, "Prompt Lookup Decoding".
 */
export class PromptLookup implements Drafter {
  /** Where what follows each run of tokens begins, the last time that it was there. */
  readonly #following = new Map<string, number>();
  #indexed = MATCH - 1;

  /** @param tokens what it was given before, with more behind it. */
  propose(tokens: readonly number[], most: number): readonly number[] {
    // All runs but the last one, which is to be found.
    for (; this.#indexed < tokens.length - 1; this.#indexed++) {
      this.#following.set(runBefore(tokens, this.#indexed + 1), this.#indexed + 1);
    }
    const start = tokens.length < MATCH ? undefined : this.#following.get(runBefore(tokens, tokens.length));
    if (start === undefined) return [];
    const guess: number[] = [];
    while (guess.length < most) {
      const at = start + guess.length;
      // Behind the end of the text, the guess itself goes on: a text that repeats itself does so again.
      const token = at < tokens.length ? tokens[at] : guess[at - tokens.length];
      if (token === undefined) break;
      guess.push(token);
    }
    return guess;
  }
}

function runBefore(tokens: readonly number[], end: number): string {
  return tokens.slice(end - MATCH, end).join();
}
