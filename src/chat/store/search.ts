/** A word to look for, as a condition on a turn `t`. */
export interface Term {
  readonly text: string;
  readonly condition: string;
  readonly value: string;
}

/** The index knows pieces of three characters; anything shorter is looked for in the texts themselves. */
const INDEXED_LENGTH = 3;
const MAX_TERMS = 16;
const LONGEST_TERM = 200;
const EXCERPT = 60;

/** The words of a query. What stands in double quotes is one. */
export function termsOf(query: string): Term[] {
  const texts = [...query.normalize("NFC").matchAll(/"([^"]+)"|(\S+)/gu)].map(([, quoted, word]) =>
    (quoted ?? word ?? "").trim().slice(0, LONGEST_TERM),
  );
  return texts
    .filter((text) => text !== "")
    .slice(0, MAX_TERMS)
    .map((text) =>
      [...text].length >= INDEXED_LENGTH
        ? {
            text,
            condition: "t.id IN (SELECT rowid FROM turn_text WHERE turn_text MATCH ?)",
            value: `"${text.replaceAll('"', '""')}"`,
          }
        : {
            text,
            condition: "t.content LIKE ? ESCAPE '\\'",
            value: `%${text.replace(/[\\%_]/g, "\\$&")}%`,
          },
    );
}

/** What stands around the first place where one of the words stands, on one line. */
export function excerptOf(content: string, terms: readonly Term[]): string {
  const lower = content.toLowerCase();
  const places = terms.map(({ text }) => lower.indexOf(text.toLowerCase())).filter((at) => at !== -1);
  const at = places.length === 0 ? 0 : Math.min(...places);
  const start = Math.max(0, at - EXCERPT / 2);
  const cut = content.slice(start, at + EXCERPT).toWellFormed();
  const line = cut.replace(/\s+/gu, " ").trim();
  return `${start > 0 ? "…" : ""}${line}${at + EXCERPT < content.length ? "…" : ""}`;
}
