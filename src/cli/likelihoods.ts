import type { GenerationResult, LikelyToken } from "../model/generation.ts";
import { padded, percent } from "./layout.ts";
import { tokenText } from "./model-text.ts";
import type { Screen } from "./screen.ts";

const TOKEN_WIDTH = 18;

/** Each token of a text with its probability, and the likeliest there; no line where they were not asked for. */
export function likelihoodLines({ paint }: Screen, { tokens = [] }: GenerationResult): string[] {
  return tokens.map(({ top, ...token }) => {
    const others = top.map((one) => `${tokenText(one.text)} ${chance(one)}`).join(paint.dim(" · "));
    return `${padded(tokenText(token.text), TOKEN_WIDTH)}${chance(token).padStart(6)}  ${others}`.trimEnd();
  });
}

function chance({ logProbability }: LikelyToken): string {
  return percent(Math.exp(logProbability));
}
