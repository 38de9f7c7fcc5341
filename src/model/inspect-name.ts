import { listedModel } from "../catalog/catalogue.ts";
import type { CatalogueModel } from "../catalog/model.ts";
import { type BasewiseError, NotFoundError } from "../errors.ts";
import { isModelName, parseReference } from "../hub/parse-reference.ts";
import { HubError } from "../hub/remote/errors.ts";
import { isOffline } from "../hub/settings.ts";
import { blankFacts } from "../stage/facts.ts";
import { inspectFacts, type Judgement } from "./inspect.ts";
import { publishedName } from "./published-name.ts";

/** A verdict on a model of which nothing but its name is known. */
export type NameInspection = Judgement & {
  /** No file was seen. */
  readonly path: null;
  /** What the catalogue says of the model that has this name. */
  readonly listed: Pick<
    CatalogueModel,
    "reference" | "released" | "context" | "languages" | "licence"
  > | null;
};

/**
 * What a model's name and the catalogue tell, where its files cannot be seen: `failure` is why not. Nothing where
 * that is no such reason (its host says that there is no such model, or a file is missing), and where the name tells
 * nothing.
 */
export function inspectName(reference: string, failure: BasewiseError): NameInspection | undefined {
  const name = nameIn(reference, failure);
  if (name === undefined) return undefined;
  const listed = listedModel(name.full);
  const inspection = inspectFacts("", {
    ...blankFacts(reference, "Hugging Face folder"),
    names: publishedName(name.kind, name.full),
    listed: listed && { reference: listed.reference, stage: listed.stage },
  });
  if (inspection.stage === null) return undefined;
  return { ...inspection, path: null, listed: listed === undefined ? null : shortened(listed) };
}

function nameIn(
  reference: string,
  failure: BasewiseError,
): { readonly kind: ReturnType<typeof parseReference>["kind"]; readonly full: string } | undefined {
  const parsed = parseReference(reference);
  const { kind } = parsed;
  if (kind === "path") {
    const isAbsent = failure instanceof NotFoundError;
    return isAbsent && isModelName(reference) ? { kind, full: reference } : undefined;
  }
  const isUnseen = failure instanceof HubError || (failure instanceof NotFoundError && isOffline());
  if (!isUnseen) return undefined;
  if (kind === "ollama") return { kind, full: `${parsed.model}-${parsed.tag}` };
  return kind === "hugging face" || kind === "modelscope" ? { kind, full: parsed.name } : undefined;
}

function shortened({ reference, released, context, languages, licence }: CatalogueModel) {
  return { reference, released, context, languages, licence };
}
