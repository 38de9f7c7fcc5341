import type { Text } from "./language.ts";

/** What a process exits with; scripts depend on these numbers. */
export const EXIT = {
  done: 0,
  failed: 1,
  badInput: 2,
  unsuited: 3,
  notFound: 4,
  stoppedByGuard: 5,
  interrupted: 130,
} as const;
/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every error that basewise raises on purpose: the facts in fields, and one sentence made of them that names the
 * thing and the remedy, in both languages. `message` is the English sentence.
 */
export abstract class BasewiseError extends Error {
  /** The name of its class, which `switch` may rely on. */
  abstract override readonly name: string;
  /** What a program that meets it exits with. */
  abstract readonly exitCode: ExitCode;
  /** The sentence in both languages. */
  readonly text: Text;

  constructor(text: Text, options?: ErrorOptions) {
    super(text.en, options);
    this.text = text;
  }
}

/** A file that is missing, cut short, of another kind, or that contradicts itself. */
export class BadFileError extends BasewiseError {
  override readonly name = "BadFileError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The file or folder. */
  readonly path: string;

  constructor(path: string, text: Text, options?: ErrorOptions) {
    super(text, options);
    this.path = path;
  }
}

/** A value the caller gave (an option, a prompt, a recipe field) that cannot be used. */
export class BadInputError extends BasewiseError {
  override readonly name = "BadInputError";
  readonly exitCode: ExitCode = EXIT.badInput;
}

/** A reference that leads to no model on this machine. */
export class NotFoundError extends BasewiseError {
  override readonly name = "NotFoundError";
  readonly exitCode: ExitCode = EXIT.notFound;
  /** What was looked for. */
  readonly reference: string;

  constructor(reference: string, text: Text, options?: ErrorOptions) {
    super(text, options);
    this.reference = reference;
  }
}
