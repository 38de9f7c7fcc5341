import type { Piece } from "../scene.ts";
import { EXERCISES } from "./exercises.ts";
import { FACTS } from "./facts.ts";
import { LOOKING_BACK } from "./looking-back.ts";
import { MACHINES } from "./machines.ts";
import { SAFETY } from "./safety.ts";
import { STORIES } from "./stories.ts";
import { WORD_GAMES } from "./words.ts";

/** The shelves of Chinese pieces, each with its share of a document. */
export const CHINESE: readonly { readonly pieces: readonly Piece[]; readonly share: number }[] = [
  { pieces: STORIES, share: 0.22 },
  { pieces: FACTS, share: 0.16 },
  { pieces: LOOKING_BACK, share: 0.24 },
  { pieces: WORD_GAMES, share: 0.11 },
  { pieces: EXERCISES, share: 0.13 },
  { pieces: SAFETY, share: 0.1 },
  { pieces: MACHINES, share: 0.04 },
];
