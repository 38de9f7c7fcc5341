import { CATALOGUE } from "../catalog/catalogue.ts";
import type { CatalogueModel, LicenceKind } from "../catalog/model.ts";
import { QUANTIZATIONS, type Quantization } from "../catalog/quantization.ts";
import { recommendFrom, type Wish } from "../catalog/recommend.ts";
import { isTraining } from "../catalog/score.ts";
import { NotFoundError } from "../errors.ts";
import { type GgufChoice, ggufChoices } from "../hub/gguf-choices.ts";
import { Http } from "../hub/remote/http.ts";
import { huggingFaceRepository } from "../hub/remote/hugging-face.ts";
import type { Repository } from "../hub/remote/repository.ts";
import { isOffline } from "../hub/settings.ts";
import { printable } from "../printable.ts";

/** What the hub says of a repository now. */
export interface HubFacts {
  readonly repository: string;
  /** Times fetched in the last month; nothing where the hub does not say. */
  readonly downloads: number | null;
  /** The licence that its card states. */
  readonly licence: string | null;
  /** Bytes of each GGUF packing that is there. */
  readonly files: Readonly<Partial<Record<Quantization, number>>>;
}

export interface Refreshed {
  readonly catalogue: readonly CatalogueModel[];
  /** By the model's reference; null for one whose repository is not there. */
  readonly facts: ReadonlyMap<string, HubFacts | null>;
  readonly requests: number;
  /** Repositories that the catalogue names and the hub does not have. */
  readonly missing: readonly string[];
}

/** Each round asks for those that came into the list; so many models and no more are asked for. */
const ROUNDS = 4;

/**
 * The catalogue, corrected by what the hub says now of the models that would be recommended: whether they are there,
 * in which packings, under which licence. A few requests; throws what `Http` throws where the hub cannot be reached.
 */
export async function refreshCatalogue(
  wish: Wish,
  http = new Http({ offline: isOffline() }),
): Promise<Refreshed> {
  let catalogue = CATALOGUE;
  const facts = new Map<string, HubFacts | null>();
  const missing: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const listed = recommendFrom(wish, catalogue).recommendations.map(({ model }) => model);
    const unasked = listed.filter(({ reference }) => !facts.has(reference));
    if (unasked.length === 0) break;
    const corrected = new Map<string, CatalogueModel | null>();
    for (const model of unasked) {
      const repository = repositoryFor(model, wish);
      const found = await factsOf(http, repository);
      if (found === null) missing.push(repository);
      corrected.set(model.reference, correct(model, found, repository));
      // A model whose GGUF files are gone may still be there itself, and is asked for again if it stays in the list.
      if (found !== null || repository === model.reference) facts.set(model.reference, found);
    }
    catalogue = catalogue.flatMap((model) => {
      const better = corrected.get(model.reference);
      return better === undefined ? [model] : better === null ? [] : [better];
    });
  }
  return { catalogue, facts, requests: http.requests, missing };
}

function repositoryFor({ reference, gguf }: CatalogueModel, { use }: Wish): string {
  return isTraining(use) ? reference : (gguf?.repository ?? reference);
}

async function factsOf(http: Http, name: string): Promise<HubFacts | null> {
  let repository: Repository;
  try {
    repository = await huggingFaceRepository(http, { kind: "hugging face", name });
  } catch (error) {
    if (error instanceof NotFoundError && !isOffline()) return null;
    throw error;
  }
  const licence = repository.cardData?.license;
  return {
    repository: name,
    downloads: repository.downloads ?? null,
    licence: typeof licence === "string" ? printable(licence, 60) : null,
    files: Object.fromEntries(
      ggufChoices(repository.files).flatMap((choice): [Quantization, number][] => {
        const quantization = known(choice);
        return quantization === undefined ? [] : [[quantization, choice.bytes]];
      }),
    ),
  };
}

function known({ label }: GgufChoice): Quantization | undefined {
  const name = label === "MXFP4" ? "MXFP4_MOE" : label;
  return QUANTIZATIONS.find((one) => one === name);
}

/** The model as the hub has it; nothing where it is not there at all. */
function correct(model: CatalogueModel, found: HubFacts | null, repository: string): CatalogueModel | null {
  const { gguf, ...rest } = model;
  const isOfGguf = gguf !== undefined && repository === gguf.repository;
  if (found === null) return isOfGguf ? rest : null;
  const licensed = { ...rest, licence: licenceOf(model, found) };
  if (gguf === undefined) return licensed;
  if (!isOfGguf) return { ...licensed, gguf };
  const quantizations = QUANTIZATIONS.filter((one) => found.files[one] !== undefined && one !== "F32");
  return quantizations.length === 0
    ? licensed
    : { ...licensed, gguf: { repository, quantizations, source: "the hub" } };
}

const PERMISSIVE = ["apache-2.0", "mit", "bsd-3-clause", "bsd-2-clause", "cc-by-4.0", "cc0-1.0"];

/** What the card says now; `other` says nothing. A licence that is not known here is taken to have conditions. */
function licenceOf({ licence }: CatalogueModel, { licence: stated }: HubFacts): CatalogueModel["licence"] {
  if (stated === null || stated === "other" || stated === licence.name) return licence;
  const kind: LicenceKind = PERMISSIVE.includes(stated)
    ? "permissive"
    : /research|-nc\b|non-?commercial/i.test(stated)
      ? "research"
      : "conditions";
  return { name: stated, kind };
}
