import { resolve } from "node:path";
import { readGgufHeader } from "../formats/gguf/header.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import { type Lead, nameOfPath, resolveReference } from "../hub/reference.ts";
import { counterpartOf } from "../stage/counterpart.ts";
import type { ModelFacts, NameFact } from "../stage/facts.ts";
import { type Fit, fitsOf } from "../stage/fit.ts";
import { judge } from "../stage/judge.ts";
import type { Behaviour } from "../stage/signals/behaviour.ts";
import type { Use } from "../stage/stage.ts";
import { type Stops, stopsOf } from "../stage/stops.ts";
import type { Verdict } from "../stage/verdict.ts";
import { factsOfFolder } from "./folder-facts.ts";
import { factsOfGguf } from "./gguf-facts.ts";

/** A verdict on a model, with all that follows from it. */
export type Inspection = Verdict & {
  readonly reference: string;
  /** The file or folder that the reference led to. */
  readonly path: string;
  /** How the model fits each use. */
  readonly uses: Readonly<Record<Use, Fit>>;
  /** The reference of the same model at the other stage, or null where none is known. */
  readonly counterpart: string | null;
  /** What each file and runtime would stop generation on. */
  readonly stopTokens: readonly Stops[];
};

/** What is known beside the files. */
export interface InspectOptions {
  /** What a probe measured with the loaded model; only this, or the weights, can make a verdict `verified`. */
  readonly behaviour?: Behaviour;
}

/**
 * Inspects a model on this machine by its headers and small files alone, without loading its weights.
 * Throws what `resolveReference`, `readGgufHeader` and `readModelFolder` throw.
 */
export async function inspect(reference: string, options: InspectOptions = {}): Promise<Inspection> {
  const lead = await resolveReference(reference);
  return inspectFacts(lead.path, { ...(await readFacts(lead)), behaviour: options.behaviour });
}

/** The facts of the model that a reference leads to. */
export async function readFacts(lead: Lead): Promise<ModelFacts> {
  const names: NameFact[] = [
    lead.kind === "file"
      ? { from: "file name", name: nameOfPath(lead.path) }
      : { from: "folder name", name: nameOfPath(resolve(lead.path)) },
  ];
  return lead.kind === "file"
    ? factsOfGguf(lead.reference, names, await readGgufHeader(lead.path))
    : factsOfFolder(lead.reference, names, await readModelFolder(filesOfFolder(lead.path)));
}

/** The inspection that follows from facts already read. Pure. */
export function inspectFacts(path: string, facts: ModelFacts): Inspection {
  const verdict = judge(facts);
  return {
    ...verdict,
    reference: facts.reference,
    path,
    uses: fitsOf(verdict),
    counterpart: counterpartOf(facts, verdict.stage),
    stopTokens: stopsOf(facts),
  };
}
