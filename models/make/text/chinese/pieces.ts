import type { Piece } from "../scene.ts";
import { EXERCISES } from "./exercises.ts";
import { FACTS } from "./facts.ts";
import { MACHINES } from "./machines.ts";
import { SAFETY } from "./safety.ts";
import { STORIES } from "./stories.ts";
import { WORD_GAMES } from "./words.ts";

/** The shelves of Chinese pieces, each with its share of a document. */
export const CHINESE: readonly { readonly pieces: readonly Piece[]; readonly share: number }[] = [
  { pieces: STORIES, share: 0.35 },
  { pieces: FACTS, share: 0.2 },
  { pieces: WORD_GAMES, share: 0.12 },
  { pieces: EXERCISES, share: 0.14 },
  { pieces: SAFETY, share: 0.13 },
  { pieces: MACHINES, share: 0.07 },
];
