import { Transform, type TransformCallback } from "node:stream";
import type { ReadStream } from "node:tty";

/** How a line break within a message looks while it is typed: the editor of the line knows single lines only. */
export const BREAK = "␤";

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";
/** Alt-Enter, as terminals send it. */
const ALT_ENTER = ["\x1b\r", "\x1b\n"];
const INTERRUPT = "\x03";

/** Asks the terminal to mark what is pasted, or to stop. */
export const markPastes = (on: boolean): string => `\x1b[?2004${on ? "h" : "l"}`;

/**
 * The keyboard before the editor of the line: line breaks that are pasted or come by Alt-Enter do not send the message,
 * and what is typed during a reply waits until it has ended.
 */
export class Keyboard extends Transform {
  readonly isTTY = true;
  readonly #stream: ReadStream;
  #onInterrupt: (() => void) | undefined;
  #held = "";
  #isPasting = false;
  #rest = "";

  constructor(stream: ReadStream) {
    super({ decodeStrings: false, encoding: "utf8" });
    this.#stream = stream;
    stream.setEncoding("utf8").pipe(this);
  }

  /** What the editor of the line calls to have every key at once. */
  setRawMode(isRaw: boolean): this {
    this.#stream.setRawMode(isRaw);
    return this;
  }

  /** Holds back what is typed; Ctrl-C is told. */
  hold(onInterrupt: () => void): void {
    this.#onInterrupt = onInterrupt;
  }

  /** Gives on what was held back, as if it were typed now. */
  release(): void {
    this.#onInterrupt = undefined;
    const held = this.#held;
    this.#held = "";
    if (held !== "") this.push(held);
  }

  /** Lets the program end. */
  close(): void {
    this.#stream.unpipe(this);
    this.#stream.pause();
    this.destroy();
  }

  override _transform(chunk: string, _: BufferEncoding, done: TransformCallback): void {
    const typed = this.#withBreaks(this.#rest + chunk);
    if (this.#onInterrupt === undefined) done(null, typed);
    else {
      // What was typed before Ctrl-C is given up with the reply.
      const at = typed.lastIndexOf(INTERRUPT);
      this.#held = at === -1 ? this.#held + typed : typed.slice(at + 1);
      if (at !== -1) this.#onInterrupt();
      done();
    }
  }

  #withBreaks(text: string): string {
    let result = "";
    let rest = text;
    this.#rest = "";
    for (;;) {
      const mark = this.#isPasting ? PASTE_END : PASTE_START;
      const at = rest.indexOf(mark);
      // A mark may come in two pieces.
      const part = at === -1 ? beginningOf(mark, rest) : 0;
      const before = at === -1 ? rest.slice(0, rest.length - part) : rest.slice(0, at);
      result += this.#isPasting
        ? before
            .replace(/\r\n?|\n/g, BREAK)
            .replace(/\t/g, "  ")
            .replace(/\p{Cc}/gu, "")
        : ALT_ENTER.reduce((text, keys) => text.replaceAll(keys, BREAK), before);
      if (at === -1) {
        this.#rest = rest.slice(rest.length - part);
        return result;
      }
      this.#isPasting = !this.#isPasting;
      rest = rest.slice(at + mark.length);
    }
  }
}

/** How many characters at the end of a text begin the mark; a lone Escape is a key. */
function beginningOf(mark: string, text: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 1; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
