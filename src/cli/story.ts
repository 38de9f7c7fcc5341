import type { Text } from "../language.ts";
import type { Context } from "./context.ts";
import { wrapped } from "./layout.ts";

/** Wider paragraphs are hard to read. */
const WIDEST = 92;

/** A story told in numbered steps. */
export class Story {
  readonly #context: Context;
  #step = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  title(text: Text): void {
    const { out } = this.#context;
    out.line(out.paint.bold("basewise"));
    this.say(text);
  }

  step(text: Text): void {
    const { out, say } = this.#context;
    this.#step++;
    const rule = "─".repeat(Math.min(WIDEST, out.width()) - 1);
    out.line();
    out.line(out.paint.dim(rule));
    out.line(out.paint.bold(out.paint.cyan(`${this.#step}  ${say(text)}`)));
  }

  /** A paragraph. */
  say(text: Text): void {
    const { out, say } = this.#context;
    out.line();
    for (const line of wrapped(say(text), Math.min(WIDEST, out.width()))) out.line(line);
  }

  /** What is said to a model, or by one. */
  quote(text: string): void {
    const { out } = this.#context;
    out.line();
    out.line(out.paint.magenta(`» ${text}`));
  }

  /** Commands as one would type them. */
  commands(...commands: readonly string[]): void {
    const { out } = this.#context;
    out.line();
    for (const command of commands) out.line(`${out.paint.dim("$")} ${out.paint.bold(command)}`);
  }

  /** A gap before what is shown next. */
  show(): void {
    this.#context.out.line();
  }
}
