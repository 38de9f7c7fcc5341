import { BasewiseError } from "../errors.ts";
import { parseReference } from "../hub/parse-reference.ts";
import { Http, type HttpOptions } from "../hub/remote/http.ts";
import { searchHuggingFace } from "../hub/remote/hugging-face.ts";
import { isOffline } from "../hub/settings.ts";
import { counterpartAmong, stemOf } from "../stage/counterpart.ts";
import { fitsOf, withCounterpart } from "../stage/fit.ts";
import { CHAT_STAGES } from "../stage/stage.ts";
import type { Inspection } from "./inspect.ts";

/**
 * The inspection with a counterpart that the hub was seen to have: the known one if it is there, else the one of the
 * same publisher at the other stage; what is not there is not named. One request; where it fails, the inspection gains a warning and nothing else.
 */
export async function withCounterpartOnline(
  inspection: Inspection,
  options: HttpOptions = {},
): Promise<Inspection> {
  const { stage, reference } = inspection;
  const isOfPair = stage === "base" || CHAT_STAGES.some((chat) => chat === stage);
  const name = inspection.counterpart ?? nameOnHub(reference);
  const [owner, own] = name?.split("/") ?? [];
  if (stage === null || !isOfPair || name === undefined || owner === undefined || own === undefined)
    return inspection;
  const stem = stemOf(own);
  let published: string[];
  try {
    published = await searchHuggingFace(new Http({ offline: isOffline(), ...options }), owner, stem);
  } catch (error) {
    if (!(error instanceof BasewiseError)) throw error;
    return { ...inspection, warnings: [...inspection.warnings, error.text] };
  }
  const known = published.find((one) => one.toLowerCase() === inspection.counterpart?.toLowerCase());
  const counterpart = known ?? counterpartAmong(published, nameOnHub(reference) ?? `${owner}/${stem}`, stage);
  return {
    ...inspection,
    counterpart,
    counterpartSeen: counterpart !== null,
    uses: withCounterpart(fitsOf(inspection), stage, counterpart),
  };
}

function nameOnHub(reference: string): string | undefined {
  const parsed = parseReference(reference);
  return parsed.kind === "hugging face" ? parsed.name : undefined;
}
