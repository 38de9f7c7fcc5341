/** How fast pieces came: a server that tells no speed is measured from here, the network included. */
export class Pace {
  #first: number | undefined;
  #last = 0;

  came(): void {
    this.#last = performance.now();
    this.#first ??= this.#last;
  }

  /** Tokens after the first, over the time they took to arrive; undefined where the server counts no tokens. */
  tokensPerSecond(tokens: number | undefined): number | undefined {
    if (tokens === undefined) return undefined;
    const seconds = (this.#last - (this.#first ?? this.#last)) / 1000;
    return seconds > 0 && tokens > 1 ? (tokens - 1) / seconds : 0;
  }
}
