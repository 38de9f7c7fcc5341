import type { DropReason } from "./outcomes.ts";

/** One row as its file gives it, or why it gives none. Numbers count from 1: lines where the format has lines, else rows. */
export type Row =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly dropped: DropReason; readonly detail?: string };

/** Characters of one row at most: no context holds as much, and a file without line ends must not fill the memory. */
export const LONGEST_ROW: number = 2 ** 24;
