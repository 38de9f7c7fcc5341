import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { Job } from "../job.ts";
import type { Recipe } from "../recipe.ts";
import { checkAnswers } from "./answers.ts";
import { checkData } from "./data.ts";
import type { PreflightFinding } from "./finding.ts";
import { checkRows } from "./rows.ts";
import { checkStage } from "./stage.ts";

/** A run would be in vain as it is. */
export class PreflightError extends BasewiseError {
  override readonly name = "PreflightError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** What keeps the run from starting. */
  readonly findings: readonly PreflightFinding[];

  constructor(findings: readonly PreflightFinding[]) {
    super({
      en: findings.map(({ text }) => text.en).join(" "),
      zh: findings.map(({ text }) => text.zh).join(""),
    });
    this.findings = findings;
  }
}

/** What should be known of a run before it begins, once its data is laid out. Throws PreflightError for what stops it. */
export async function preflight(recipe: Recipe, job: Job): Promise<PreflightFinding[]> {
  const findings = [
    ...checkStage(recipe, job.parent),
    ...(await checkRows(recipe, job.parent)),
    ...(job.layout === undefined ? [] : checkAnswers(job.layout)),
    ...checkData(job.data),
  ];
  requireNoStops(findings);
  return findings;
}

/** Throws PreflightError for what stops a run. */
export function requireNoStops(findings: readonly PreflightFinding[]): void {
  const stops = findings.filter(({ level }) => level === "stops");
  if (stops.length > 0) throw new PreflightError(stops);
}
