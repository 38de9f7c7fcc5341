const LONGEST = 120;

/**
 * Text from a file or a stranger, made safe to put in a sentence: control characters (which could steer a terminal)
 * become spaces, and what is longer than 120 characters is cut.
 */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST)}…`;
}
