#!/usr/bin/env node
import { CommanderError } from "commander";
import { EXIT } from "../errors.ts";
import { LANGUAGES } from "../language.ts";
import { contextOf, machineLanguage } from "./context.ts";
import { programOf } from "./program.ts";

const words = process.argv.slice(2);
// Everything that could reach for the network asks the environment, in this process and in those it starts.
if (optionWords().includes("--offline")) process.env.BASEWISE_OFFLINE = "1";
const context = contextOf(chosenLanguage() ?? machineLanguage(), optionWords().includes("--json"));

// A reader that has read enough (`| head`) closes the pipe; that is its right and no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed);
  });
}
process.on("SIGINT", () => {
  // A command that has something to keep listens too, and ends the process itself.
  if (process.listenerCount("SIGINT") === 1) process.exit(EXIT.interrupted);
});

try {
  const program = programOf(context, (exitCode) => {
    process.exitCode = exitCode;
  });
  const { operands, unknown } = program.parseOptions(words);
  const nothingAsked = operands.length === 0 && unknown.length === 0;
  await program.parseAsync(nothingAsked ? ["demo", ...words] : words, { from: "user" });
} catch (failure) {
  process.exitCode = await exitCodeOf(failure);
}

async function exitCodeOf(failure: unknown): Promise<number> {
  // Commander also throws once it has printed help or the version, which must be quick.
  if (failure instanceof CommanderError && failure.exitCode === 0) return EXIT.done;
  const { reportFailure } = await import("./failure.ts");
  if (!(failure instanceof CommanderError)) return reportFailure(context, failure);
  const { usageError } = await import("./usage.ts");
  return reportFailure(context, usageError(failure.message));
}

/** The words before `--`; after it everything is text. */
function optionWords(): string[] {
  const end = words.indexOf("--");
  return end === -1 ? words : words.slice(0, end);
}

/** The language is needed before the options are parsed, for the help of the options. */
function chosenLanguage(): (typeof LANGUAGES)[number] | undefined {
  const before = optionWords();
  const at = before.indexOf("--lang");
  const value = at === -1 ? before.find((word) => word.startsWith("--lang="))?.slice(7) : before[at + 1];
  return LANGUAGES.find((language) => language === value);
}
