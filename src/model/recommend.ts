import type { MemoryEstimate } from "../catalog/memory.ts";
import type { CatalogueModel, LicenceKind, SamplingAdvice } from "../catalog/model.ts";
import type { Quantization } from "../catalog/quantization.ts";
import {
  type Advice,
  type Form,
  GUIDANCE,
  LEFT_OUT_REASONS,
  type LeftOutReason,
  type Recommendation,
  recommendFrom,
  smallestOf,
  type Wish,
} from "../catalog/recommend.ts";
import { canConvert, type ScoreTerm } from "../catalog/score.ts";
import type { TrainingEstimate, TrainingMethod } from "../catalog/training-memory.ts";
import { detectMachine, type Machine } from "../engine/machine/machine.ts";
import { BadInputError } from "../errors.ts";
import type { Text } from "../language.ts";
import type { Stage, Use } from "../stage/stage.ts";
import type { HubFacts } from "./recommend-online.ts";

/** What to recommend for. What is not stated is taken from this machine, or what is usual for the use. */
export interface RecommendOptions {
  /** `chat` unless stated. */
  readonly use?: Use;
  /** Bytes that the model may take; what this machine has free unless stated. */
  readonly memory?: number;
  /** Tokens of context. */
  readonly context?: number;
  /** ISO 639-1 code. */
  readonly language?: string;
  /** What its licence must permit. */
  readonly licence?: LicenceKind;
  /** How many to name at most. */
  readonly count?: number;
  /** Whether to ask the hub about the models that would be recommended. */
  readonly online?: boolean;
}

/** One model to take. Sizes in bytes. */
export interface RecommendedModel {
  /** By which it is pulled. */
  readonly reference: string;
  /** Its stage. */
  readonly stage: Stage;
  /** The line of models that it belongs to. */
  readonly family: string;
  /** When it came out, as `YYYY-MM`. */
  readonly released: string;
  /** How many it has, and how many one token needs. */
  readonly parameters: { readonly total: number; readonly active: number };
  /** Its name, and what it permits. */
  readonly licence: { readonly name: string; readonly kind: LicenceKind };
  /** Tokens of context that its makers promise. */
  readonly trainedContext: number;
  /** To be run, or to be trained. */
  readonly way: Form["way"];
  /** Of the weights to run; null where it is to be trained. */
  readonly quantization: Quantization | null;
  /** How to train it; null where it is to be run. */
  readonly method: TrainingMethod | null;
  /** What to fetch: the GGUF file, or the repository where no GGUF is known or none is wanted. */
  readonly fetch: string;
  /** What it takes, part by part. */
  readonly memory: MemoryEstimate | TrainingEstimate;
  /** What its makers recommend, for each mode. */
  readonly sampling: readonly SamplingAdvice[];
  /** By which the list is sorted; the sum of its terms. */
  readonly score: number;
  /** What the score is made of. */
  readonly terms: readonly ScoreTerm[];
  /** Why this one, as a sentence. */
  readonly reason: Text;
  /** What to run to have it. */
  readonly commands: readonly string[];
  /** What the hub says now; null where it was not asked. */
  readonly hub: (HubFacts & { readonly fileBytes: number | null }) | null;
}

/** Models that were left out for one reason, the best of them by name. */
export interface LeftOutModels {
  readonly reason: LeftOutReason;
  readonly count: number;
  readonly examples: readonly { readonly reference: string; readonly needs?: number }[];
}

/** What to take for a use on this machine, and what was left out why. */
export interface RecommendResult {
  /** The use that was asked for. */
  readonly use: Use;
  /** What kind of model the use takes. */
  readonly guidance: Text;
  /** Tokens of context that were reckoned with. */
  readonly context: number;
  /** How many bytes may be taken, and where that figure is from. */
  readonly memory: { readonly budget: number; readonly from: "given" | "graphics" | "available" };
  /** What was found out about this machine. */
  readonly machine: Machine;
  /** Best first; empty where nothing fits. */
  readonly recommendations: readonly RecommendedModel[];
  /** What was not recommended, by reason. */
  readonly leftOut: readonly LeftOutModels[];
  /** What needs least of the models that are only too large. */
  readonly smallest: { readonly reference: string; readonly needs: number } | null;
  /** How much was asked of the hub; null where nothing was. */
  readonly online: { readonly requests: number; readonly missing: readonly string[] } | null;
}

const MOST_EXAMPLES = 3;

/**
 * Which models to take for a use on this machine, why, and how: from the catalogue, and without a network unless
 * `online`. Throws `BadInputError` for numbers that make no sense, and online where the hub cannot be reached.
 */
export async function recommend(options: RecommendOptions = {}): Promise<RecommendResult> {
  requirePositive("memory", options.memory);
  requirePositive("context", options.context);
  requirePositive("count", options.count);
  const machine = await detectMachine();
  const memory = budgetOf(options.memory, machine);
  const { use = "chat", context, language, licence, count } = options;
  const wish: Wish = {
    use,
    memory: memory.budget,
    ...(context === undefined ? {} : { context }),
    ...(language === undefined ? {} : { language }),
    ...(licence === undefined ? {} : { licence }),
    ...(count === undefined ? {} : { count }),
    packing: machine.processor.packing,
    graphics: memory.from === "graphics",
  };
  const refreshed = options.online
    ? await (await import("./recommend-online.ts")).refreshCatalogue(wish)
    : null;
  const advice = recommendFrom(wish, refreshed?.catalogue);
  const smallest = smallestOf(advice);
  return {
    use,
    guidance: GUIDANCE[use],
    context: advice.wish.context,
    memory,
    machine,
    recommendations: advice.recommendations.map((one) =>
      recommended(one, use, refreshed?.facts.get(one.model.reference) ?? null),
    ),
    leftOut: leftOutOf(advice),
    smallest:
      smallest?.needs === undefined ? null : { reference: smallest.model.reference, needs: smallest.needs },
    online: refreshed === null ? null : { requests: refreshed.requests, missing: refreshed.missing },
  };
}

/** A model must fit whole where it computes: on the graphics card if one computes, else in what is free. */
function budgetOf(given: number | undefined, { memory, graphics }: Machine): RecommendResult["memory"] {
  if (given !== undefined) return { budget: given, from: "given" };
  if (graphics.length === 0) return { budget: memory.available, from: "available" };
  return { budget: Math.max(...graphics.map((card) => card.memory.free)), from: "graphics" };
}

function recommended(
  { model, form, ...rest }: Recommendation,
  use: Use,
  hub: HubFacts | null,
): RecommendedModel {
  const { reference, stage, family, released, licence, context, gguf } = model;
  const fetch =
    form.way === "run" && gguf !== undefined
      ? `${gguf.repository}:${form.quantization.replace("MXFP4_MOE", "MXFP4")}`
      : reference;
  return {
    reference,
    stage,
    family,
    released,
    parameters: rest.parameters,
    licence,
    trainedContext: context,
    way: form.way,
    quantization: form.way === "run" ? form.quantization : null,
    method: form.way === "train" ? form.method : null,
    fetch,
    memory: form.memory,
    sampling: rest.sampling,
    score: rest.score,
    terms: rest.terms,
    reason: rest.reason,
    commands: commandsOf(model, form, fetch, use),
    hub:
      hub === null
        ? null
        : { ...hub, fileBytes: form.way === "run" ? (hub.files[form.quantization] ?? null) : null },
  };
}

/** What to run next: fetch, make a GGUF file where there is none, and use it. */
function commandsOf(model: CatalogueModel, form: Form, fetch: string, use: Use): string[] {
  const pull = `basewise pull ${fetch}`;
  if (form.way === "train") return [pull];
  if (fetch !== model.reference) return [pull, ...useOf(fetch, use)];
  if (!canConvert(model)) return [];
  const name = model.reference.split("/").at(-1) ?? model.reference;
  const file = `${name}-${form.quantization}.gguf`;
  return form.quantization === "Q8_0"
    ? [pull, `basewise convert ${fetch} --type q8_0 --output ${file}`, ...useOf(file, use)]
    : [
        pull,
        `basewise convert ${fetch} --output ${name}.gguf`,
        `basewise quantize ${name}.gguf --type ${form.quantization} --output ${file}`,
        ...useOf(file, use),
      ];
}

function useOf(reference: string, use: Use): string[] {
  if (use === "chat") return [`basewise chat ${reference}`];
  return use === "complete" ? [`basewise complete ${reference} "Once upon a time"`] : [];
}

function leftOutOf({ leftOut }: Advice): LeftOutModels[] {
  return LEFT_OUT_REASONS.flatMap((reason) => {
    const models = leftOut.filter((one) => one.reason === reason);
    if (models.length === 0) return [];
    const examples = models.slice(0, MOST_EXAMPLES).map(({ model: { reference }, needs }) => ({
      reference,
      ...(needs === undefined ? {} : { needs }),
    }));
    return [{ reason, count: models.length, examples }];
  });
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new BadInputError({
    en: `${name} cannot be ${value}; give a number above 0.`,
    zh: `${name} 不能是 ${value}；请给出大于 0 的数。`,
  });
}
