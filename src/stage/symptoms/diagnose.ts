import { EMBEDDING } from "./embedding.ts";
import { END_TOKENS } from "./end-tokens.ts";
import { MISSING_TEMPLATE } from "./missing-template.ts";
import type { Patient } from "./patient.ts";
import { PROMPT_CONTENT } from "./prompt-content.ts";
import { PROMPT_EDGES } from "./prompt-edges.ts";
import { RUNNING_ON } from "./running-on.ts";
import { type Finding, SURENESSES, type Symptom } from "./symptom.ts";
import { THINKING } from "./thinking.ts";
import { TRANSPORT } from "./transport.ts";
import { TUNED_BEHAVIOUR } from "./tuned-behaviour.ts";
import { TUNED_WEIGHTS } from "./tuned-weights.ts";
import { WRONG_STAGE } from "./wrong-stage.ts";
import { WRONG_TASK } from "./wrong-task.ts";
import { WRONG_TEMPLATE } from "./wrong-template.ts";

/** Every symptom, in the order of docs/symptoms.md. */
export const SYMPTOMS: readonly Symptom[] = [
  ...WRONG_STAGE,
  ...WRONG_TASK,
  ...MISSING_TEMPLATE,
  ...WRONG_TEMPLATE,
  ...PROMPT_EDGES,
  ...PROMPT_CONTENT,
  ...END_TOKENS,
  ...RUNNING_ON,
  ...TUNED_WEIGHTS,
  ...TUNED_BEHAVIOUR,
  ...THINKING,
  ...TRANSPORT,
  ...EMBEDDING,
];

/** Looks for every symptom in what was brought; the surest findings first. Pure. */
export function diagnose(patient: Patient): Finding[] {
  const found = SYMPTOMS.flatMap((symptom) => {
    const sighting = symptom.look(patient);
    return sighting === undefined ? [] : [{ symptom, sighting }];
  });
  const replaced = new Set(
    found.flatMap(({ symptom, sighting }) =>
      sighting.sureness === "suspicion" ? [] : (symptom.replaces ?? []),
    ),
  );
  return found
    .filter(({ symptom }) => !replaced.has(symptom.id))
    .map(({ symptom, sighting }) => ({
      symptom: symptom.id,
      sureness: sighting.sureness,
      cause: symptom.cause,
      seen: sighting.seen,
      fix: sighting.fix ?? symptom.fix,
    }))
    .sort((one, other) => SURENESSES.indexOf(one.sureness) - SURENESSES.indexOf(other.sureness));
}
