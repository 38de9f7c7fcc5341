import { LANGUAGES, type Language, type Text } from "../language.ts";

/** One JSON document as a line, with every text in one language. */
export function jsonLine(value: unknown, language: Language): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isText(inner) ? inner[language] : inner));
}

function isText(value: unknown): value is Text {
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  return (
    entries.length === LANGUAGES.length &&
    entries.every(([key, said]) => typeof said === "string" && LANGUAGES.some((language) => language === key))
  );
}
