import type { Text } from "../../language.ts";

/** Something about a run that its maker should know before it begins. */
export interface PreflightFinding {
  /** Names the check. */
  readonly id: PreflightCheck;
  /** Whether the run would be in vain, or can go on. */
  readonly level: "stops" | "warning";
  /** What was seen, and the remedy. */
  readonly text: Text;
}

export const PREFLIGHT_CHECKS = [
  "stage",
  "turn-ends",
  "turn-rows",
  "openings",
  "thoughts",
  "overlap",
  "duplicates",
  "truncation",
  "memory",
] as const;
export type PreflightCheck = (typeof PREFLIGHT_CHECKS)[number];
