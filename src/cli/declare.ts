import { type Command, Option } from "commander";
import type { Text } from "../language.ts";
import type { Context } from "./context.ts";

/**
 * Declares one command: its arguments, options and help. What the command does is imported only when it runs, so
 * that help is quick.
 */
export type Declaration = (declare: Declare) => void;

/** What a declaration is made with. */
export interface Declare {
  readonly context: Context;
  readonly say: Context["say"];
  /** A command of the program, so far without arguments and options. */
  readonly command: (name: string, description: Text) => Command;
  readonly option: (flags: string, description: Text) => Option;
  /** Takes the exit code of a command that has run. */
  readonly finish: (exitCode: number) => void;
}

/** How commands join `program`. */
export function declareFor(program: Command, context: Context, finish: Declare["finish"]): Declare {
  const { say } = context;
  return {
    context,
    say,
    command: (name, description) => program.command(name).description(say(description)),
    option: (flags, description) => new Option(flags, say(description)),
    finish,
  };
}
