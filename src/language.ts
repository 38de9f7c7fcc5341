/** The languages basewise speaks. */
export const LANGUAGES = ["en", "zh"] as const;
/** One of `LANGUAGES`. */
export type Language = (typeof LANGUAGES)[number];

/** One sentence in every language basewise speaks; a missing language does not compile. */
export type Text = Readonly<Record<Language, string>>;

/** The language of a POSIX locale, from the variables in the order POSIX gives them; English where none says Chinese. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || "";
  return /^zh/i.test(locale) ? "zh" : "en";
}
