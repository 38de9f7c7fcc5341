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
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every error that basewise raises on purpose: the facts in fields, and one sentence made of them that names the
 * thing and the remedy, in both languages. `message` is the English sentence.
 */
export abstract class BasewiseError extends Error {
  abstract override readonly name: string;
  abstract readonly exitCode: ExitCode;
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
  readonly reference: string;

  constructor(reference: string, text: Text, options?: ErrorOptions) {
    super(text, options);
    this.reference = reference;
  }
}
