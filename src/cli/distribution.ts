import { bar, padded, percent } from "./layout.ts";
import { tokenText } from "./model-text.ts";
import type { Screen } from "./screen.ts";

/** A token that may come next. */
export interface Candidate {
  readonly text: string;
  readonly probability: number;
  /** Whether generation ends on it. */
  readonly isEnd: boolean;
}

const TOKEN_WIDTH = 18;
/** Colour alone is not seen in a log, nor by everybody. */
export const END_MARK = "■";
const PERCENT_WIDTH = 8;
const LONGEST_BAR = 40;

/** Candidates as lines with bars; those that end the text are marked. */
export function distributionLines(screen: Screen, candidates: readonly Candidate[], width: number): string[] {
  const { paint } = screen;
  const room = Math.min(LONGEST_BAR, Math.max(8, width - TOKEN_WIDTH - PERCENT_WIDTH));
  return candidates.map(({ text, probability, isEnd }) => {
    const colour = isEnd ? paint.green : paint.yellow;
    const token = padded(`${isEnd ? END_MARK : " "} ${tokenText(text)}`, TOKEN_WIDTH);
    return `${isEnd ? paint.green(token) : token}${percent(probability).padStart(PERCENT_WIDTH - 2)}  ${colour(bar(probability, room))}`;
  });
}
