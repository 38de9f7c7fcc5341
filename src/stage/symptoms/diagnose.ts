import { EMBEDDING } from "./embedding.ts";
import type { Patient } from "./patient.ts";
import { STOPPING } from "./stopping.ts";
import { type Finding, SURENESSES, type Symptom } from "./symptom.ts";
import { TEMPLATES } from "./template.ts";
import { THINKING } from "./thinking.ts";
import { TRANSPORT } from "./transport.ts";
import { TUNING } from "./tuning.ts";
import { WRONG_STAGE } from "./wrong-stage.ts";

/** Every symptom, in the order of docs/symptoms.md. */
export const SYMPTOMS: readonly Symptom[] = [
  ...WRONG_STAGE,
  ...TEMPLATES,
  ...STOPPING,
  ...TUNING,
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
  const replaced = new Set(found.flatMap(({ symptom }) => symptom.replaces ?? []));
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
