import type { Drafter } from "./prompt-lookup.ts";

const FIRST = 4;
const LEAST = 2;
/** Longer batches cost more than a guess can gain. */
const MOST = 16;

/** How far a drafter is trusted: further where its guesses were right, less far where they were wrong. */
export class Draft {
  readonly #drafter: Drafter;
  #length = FIRST;
  #open = 0;
  #confirmed = 0;

  constructor(drafter: Drafter) {
    this.#drafter = drafter;
  }

  /** The guess of what comes after the tokens, at most so many. */
  next(tokens: readonly number[], most: number): readonly number[] {
    if (this.#open > 0) {
      const isRight = this.#confirmed === this.#open;
      this.#length = isRight ? Math.min(MOST, 2 * this.#length) : Math.max(LEAST, this.#confirmed + 1);
    }
    const guess = this.#drafter.propose(tokens, Math.min(most, this.#length));
    this.#open = guess.length;
    this.#confirmed = 0;
    return guess;
  }

  /** One token of the guess was right. */
  confirm(): void {
    this.#confirmed++;
  }
}
