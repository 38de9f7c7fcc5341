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

/** Puts thoughts that a server keeps in a field of their own back where the model wrote them. */
export class Thoughts {
  #isOpen = false;

  piece(thought: string, content: string): string {
    let piece = "";
    if (thought !== "") {
      piece += this.#isOpen ? thought : `<think>\n${thought}`;
      this.#isOpen = true;
    }
    if (content !== "") piece += this.end() + content;
    return piece;
  }

  /** Closes an open thought. */
  end(): string {
    if (!this.#isOpen) return "";
    this.#isOpen = false;
    return "\n</think>\n\n";
  }
}
