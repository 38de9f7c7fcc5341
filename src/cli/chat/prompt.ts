import { createInterface, type Interface } from "node:readline";
import { EXIT } from "../../errors.ts";
import type { Context } from "../context.ts";
import { BREAK, type Keyboard, markPastes } from "./keyboard.ts";
import { completeSlash } from "./slash.ts";

/** Where a person types messages: with history, several lines a message, and Ctrl-C for the reply. */
export class Prompt {
  /** Whether it was left by Ctrl-C. */
  isInterrupted = false;
  /** Whether the draft of the last message was emptied by Ctrl-C. */
  isDropped = false;
  readonly #context: Context;
  readonly #keyboard: Keyboard;
  readonly #lines: Interface;
  /** The lines of a message that goes on. */
  #begun: string[] = [];
  /** Messages that were sent before they were asked for. */
  readonly #sent: string[] = [];
  #isClosed = false;
  #isWarned = false;
  #wake: () => void = () => {};

  /** @param history what was said before, the latest last */
  constructor(context: Context, keyboard: Keyboard, history: readonly string[]) {
    this.#context = context;
    this.#keyboard = keyboard;
    this.#lines = createInterface({
      input: keyboard,
      output: process.stderr,
      terminal: process.stderr.isTTY === true,
      history: history.map(editable).reverse(),
      removeHistoryDuplicates: true,
      completer: completeSlash,
    });
    this.#lines.on("line", (line) => this.#take(line));
    // A message of several lines is one in the history, too.
    this.#lines.on("history", (history: string[]) => {
      const [line = ""] = history;
      if (line.endsWith("\\")) history.shift();
      else if (this.#begun.length > 0) history[0] = editable([...this.#begun, line].join("\n"));
    });
    this.#lines.on("SIGINT", () => this.#interrupt());
    this.#lines.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** The next message, which begins with `draft`; undefined when the prompt was left. */
  async ask(draft = ""): Promise<string | undefined> {
    if (this.#sent.length === 0 && !this.#isClosed) {
      this.isDropped = false;
      this.#show("› ");
      // What was typed during the reply appears behind the sign.
      this.#keyboard.release();
      if (draft !== "") this.#lines.write(editable(draft));
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#sent.shift();
  }

  /** Runs what writes a reply. Ctrl-C stops it, a second one leaves when it has stopped, a third one at once. */
  async replying(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const stopping = new AbortController();
    this.#keyboard.hold(() => {
      if (this.isInterrupted) {
        process.stderr.write(markPastes(false));
        process.exit(EXIT.interrupted);
      }
      if (stopping.signal.aborted) this.isInterrupted = true;
      stopping.abort();
    });
    try {
      await work(stopping.signal);
    } finally {
      if (this.isInterrupted) this.close();
    }
  }

  close(): void {
    if (!this.#isClosed) this.#lines.close();
  }

  #show(sign: string): void {
    this.#lines.setPrompt(this.#context.err.paint.bold(sign));
    this.#lines.prompt();
  }

  #take(line: string): void {
    this.#isWarned = false;
    if (line.endsWith("\\")) {
      this.#begun.push(line.slice(0, -1));
      this.#show("… ");
      return;
    }
    this.#sent.push([...this.#begun, line].join("\n").replaceAll(BREAK, "\n"));
    this.#begun = [];
    this.#wake();
  }

  #interrupt(): void {
    const { err, say } = this.#context;
    if (this.#lines.line !== "" || this.#begun.length > 0) {
      this.#begun = [];
      this.isDropped = true;
      this.#lines.write(null, { ctrl: true, name: "e" });
      this.#lines.write(null, { ctrl: true, name: "u" });
      err.line();
      this.#show("› ");
    } else if (this.#isWarned) {
      this.isInterrupted = true;
      this.close();
    } else {
      this.#isWarned = true;
      err.line();
      err.line(err.paint.dim(say({ en: "Ctrl-C again leaves.", zh: "再按一次 Ctrl-C 退出。" })));
      this.#show("› ");
    }
  }
}

/** A message as it stands in the line that is edited. */
function editable(text: string): string {
  return text.replace(/\r?\n/g, BREAK).replace(/\p{Cc}/gu, " ");
}
