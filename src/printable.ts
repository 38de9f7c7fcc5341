const LONGEST = 120;

/**
 * Text from a file or a stranger, made safe to put in a sentence: control characters (which could steer a terminal)
 * become spaces, and what is longer than `longest` characters is cut.
 */
export function printable(text: string, longest: number = LONGEST): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return clean.length <= longest ? clean : `${clean.slice(0, longest)}…`;
}
