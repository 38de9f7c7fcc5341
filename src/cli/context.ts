import { type Language, languageOf, type Text } from "../language.ts";
import { type Screen, screenOf } from "./screen.ts";

/** What every command is given: where to write, and how. */
export interface Context {
  readonly language: Language;
  /** Whether results are JSON. */
  readonly json: boolean;
  /** Results. */
  readonly out: Screen;
  /** Progress, logs and errors. */
  readonly err: Screen;
  /** A text in the language of this run. */
  readonly say: (text: Text) => string;
}

export function contextOf(language: Language, json: boolean): Context {
  return {
    language,
    json,
    out: screenOf(process.stdout, process.env),
    err: screenOf(process.stderr, process.env),
    say: (text) => text[language],
  };
}

/** The language of this machine: what its locale variables say, else what the operating system says. */
export function machineLanguage(): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  if (LC_ALL || LC_MESSAGES || LANG) return languageOf(process.env);
  return languageOf({ LANG: Intl.DateTimeFormat().resolvedOptions().locale });
}
